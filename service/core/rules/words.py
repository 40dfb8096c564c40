"""Text to words, the one way every rule, test, preview and explanation sees text.

NFKC and casefold, then runs of letters, digits and the marks that sit on them; everything else parts words. Nothing is
stemmed and no accent is dropped. Scripts that write no spaces (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan) get the
second way: each character is a word, so that a term in them is a phrase of characters and matches anywhere in a run.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

_SPACELESS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Kana
)
_HAS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_JOINERS = frozenset("\u00ad\u200c\u200d\u200e\u200f\u2060\ufeff")  # invisible inside words, never a border


class _Kept(dict[int, str]):
    """What each character becomes: itself in a word, nothing for a joiner, else a space. Fills as it is asked."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        other = "" if character in _JOINERS else " "
        return self.setdefault(code, character if is_letter(character) else other)


def is_letter(character: str) -> bool:
    """Say whether this belongs inside a word: a letter, a digit, or a mark on one."""
    return character.isalnum() or _is_mark(character)


_KEPT = _Kept()


def normalise(text: str) -> str:
    """Return the text in NFKC, casefolded. Applying it twice changes nothing."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, in order."""
    run = normalise(text).translate(_KEPT)
    words = run.split()
    return tuple(words) if not _HAS_SPACELESS.search(run) else tuple(_parted(words))


def is_spaceless(token: str) -> bool:
    """Say whether this token is a character of a script that writes no spaces."""
    return bool(_HAS_SPACELESS.match(token)) and not _is_mark(token[0])


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def joined(words: tuple[str, ...]) -> str:
    """Return words as people write them: with spaces, but none between characters of scripts that have none."""
    text = words[0]
    for before, word in pairwise(words):
        text += word if is_spaceless(before) and is_spaceless(word) else f" {word}"
    return text


def _parted(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        start = 0
        for at in range(1, len(word)):
            borders = is_spaceless(word[at - 1 : at]) or is_spaceless(word[start]) or is_spaceless(word[at])
            if borders and not _is_mark(word[at]):
                yield word[start:at]
                start = at
        yield word[start:]


GAP = 64  # more than any NEAR can bridge, so that no phrase and no NEAR crosses from one text into the next
Span = tuple[int, int]


class Words:
    """The words of one account, with their positions: the title first, the body's parts after it, gaps between."""

    __slots__ = ("_sorted", "_spans", "body_at", "places")

    def __init__(self, title: str, *body: str) -> None:
        self.places: dict[str, list[int]] = {}
        self._spans: dict[tuple[tuple[str, ...], bool], list[Span]] = {}
        self._sorted: list[str] | None = None
        self.body_at = at = self._add(title, 0)
        for part in body:
            at = self._add(part, at)

    def _add(self, text: str, at: int) -> int:
        places = self.places
        for token in tokens(text):
            if token in places:
                places[token].append(at)
            else:
                places[token] = [at]
            at += 1
        return at + GAP

    def spans(self, term: tuple[str, ...], *, prefix: bool = False) -> list[Span]:
        """Return where these words stand one after the other, as (first, last) positions in order."""
        if len(term) == 1 and not prefix:
            return [(at, at) for at in self.places.get(term[0], ())]
        key = (term, prefix)
        if key not in self._spans:
            self._spans[key] = self._find(term, prefix=prefix)
        return self._spans[key]

    def _find(self, term: tuple[str, ...], *, prefix: bool) -> list[Span]:
        columns = [self.places.get(token, []) for token in (term[:-1] if prefix else term)]
        if prefix:
            columns.append(self._starting_with(term[-1]))
        if not all(columns):
            return []
        later = [set(column) for column in columns[1:]]
        last = len(later)
        return [
            (at, at + last) for at in columns[0] if all(at + step in column for step, column in enumerate(later, 1))
        ]

    def _starting_with(self, stem: str) -> list[int]:
        if self._sorted is None:
            self._sorted = sorted(self.places)
        at, found = bisect_left(self._sorted, stem), []
        while at < len(self._sorted) and self._sorted[at].startswith(stem):
            found += self.places[self._sorted[at]]
            at += 1
        return sorted(found)


def near(left: Sequence[Span], right: Sequence[Span], distance: int, *, ordered: bool) -> tuple[Span, Span] | None:
    """Return the first pair with at most `distance` words between its ends, or None. Spans that overlap are no pair."""
    pair = _after(left, right, distance)
    return pair if pair or ordered else _after(right, left, distance)


def _after(left: Sequence[Span], right: Sequence[Span], distance: int) -> tuple[Span, Span] | None:
    for span in left:
        at = bisect_left(right, (span[1] + 1, 0))
        if at < len(right) and right[at][0] - span[1] - 1 <= distance:
            return span, right[at]
    return None
