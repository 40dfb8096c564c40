"""What a rule is held against: an event, the accounts that tell of it, or both, with their words read once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from service.core.event import Event
from service.core.rules.words import Words, tokens


class Text(Protocol):
    """What somebody wrote: an Account, an Entry, or the text of a rule's own test."""

    @property
    def outlet(self) -> str: ...  # noqa: D102  a Protocol's name and type say all
    @property
    def title(self) -> str: ...  # noqa: D102  a Protocol's name and type say all
    @property
    def summary(self) -> str: ...  # noqa: D102  a Protocol's name and type say all
    @property
    def content(self) -> str: ...  # noqa: D102  a Protocol's name and type say all
    @property
    def lang(self) -> str | None: ...  # noqa: D102  a Protocol's name and type say all


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that no feed brought: a test's, or a headline alone."""

    title: str = ""
    summary: str = ""
    content: str = ""
    outlet: str = ""
    lang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One text made ready: its words, who speaks, in which language (ISO 639, lower case, without region)."""

    words: Words
    outlet: str
    speaker: tuple[str, ...]
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An event with its accounts; an entry not yet an event has `event` None; without accounts the headline speaks.

    Readings are made when first asked for and kept, so that any number of rules costs one reading of each text.
    """

    event: Event | None = None
    accounts: Sequence[Text] = ()
    _readings: dict[int, Reading] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def texts(self) -> Sequence[Text]:
        """The accounts, or the event's headline where there are none."""
        return self.accounts or (Draft(title=self.event.headline if self.event else ""),)

    def reading(self, number: int) -> Reading:
        """Return the words of the text with this place in `texts`."""
        known = self._readings.get(number)
        if known is None:
            known = self._readings[number] = read(self.texts[number])
        return known

    def readings(self) -> Iterator[Reading]:
        """Yield the words of each text."""
        return map(self.reading, range(len(self.texts)))


def read(text: Text) -> Reading:
    """Read one text. Title, summary and content are apart: no phrase and no NEAR reaches from one into another."""
    return Reading(
        words=Words(text.title, text.summary, text.content),
        outlet=text.outlet,
        speaker=_speaker(text.outlet),
        lang=(text.lang or "").replace("_", "-").partition("-")[0].casefold(),
    )


@lru_cache(maxsize=4096)
def _speaker(outlet: str) -> tuple[str, ...]:
    return tokens(outlet)
