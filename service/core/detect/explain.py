"""Why a verdict fell as it did: which words decided, what spoke against them, what nearly did, what would change it.

Everything is worked out again from the same reading, rules and doubts as the verdict, so it cannot say otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.core.detect.grammar import rules_of
from service.core.detect.reading import Reading, against, reading_of
from service.core.detect.rules import Rule
from service.core.detect.stance import stance_of
from service.core.detect.verdict import NEW, confidence_of
from service.core.detect.weigh import Doubt, fired_of, together
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Field, Kind

_KINDS: tuple[Kind, ...] = ("strike", "talks")
_HEAVY, _MOST = 0.5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Words a rule fired on, and what it weighs there, 0 to 1."""

    rule: str
    where: Field
    quote: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearly:
    """A heavy rule for which the title lacks words of only one kind: any of the lists `missing`."""

    rule: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one kind was judged. `chance` is that of being news, to be held against `bar`; `change` says what else."""

    kind: Kind
    chance: float
    bar: float
    words: tuple[Word, ...]
    doubts: tuple[Doubt, ...]
    nearly: tuple[Nearly, ...]
    change: str


def explain(entry: Entry, lexicon: Lexicon) -> tuple[Account, ...]:
    """Return an account of each kind any rule fired for; where none did, of each that nearly came to it."""
    reading = reading_of(entry, lexicon)
    accounts = [_account(kind, entry, reading, lexicon) for kind in _KINDS] if reading else []
    told = any(account.words for account in accounts)
    return tuple(account for account in accounts if account.words or (account.nearly and not told))


def _account(kind: Kind, entry: Entry, reading: Reading, lexicon: Lexicon) -> Account:
    rules = rules_of(kind, lexicon)
    fired = fired_of(rules, reading.leaves, softness=reading.softness)
    words = tuple(
        Word(rule=cue.rule, where=cue.where, quote=getattr(entry, cue.where)[cue.start : cue.end], weight=weight)
        for weight, cue in fired
    )
    doubted = tuple(against(kind, entry, reading.leaves)) if words else ()
    weights = [word.weight for word in words]
    sure = confidence_of(kind, together(weights), doubted) if words else 0.0
    nearly = tuple(_nearly(rules, reading, {word.rule for word in words}))[:_MOST]
    if words and stance_of(kind, reading.leaves) == "denies":
        change = "it is denied, and a denial is never news"
    else:
        change = _less(kind, words, doubted) if sure >= NEW else _more(kind, weights, doubted, reading, nearly)
    return Account(kind=kind, chance=sure, bar=NEW, words=words, doubts=doubted, nearly=nearly, change=change)


def _nearly(rules: Sequence[Rule], reading: Reading, fired: set[str]) -> Iterator[Nearly]:
    """Yield heavy rules that lack one step in the title, those with most of their steps there first."""
    title = reading.leaves[0].page
    for rule in sorted(rules, key=lambda each: (-len(each.pattern), -each.weight)):
        lacking = [step.tags for step in rule.pattern if not title.has(*step.tags)]
        if len(lacking) == 1 < len(rule.pattern) and rule.weight >= _HEAVY and rule.name not in fired:
            yield Nearly(rule=rule.name, missing=lacking[0])


def _less(kind: Kind, words: Sequence[Word], doubted: Sequence[Doubt]) -> str:
    """Say which words would have to go for it to be no news."""
    for gone in range(1, len(words) + 1):
        left = confidence_of(kind, together([word.weight for word in words[gone:]]), doubted)
        if left < NEW:
            break
    quotes = ", ".join(dict.fromkeys(f'"{word.quote}"' for word in words[:gone]))
    return f"without {quotes}: {left:.2f}, no news"


def _more(
    kind: Kind, weights: Sequence[float], doubted: Sequence[Doubt], reading: Reading, nearly: Sequence[Nearly]
) -> str:
    """Say what would have to go, or come, for it to be news."""
    sure = together(weights)
    for gone in range(1, len(doubted) + 1):
        if (chance := confidence_of(kind, sure, doubted[gone:])) >= NEW:
            return f"without {', '.join(doubt.reason for doubt in doubted[:gone])}: {chance:.2f}, news"
    if reading.instead:
        return f"it reads as {reading.instead}, which leaves soft rules {reading.softness:.2f} of their weight"
    if nearly:
        return f"a word on {' or '.join(nearly[0].missing)} would let {nearly[0].rule} fire"
    return "more sure words"
