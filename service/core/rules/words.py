"""Text to words, the one way every rule, test, preview and explanation sees text.

NFKC and casefold, then runs of letters, digits and the marks that sit on them; everything else parts words. Nothing is
stemmed and no accent is dropped. Scripts that write no spaces (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan) get the
second way: each character is a word, so that a term in them is a phrase of characters and matches anywhere in a run.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

_SPACELESS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Kana
)
_IS_SPACELESS = re.compile(rf"[{_SPACELESS}](?<=\w)")
_PARTS = re.compile(rf"[{_SPACELESS}](?<=\w)\W*|(?:[^{_SPACELESS}]|[{_SPACELESS}](?<!\w))+")
"""A character of a script without spaces with the marks that sit on it (inside a word, all that is not \\w is a mark),
or a run of anything else."""

_JOINERS = frozenset("\u00ad\u200c\u200d\u200e\u200f\u2060\ufeff")  # invisible inside words, never a border
_MANY = 64


class _Kept(dict[int, str]):
    """What each character becomes: itself in a word, nothing for a joiner, else a space. Fills as it is asked."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        return self.setdefault(code, character if is_letter(character) else _instead(character))


def is_letter(character: str) -> bool:
    """Say whether this belongs inside a word: a letter, a digit, or a mark on one."""
    return character.isalnum() or _is_mark(character)


_KEPT = _Kept()
_ORDINARY: set[str] = set()  # letters met so far that are not of a script without spaces
_ASCII = bytes(ord(chr(code).lower()) if chr(code).isalnum() else ord(" ") for code in range(128)) + bytes(128)
_SEPARATORS = "\u2019\u201c\u201d\u2018\u2013\u2014\u2026\xa0"  # what makes an English text more than ASCII


def _instead(character: str) -> str:
    return "" if character in _JOINERS else " "


def normalise(text: str) -> str:
    """Return the text in NFKC, casefolded. Applying it twice changes nothing."""
    if text.isascii():
        return text.lower()
    return _composed(_composed(text).casefold())


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, in order."""
    return tuple(_split(text))


def _split(text: str) -> list[str]:
    plain = _plain(text)
    if plain is not None:
        return plain.split()
    run = normalise(text)
    # Whatever is not ASCII, str.translate takes ten times as long over; replacing the few characters that part words
    # does not.
    strange = set(run) - _ORDINARY
    _ORDINARY.update(character for character in strange if is_letter(character) and not is_spaceless(character))
    strange -= _ORDINARY
    if len(strange) > _MANY:
        run = run.translate(_KEPT)
    for character in strange if len(strange) <= _MANY else ():
        if not is_letter(character):
            run = run.replace(character, _instead(character))
    words = run.split()
    return words if not any(map(is_spaceless, strange)) else [part for word in words for part in _PARTS.findall(word)]


def _plain(text: str) -> str | None:
    """Return an English text's words with any number of spaces around; None for any other text."""
    if not text.isascii():
        for character in _SEPARATORS:
            text = text.replace(character, " ")
        if not text.isascii():
            return None
    return text.encode("ascii").translate(_ASCII).decode("ascii")  # bytes are translated several times faster


def is_spaceless(token: str) -> bool:
    """Say whether this token is a character of a script that writes no spaces."""
    return _IS_SPACELESS.match(token) is not None


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def joined(words: tuple[str, ...]) -> str:
    """Return words as people write them: with spaces, but none between characters of scripts that have none."""
    text = words[0]
    for before, word in pairwise(words):
        text += word if is_spaceless(before) and is_spaceless(word) else f" {word}"
    return text


_SEARCHED = 40  # words that are searched for before the text is parted
_LOOKED_UP = 8  # words whose places are looked up one by one; of more, those of all words are noted in one go
GAP = 64  # more than any NEAR can bridge, so that no phrase and no NEAR crosses from one text into the next
Span = tuple[int, int]


class Words:
    """The words of one account: the title first, the body's parts after it, gaps between.

    Most rules only ask whether something is there at all; where a word stands is worked out when somebody asks. Whoever
    asks an English text for a few words alone has it searched for them: to part it takes as long as forty searches do.
    """

    __slots__ = ("_all", "_asked", "_kept_parts", "_places", "_plain", "_run", "_spans", "_texts")

    def __init__(self, title: str, *body: str) -> None:
        self._texts = (title, *(part for part in body if part))
        self._all: set[str] | None = None
        self._kept_parts: list[list[str]] | None = None
        self._plain = ""
        self._asked = 0
        self._run = ""
        self._places: dict[str, list[int]] = {}
        self._spans: dict[tuple[tuple[str, ...], bool], list[Span]] = {}

    @property
    def all(self) -> set[str]:
        """Every word there is."""
        if self._all is None:
            self._all = set().union(*self._parts)
        return self._all

    @property
    def _parts(self) -> list[list[str]]:
        if self._kept_parts is None:
            self._kept_parts = [_split(part) for part in self._texts]
        return self._kept_parts

    @property
    def body_at(self) -> int:
        """The position from which on words are the body's."""
        return len(self._parts[0]) + GAP

    def has_any(self, words: Collection[str]) -> bool:
        """Say whether any of these is there."""
        if self._all is None and self._is_searched(len(words)):
            return any(f" {word} " in self._plain for word in words)
        return not self.all.isdisjoint(words)

    def _is_searched(self, words: int) -> bool:
        """Say whether so many more words are better searched for."""
        self._asked += words
        if self._asked > _SEARCHED:
            return False
        if not self._plain:
            parts = [_plain(part) for part in self._texts]
            plain = [part for part in parts if part is not None]
            if len(plain) < len(parts):
                self._asked = _SEARCHED
                return False
            self._plain = f" {' '.join(plain)} "
        return True

    def has(self, term: tuple[str, ...], *, prefix: bool = False) -> bool:
        """Say whether these words stand one after the other anywhere."""
        if len(term) == 1:
            if self._all is None and self._is_searched(1):
                return (f" {term[0]}" if prefix else f" {term[0]} ") in self._plain
            if not prefix:  # most of all there is to evaluate
                return term[0] in self.all
        if not self._run:
            # Words hold no white space, so that a search for text between spaces is one for words, many times faster.
            self._run = "\n".join(f" {' '.join(part)} " for part in self._parts)
        wanted = " ".join(term)
        return (f" {wanted}" if prefix else f" {wanted} ") in self._run

    def spans(self, term: tuple[str, ...], *, prefix: bool = False) -> list[Span]:
        """Return where these words stand one after the other, as (first, last) positions in order."""
        key = (term, prefix)
        if key not in self._spans:
            self._spans[key] = self._find(term, prefix=prefix)
        return self._spans[key]

    def _find(self, term: tuple[str, ...], *, prefix: bool) -> list[Span]:
        columns = [self._at(token) for token in (term[:-1] if prefix else term)]
        if prefix:
            stems = [word for word in self.all if word.startswith(term[-1])]
            columns.append(sorted(at for word in stems for at in self._at(word)))
        if not all(columns):
            return []
        later = [set(column) for column in columns[1:]]
        last = len(later)
        return [
            (at, at + last) for at in columns[0] if all(at + step in column for step, column in enumerate(later, 1))
        ]

    def _at(self, word: str) -> list[int]:
        """Return every place of one word."""
        if word not in self._places:
            if len(self._places) == _LOOKED_UP:
                self._places |= _all_places(self._parts)
            elsewhere = word not in self._places and word in self.all
            self._places.setdefault(word, list(_places(word, self._parts)) if elsewhere else [])
        return self._places[word]


def _all_places(parts: Sequence[list[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    start = 0
    for part in parts:
        for at, word in enumerate(part, start):
            found.setdefault(word, []).append(at)
        start += len(part) + GAP
    return found


def _places(word: str, parts: Sequence[list[str]]) -> Iterator[int]:
    start = 0
    for part in parts:
        at = -1
        for _ in range(part.count(word)):
            at = part.index(word, at + 1)
            yield start + at
        start += len(part) + GAP


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
