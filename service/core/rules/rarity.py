"""How rarely a key is met, so that a rule is looked up by the rarest thing it needs. A wrong guess costs time only."""

from collections.abc import Callable, Iterable, Mapping

Rarity = Callable[[str], float]
"""The share of subjects, 0 to 1, that have a key."""

_FACTS = {
    "event": 1.0,
    "kind": 0.5,
    "lang": 0.5,
    "has": 0.4,
    "severity": 0.25,
    "weapon": 0.2,
    "status": 0.15,
    "country": 0.05,
    "actor": 0.05,
    "target": 0.05,
    "source": 0.03,
    "cell": 0.02,
    "region": 0.01,
    "place": 0.01,
}
_BY_LENGTH = (1.0, 0.3, 0.3, 0.2, 0.1, 0.04, 0.03, 0.02)
_RARE = 0.01
_PER_SPACELESS = 0.05
# Words that hold an English news text together, and those that hold ours together.
_COMMON = frozenset(
    (  # noqa: SIM905  a hundred quotes would hide the words
        "about after against also among before between could during first from have into more over than that their "
        "them there these they this three under were when where which while will with would year years said says "
        "told people officials official government president minister military army forces force attack attacks "
        "killed dead injured wounded strike strikes city region country capital state states international united "
        "according report reports reported statement monday tuesday wednesday thursday friday saturday sunday week "
        "month today overnight morning night local national foreign security defence defense war peace talks "
        "ceasefire truce agreement deal russia russian ukraine ukrainian israel israeli gaza missile missiles drone "
        "drones civilians least several many including other others during since still being made make part news"
    ).split()
)
_COMMON_SHARE = 0.3


def guess(key: str) -> float:
    """Return a guess from the key alone: short words are common, names of places are not."""
    name, colon, _ = key.partition(":")
    if colon:
        return _FACTS.get(name, 0.1)
    if key.endswith("*"):
        return 2 * _by_length(key[:-1])
    return _COMMON_SHARE if key in _COMMON else _by_length(key)


def cost(keys: Iterable[str]) -> float:
    """Return a guess of how much is to be read where any of these keys will do."""
    return sum(map(guess, keys))


def _by_length(word: str) -> float:
    if not word.isascii() and len(word) == 1:
        return _PER_SPACELESS
    return _BY_LENGTH[len(word)] if len(word) < len(_BY_LENGTH) else _RARE


def counted(texts: int, seen: Mapping[str, int]) -> Rarity:
    """Return what a sample showed: of so many texts, how many have each word. What it lacks is rarer than all of it."""
    least = 0.5 / max(1, texts)

    def rarity(key: str) -> float:
        if ":" in key:
            return guess(key)
        if key.endswith("*"):
            return min(1.0, sum(count for word, count in seen.items() if word.startswith(key[:-1])) / texts + least)
        return seen.get(key, 0) / texts + least

    return rarity
