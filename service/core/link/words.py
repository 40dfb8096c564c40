"""How alike two texts are: the same text, nearly the same, or merely about the same thing."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import log, sqrt
from zlib import crc32

from service.core.entry import Entry
from service.core.event import Account
from service.core.text.titles import bare_title

Told = Entry | Account
"""What was told: an entry that just came in, or an account that was joined before."""

LEAD = 400
"""Characters of the summary that count: the main clause stands there, background comes later."""

SAME_TEXT = 0.5
"""Jaccard of character 5-grams from which two texts are one text, copied and trimmed."""

SAMPLE = 8
KEY_WORDS = 5
"""A title of fewer words (`Explosions heard in Kyiv`) is too common to prove a copy by itself."""

_STEM = 6
_SHORT = 2
_STOP = frozenset(
    """
    the and for from with but are was were been has have had its his her their this that these those after before over
    under into out down off more most than not say says said saying will would could can may who what when where which
    while about amid against during new news latest live updates update report reports reported according officials
    official sources source view full coverage google our you les des une los las del que por con der die das und von
    """.split()  # noqa: SIM905  a list of words reads better as text
)


_TOPIC = frozenset(
    word[:_STEM]
    for word in """
    strike strikes airstrike attack attacks attacked hit hits killed kill kills dead death wounded injured people drone
    drones missile missiles military army forces war president minister officials overnight peace talks deal ceasefire
    truce agreement negotiations negotiators leader leaders meeting
    """.split()  # noqa: SIM905
)
_OF_TOPIC = 0.5


@lru_cache(maxsize=20_000)
def title_key(title: str) -> str:
    """Return the title's words, casefolded and without accents, label or publisher; empty if too few to be a key."""
    words = words_of(bare_title(title))
    return " ".join(words) if len(words) >= KEY_WORDS else ""


@lru_cache(maxsize=20_000)
def shingles(text: str) -> frozenset[int]:
    """Return the text's character 5-grams, as hashes that are the same in every process."""
    flat = " ".join(words_of(text))
    return frozenset(crc32(flat[start : start + 5].encode()) for start in range(max(len(flat) - 4, 0)))


@lru_cache(maxsize=20_000)
def terms(text: str) -> frozenset[str]:
    """Return what the text is about: its words without the commonest, cut to a stem."""
    return frozenset(
        word[:_STEM] for word in words_of(text) if word not in _STOP and (len(word) > _SHORT or word.isdigit())
    )


@lru_cache(maxsize=20_000)
def telling(text: str) -> frozenset[str]:
    """Return the terms of the text that not every strike is told in: no figures, and none of war in general."""
    return frozenset(term for term in terms(text) if term not in _TOPIC and not term.isdigit())


@lru_cache(maxsize=20_000)
def lead(title: str, summary: str, content: str) -> str:
    """Return title and lead, the part of a text that says what happened."""
    return f"{bare_title(title)} {(summary or content)[:LEAD]}"


def lead_of(told: Told) -> str:
    """Return title and lead of an entry, or of an account that was joined before."""
    return lead(told.title, told.summary, told.content)


def alike(one: str, other: str) -> bool:
    """Say whether two texts are one. A sample of their 5-grams tells at once where they are far from it."""
    return may_be_alike(sample(one), sample(other)) and overlap(shingles(one), shingles(other)) >= SAME_TEXT


def may_be_alike(left: frozenset[int], right: frozenset[int]) -> bool:
    """Say of two samples whether their texts may be one."""
    return min(len(left), len(right)) < SAMPLE or overlap(left, right) >= SAME_TEXT / 2


@lru_cache(maxsize=20_000)
def sample(text: str) -> frozenset[int]:
    """Return one in eight of the text's 5-grams, the same ones wherever they are found."""
    return frozenset(shingle for shingle in shingles(text) if shingle % SAMPLE == 0)


def overlap(left: frozenset[int], right: frozenset[int]) -> float:
    """Return the Jaccard coefficient, 0 to 1."""
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared) if shared else 0.0


class Rarity:
    """How much each term tells some texts apart; one that is in all of them tells little, an unknown one the most.

    A weight is worked out when it is asked for: of a thousand terms a report has a few.
    """

    def __init__(self, texts: Iterable[frozenset[str]]) -> None:
        self._counted: Counter[str] = Counter()
        self._total = 0
        for text in texts:
            self._counted.update(text)
            self._total += 1
        self._rarest = log(1 + self._total / min(self._counted.values())) if self._counted else 1.0
        self._known: dict[str, float] = {}

    def weight(self, term: str) -> float:
        """Return the term's weight."""
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = self._worked_out(term)
        return found

    def _worked_out(self, term: str) -> float:
        seen = self._counted[term]
        return log(1 + self._total / seen) * (_OF_TOPIC if term in _TOPIC else 1.0) if seen else self._rarest

    def size(self, terms_: Iterable[str]) -> float:
        """Return the square of the length of the terms' vector."""
        return sum([self.weight(term) ** 2 for term in terms_])


def likeness(left: frozenset[str], right: frozenset[str], rarity: Rarity) -> float:
    """Return the cosine of the two sets of terms, weighed by how rare they are, 0 to 1."""
    shared = left & right
    return rarity.size(shared) / sqrt(rarity.size(left) * rarity.size(right)) if shared else 0.0


def words_of(text: str) -> list[str]:
    """Return the words, casefolded and without accents."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    kept = (ch if ch.isalnum() else "" if unicodedata.combining(ch) or ch in "'’" else " " for ch in flat)
    return "".join(kept).split()
