"""One published item of a feed, as the pipeline sees it."""

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry after parsing. Texts are plain, whitespace collapsed, never None; times are aware UTC.

    `outlet` names who speaks (the feed's title or host) and decides what counts as an independent source.
    `lang` and `country` are what the feed declares, as BCP 47 and ISO 3166-1 alpha-2, or None.
    `backlog` is true for what a feed already held when it was first polled: stored, never alerted on.
    `revision` is 1 at first sight and grows with each material edit. `lease_token` is what a claim gave, else empty.
    Where the article was fetched, `content` is its text, `own_content` what the feed itself gave there, and
    `article_revision` the revision that the text came with; 0 where there is none.
    """

    entry_id: int
    feed_id: int
    outlet: str
    uid: str
    url: str | None = None
    canonical_url: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    lang: str | None = None
    country: str | None = None
    published: datetime | None = None
    first_seen: datetime
    revision: int = 1
    own_content: str = ""
    article_revision: int = 0
    backlog: bool = False
    lease_token: str = field(default="", repr=False)

    @property
    def own(self) -> "Entry":
        """The entry as its feed gives it, without the article."""
        return replace(self, content=self.own_content, own_content="") if self.article_revision else self

    @property
    def told_at(self) -> datetime:
        """When the outlet told it: what it claims, but never later than we saw it."""
        return min(self.published, self.first_seen) if self.published else self.first_seen
