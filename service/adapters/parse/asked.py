"""What is asked of the parser beside the bytes: where they came from, and what is known of the feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.adapters.parse.speaks import country_of
from service.core.feed import IdPolicy
from service.core.marks import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The circumstances of a document. `marks` are those of the feed's last one, by the item's fingerprint."""

    url: str
    fetched_at: datetime
    country: str | None = None
    marks: Mapping[bytes, Mark] = field(default_factory=dict)
    id_policy: IdPolicy = "guid"

    def speaks_from(self, language: str) -> str | None:
        """Return the country whose clocks the feed means: what we were told, else what can be guessed."""
        return self.country or country_of(language, self.url)
