"""What the pipeline needs from the database to hold a rule against what was: every moment rules were asked about."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.core.event import Account, Development, Event
from service.core.rules import Subject

Group = Sequence[Collection[str]]
"""Clauses of core.rules keys that all must be met, each by any one of its keys."""
Left = Callable[[], float]
"""How many seconds are left; none or fewer means stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A development as live matching saw it: the event as it stood, and the accounts as they read then.

    `entry_ids` are those of the accounts. Their texts are read from the database when first looked at, and only while
    its transaction is open.
    """

    moment_id: int
    subject: Subject
    development: Development
    backlog: bool
    at: datetime
    entry_ids: Sequence[int] = ()

    def unread(self) -> "Moment":
        """Return the same without the words of its texts, of which thousands take up memory and time."""
        return Moment(
            moment_id=self.moment_id,
            subject=Subject(event=self.subject.event, accounts=self.subject.accounts),
            development=self.development,
            backlog=self.backlog,
            at=self.at,
            entry_ids=self.entry_ids,
        )

    @property
    def event(self) -> Event:
        """The event as it stood."""
        if self.subject.event is None:
            raise ValueError("a moment without an event")
        return self.subject.event


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of moments by their ids, both ends included. `since` is when the earliest of them was."""

    first: int
    last: int
    since: datetime


class OutOfTime(Exception):  # noqa: N818  it is not an error
    """What was looked for could not be found in the time there was."""


class Archive(Protocol):
    """Moments and texts, found by what a rule needs. Kept in the transaction of what they tell of."""

    def keep(
        self,
        event: Event,
        development: Development,
        accounts: Sequence[Account],
        *,
        keys: Collection[str],
        backlog: bool,
        now: datetime,
    ) -> None:
        """Keep a moment with all its keys."""
        ...

    def keep_texts(self, texts: Sequence[tuple[int, Collection[str]]]) -> None:
        """Keep which words each of these entries has now, by its id."""
        ...

    def spans(self, since: datetime) -> list[Span]:
        """Return spans of all moments since, latest first, each longer than the one before."""
        ...

    def candidates(self, groups: Sequence[Group], span: Span, *, left: Left) -> Iterator[Sequence[Moment]]:
        """Yield the span's moments that meet all clauses of any group, some at a time, latest first.

        May raise OutOfTime.
        """
        ...

    def read_texts(self, moments: Sequence[Moment]) -> None:
        """Read the texts of these moments' accounts in one go, as they will be looked at."""
        ...

    def story(self, event_ids: Collection[int], *, but: Collection[int] = ()) -> list[Moment]:
        """Return every moment of these events, those left out that are known `but` by their ids; oldest first."""
        ...

    def could(self, group: Group, *, since: datetime, left: Left) -> int:
        """Return how many moments since meet these clauses. May raise OutOfTime."""
        ...

    def count(self, since: datetime) -> int:
        """Return how many moments there were since."""
        ...

    def texts(self) -> int:
        """Return how many texts there are."""
        ...

    def heard(self, asked: Sequence[tuple[Group, bool]], *, left: Left) -> list[bool]:
        """Say of clauses whether any text, or where they are about facts any moment, ever met them all.

        May raise OutOfTime.
        """
        ...
