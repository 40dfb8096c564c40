"""What the pipeline needs to remember of mail that came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.core.bounce import BounceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail of ours, for whom, and where it went."""

    outbox_id: int
    subscription_id: int
    channel_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An address that nothing is mailed to. `at` is when mail last came back from there, None if it never did."""

    channel_id: int
    address: str
    reason: str
    returned: int
    at: datetime | None


class Returns(Protocol):
    """Mail that came back, and addresses given up."""

    def sent(self, message_ids: Sequence[str]) -> Sent | None:
        """Return the first of these that is a mail of ours."""
        ...

    def note(self, sent: Sent, *, kind: BounceKind, words: str, now: datetime) -> bool:
        """Keep that it came back. False if that was known."""
        ...

    def soft(self, channel_id: int, since: datetime) -> Sequence[datetime]:
        """Return when mail came back from there for reasons that may pass."""
        ...

    def suppressed(self) -> Sequence[Suppressed]:
        """Return every address that is given up, the latest first."""
        ...

    def lift(self, address: str) -> bool:
        """Write there again, and forget what came back. False if the address is not given up."""
        ...
