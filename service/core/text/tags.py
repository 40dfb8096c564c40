"""Words with their meanings: which word lists of a lexicon each word or phrase is on.

The longest phrase wins and uses its words up: "strike a deal" leaves no "strike" behind. Of phrases as long, such as a
word and its stem, all count, unless one is a decoy. An entry of a list may be
`attack/s/ed` (attack, attacks, attacked), may end in `*` (any word that begins so), and matches only shouted words
when it is written in capitals ("US", not "us").
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple, Protocol

from service.core.text.footers import without_footer
from service.core.text.tokens import Token, fold, is_capital, tokenize

_NOTHING: Mapping[str, str] = {}
_NONE: frozenset[str] = frozenset()


class Words(Protocol):
    """What a lexicon gives: lists by name, and tables of word → meaning by name."""

    def __hash__(self) -> int: ...
    @property
    def lists(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, Mapping[str, str]]: ...  # noqa: D102
    @property
    def grammar(self) -> Mapping[str, Mapping[str, str]]: ...  # noqa: D102


class Unit(NamedTuple):
    """A word or phrase. `tags` are the lists and tables it is on, `means` what each table says of it."""

    norm: str
    start: int
    end: int
    sentence: int
    capital: bool
    tags: frozenset[str]
    means: Mapping[str, str]


class Page(NamedTuple):
    """A text that was read: its units, for each tag the positions of the units that have it, and whose words it has."""

    text: str
    units: Sequence[Unit]
    by_tag: Mapping[str, Sequence[int]]
    grammar: Mapping[str, Mapping[str, str]] = {}

    def has(self, *tags: str) -> bool:
        """Say whether any of the tags occurs."""
        return any(tag in self.by_tag for tag in tags)

    def quote(self, first: int, last: int) -> tuple[str, int, int]:
        """Return the text from unit `first` to unit `last`, both included, with its start and end."""
        start, end = self.units[first].start, self.units[last].end
        return self.text[start:end], start, end


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    tags: frozenset[str]
    means: Mapping[str, str]


class _Cut:
    """Cuts what is written on to a word in a listed phrase, as it is cut in a text.

    Kept whole, the phrase "défend l'attaque" would keep "l'attaque" whole wherever it stands, and nothing there would
    be an attack. A word that is listed by itself is meant whole.
    """

    def __init__(self, words: Words, prefixes: Sequence[tuple[str, str]]) -> None:
        self._prefixes = prefixes
        listed = (*words.lists.values(), *words.tables.values()) if prefixes else ()
        phrases = [phrase for entries in listed for entry in entries for phrase in spread(entry)]
        self._alone = {phrase[0] for phrase in phrases if len(phrase) == 1}
        self._known = {word for phrase in phrases for word in phrase}

    def phrase(self, phrase: tuple[str, ...]) -> tuple[str, ...]:
        """Return the phrase as the words of a text."""
        return phrase if len(phrase) == 1 else tuple(part for word in phrase for part in self._word(word))

    def _word(self, word: str) -> tuple[str, ...]:
        for prefix, stands_for in self._prefixes if word not in self._alone else ():
            rest = word[len(prefix) :]
            if word.startswith(prefix) and len(rest) > 1 and (prefix.endswith("'") or self._stays(rest)):
                return (stands_for, rest) if stands_for else (rest,)
        return (word,)

    def _stays(self, word: str) -> bool:
        """Say whether a word is listed and is not cut itself, so that a text's is known when it is cut."""
        return word in self._known and self._word(word) == (word,)


class _Tagger:
    """Finds the longest phrase at a place."""

    def __init__(self, words: Words) -> None:
        prefixes = words.grammar.get("prefixes", _NOTHING)
        # The shortest first: what is left is a word then, if it can be ("in a bombing", not "in the bomb").
        self.prefixes = [(word, prefixes[word]) for word in sorted(prefixes, key=len)]
        tags: dict[tuple[str, ...], set[str]] = {}
        means: dict[tuple[str, ...], dict[str, str]] = {}
        cut = _Cut(words, self.prefixes)
        for name, entries in words.lists.items():
            for phrase in (cut.phrase(split) for entry in entries for split in spread(entry)):
                tags.setdefault(phrase, set()).add(name)
        for name, table in words.tables.items():
            for entry, meaning in table.items():
                for phrase in map(cut.phrase, spread(entry)):
                    tags.setdefault(phrase, set()).add(name)
                    means.setdefault(phrase, {})[name] = meaning
        # By first word, then by second (a stem counts as any word), the longest first.
        self._first: dict[str, dict[str, list[_Phrase]]] = {}
        for phrase in sorted(tags, key=lambda p: (-len(p), p)):
            made = _Phrase(phrase[1:], frozenset(tags[phrase]), means.get(phrase, _NOTHING))
            second = "" if len(phrase) == 1 else "*" if phrase[1].endswith("*") else phrase[1]
            self._first.setdefault(phrase[0], {}).setdefault(second, []).append(made)
        self._stems = sorted({len(word) for word in self._first if word.endswith("*")}, reverse=True)
        self._known = {word for phrase in tags for word in phrase}
        self._known_stems = sorted({len(word) - 1 for word in self._known if word.endswith("*")})

    def knows(self, word: str) -> bool:
        """Say whether any phrase has this word."""
        return word in self._known or any(
            f"{word[:size]}*" in self._known for size in self._known_stems if size <= len(word)
        )

    def find(self, tokens: Sequence[Token], at: int) -> _Phrase | None:
        token = tokens[at]
        following = tokens[at + 1].norm if at + 1 < len(tokens) else ""
        best: _Phrase | None = None
        for key in self._keys(token):
            seconds = self._first.get(key)
            if seconds:
                found = _longest(seconds, following, tokens, at + 1)
                if found and (best is None or len(found.words) > len(best.words)):
                    best = found
                elif found and best and len(found.words) == len(best.words):
                    best = _both(best, found)
        return best

    def _keys(self, token: Token) -> Iterator[str]:
        """Yield what phrases that begin with this word are kept under."""
        if token.shouted:
            yield token.norm.upper()
        yield token.norm
        for size in self._stems:
            if size <= len(token.norm) + 1:
                yield f"{token.norm[: size - 1]}*"


def spread(entry: str) -> list[tuple[str, ...]]:
    """Return the phrases an entry of a list stands for: `air raid/s` gives ("air", "raid") and ("air", "raids")."""
    choices = []
    for word in entry.replace("-", " ").split():
        stem, *endings = word.split("/")
        choices.append([fold(stem), *(fold(f"{stem}{ending}") for ending in endings)])
    return list(product(*choices))


def _longest(
    seconds: Mapping[str, Sequence[_Phrase]], following: str, tokens: Sequence[Token], at: int
) -> _Phrase | None:
    for second in (following, "*", ""):
        for phrase in seconds.get(second, ()):
            if _fits(phrase.words, tokens, at):
                return phrase
    return None


def _both(one: _Phrase, other: _Phrase) -> _Phrase:
    """Return what a word means that is listed whole and by its stem. What is listed as a `decoy` is nothing else."""
    if "decoy" in one.tags or "decoy" in other.tags:
        return one if "decoy" in one.tags else other
    return _Phrase(one.words, one.tags | other.tags, {**other.means, **one.means})


def _fits(words: tuple[str, ...], tokens: Sequence[Token], at: int) -> bool:
    if len(tokens) < at + len(words):
        return False
    for word, token in zip(words, tokens[at : at + len(words)], strict=True):
        if word != token.norm and not (word.endswith("*") and token.norm.startswith(word[:-1])):
            return False
    return True


@lru_cache(maxsize=64)
def _tagger(words: Words) -> _Tagger:
    return _Tagger(words)


@lru_cache(maxsize=16)
def read(text: str, words: Words, limit: int) -> Page:
    """Read the first `limit` characters of a text, without a blog's footer. The lists are compiled once per lexicon.

    The last few pages are kept, since detect and extract read the same title one after the other.
    """
    tagger = _tagger(words)
    tokens = tokenize(text, min(limit, without_footer(text)))
    if tagger.prefixes:
        tokens = [part for token in tokens for part in _parts(token, text, tagger)]
    units: list[Unit] = []
    index: dict[str, list[int]] = {}
    at = 0
    while at < len(tokens):
        unit, at = _unit(tokens, at, tagger.find(tokens, at))
        for tag in unit.tags:
            index.setdefault(tag, []).append(len(units))
        units.append(unit)
    return Page(text, units, index, words.grammar)


def _parts(token: Token, text: str, tagger: _Tagger) -> Iterator[Token]:
    """Yield a word without what is written on to it, if it is known then, and what that stands for before it."""
    norm = token.norm
    for prefix, stands_for in tagger.prefixes if not tagger.knows(norm) else ():
        rest = norm[len(prefix) :]
        if norm.startswith(prefix) and len(rest) > 1 and (prefix.endswith("'") or tagger.knows(rest)):
            cut = token.start + (len(prefix) if token.end - token.start == len(norm) else 0)
            if stands_for:
                yield token._replace(norm=stands_for, end=max(cut, token.start + 1))
            yield token._replace(norm=rest, start=cut, capital=is_capital(text[cut]))
            return
    yield token


def _unit(tokens: Sequence[Token], at: int, phrase: _Phrase | None) -> tuple[Unit, int]:
    first = tokens[at]
    if phrase is None:
        return Unit(first.norm, first.start, first.end, first.sentence, first.capital, _NONE, _NOTHING), at + 1
    last = tokens[at + len(phrase.words)]
    norm = first.norm if last is first else " ".join(token.norm for token in tokens[at : at + len(phrase.words) + 1])
    unit = Unit(norm, first.start, last.end, first.sentence, first.capital, phrase.tags, phrase.means)
    return unit, at + len(phrase.words) + 1
