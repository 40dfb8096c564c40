"""Lexicons from YAML: one file a language, `<folder>/<lang>.yaml`.

A file of an earlier folder adds to the one of the same name in a later folder: its words to the lists, its rows to the
tables and to the grammar, where the same word of both means what the earlier folder says. With `replaces: true` it
takes its place instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.adapters import yamlfile
from service.adapters.yamlfile import Document
from service.core.errors import BadConfig
from service.core.lexicon import Lexicon
from service.core.text.tags import spread
from service.core.text.tokens import tokenize

_GRAMMAR = ("prefixes", "endings", "order", "strike", "talks", "sides")
_WEIGHT = re.compile(r"0\.\d+( soft)?")
HOW = "small letters, or CAPITALS for a first word that counts only so; no marks, no 's; `m 23` for m23"
_KEYS = ("lang", "codes", "replaces", "lists", "tables", "grammar")


def load_lexicons(folders: Sequence[Path]) -> Mapping[str, Lexicon]:
    """Return the lexicons by language. Name the operator's folder first: its files add to those of the others.

    Raises BadConfig naming file, line and column, or the folders where not one lexicon is found.
    """
    files: dict[str, list[Path]] = {}
    for folder in folders:
        for path in _yaml_in(folder):
            files.setdefault(path.name, []).append(path)
    if not files:
        looked = ", ".join(str(folder) for folder in folders) or "nowhere"
        raise BadConfig("no lexicon found", hint="put en.yaml there", file=looked)
    read = [_together(paths) for _, paths in sorted(files.items())]
    lexicons = {lexicon.lang: lexicon for lexicon, _ in read}
    return {lexicon.lang: _with_codes(lexicons[lexicon.lang], document, lexicons) for lexicon, document in read}


def lexicon_faults(folders: Sequence[Path]) -> list[BadConfig]:
    """Return what in the operator's files is of no effect: a name nothing asks for, words that match nothing.

    The names that something asks for are those of the last folder, which is ours; of our own words nothing is said.
    """
    *own, shipped = folders
    ours = [_read(str(path), yamlfile.text_of(path))[0] for path in _yaml_in(shipped)]
    known = {kind: _all_of(kind, ours) for kind in ("lists", "tables")}
    return [fault for folder in own for path in _yaml_in(folder) for fault in _faults(path, known)]


def _all_of(kind: str, lexicons: Sequence[Lexicon]) -> Mapping[str, AbstractSet[str]]:
    found: dict[str, set[str]] = {}
    for lexicon in lexicons:
        for name, words in getattr(lexicon, kind).items():
            found.setdefault(name, set()).update(words)
    return found


def _faults(path: Path, known: Mapping[str, Mapping[str, AbstractSet[str]]]) -> Iterator[BadConfig]:
    lexicon, document = _read(str(path), yamlfile.text_of(path))
    for kind, ours in known.items():
        for name, words in getattr(lexicon, kind).items():
            what = f"{kind[:-1]} {name!r}"
            places = [(word, word) for word in words] if kind == "tables" else list(enumerate(words))
            own = [(at, word) for at, word in places if word not in ours.get(name, ())]
            idle = [(at, word) for at, word in own if not can_match(name, word)]
            if name not in ours:
                near = get_close_matches(name, sorted(ours), n=1)
                hint = f"did you mean {near[0]}?" if near else "the shipped lexicon/en.yaml shows what there is"
                yield document.bad(f"nothing asks for a {what}", kind, name, hint=hint)
            elif len(idle) == len(words):
                yield document.bad(f"the {what} holds nothing usable", kind, name, hint=HOW)
            else:
                yield from (document.bad(f"{word!r} matches nothing", kind, name, at, hint=HOW) for at, word in idle)


def can_match(name: str, entry: str) -> bool:
    """Say whether a text can have all words of one of the phrases that the entry stands for.

    In `codes` stand the names that other tables give ("new people's army"), in small letters.
    """
    if name == "codes":
        return entry == entry.lower()
    return any(all(_is_word(word, first=not at) for at, word in enumerate(phrase)) for phrase in spread(entry))


def _is_word(word: str, *, first: bool) -> bool:
    stem = word.removesuffix("*").removesuffix("'")  # what is written on to a word, such as "l'"
    whole = [token.norm for token in tokenize(stem, len(stem))] == [stem.lower()]
    return whole and (stem == stem.lower() or (first and len(stem) > 1 and stem.isupper()))


def _together(paths: Sequence[Path]) -> tuple[Lexicon, Document]:
    """Read the files of one name, the weightiest first. Return what they say together, and the first with `codes`."""
    lexicon, document = _read(str(paths[0]), yamlfile.text_of(paths[0]))
    if len(paths) == 1 or document.data.get("replaces"):
        return lexicon, document
    base, below = _together(paths[1:])
    if lexicon.lang != base.lang:
        raise document.bad(f"{lexicon.lang!r} adds to {base.lang!r}", "lang", hint=f"{base.lang}, or `replaces: true`")
    return _added(base, lexicon), document if "codes" in document.data else below


@lru_cache(maxsize=32)
def _added(base: Lexicon, more: Lexicon) -> Lexicon:
    """Return a lexicon with another's words. Kept, so that what is compiled from it is too."""
    names = dict.fromkeys((*base.lists, *more.lists))
    lists = {name: (*base.lists.get(name, ()), *more.lists.get(name, ())) for name in names}
    tables, grammar = _rows(base.tables, more.tables), _rows(base.grammar, more.grammar)
    return replace(base, lists=lists, tables=tables, grammar=grammar)


def _rows(
    base: Mapping[str, Mapping[str, str]], more: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    return {name: {**base.get(name, {}), **more.get(name, {})} for name in dict.fromkeys((*base, *more))}


@lru_cache(maxsize=32)
def _read(file: str, text: str) -> tuple[Lexicon, Document]:
    """Read a file's text. The same text is read once in a process: it takes a quarter of a second for a long one."""
    document = yamlfile.parse(text, file=file)
    return read_lexicon(document), document


def _with_codes(lexicon: Lexicon, document: Document, lexicons: Mapping[str, Lexicon]) -> Lexicon:
    """Return the lexicon with the table of codes of the language it names. Raises BadConfig where there is none."""
    other = document.data.get("codes")
    if other is None:
        return lexicon
    if other not in lexicons:
        raise document.bad(f"no lexicon {other!r}", "codes", hint=f"one of {', '.join(lexicons)}")
    codes = {**lexicons[other].tables.get("codes", {}), **lexicon.tables.get("codes", {})}
    return replace(lexicon, tables={**lexicon.tables, "codes": codes})


def _yaml_in(folder: Path) -> list[Path]:
    """Return the files, none where there is no such folder. One we may not look into must not bring ours back."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except FileNotFoundError:
        return []
    except OSError as error:
        hint = "check the path and its permissions"
        raise BadConfig(f"cannot read the folder: {error.strerror}", hint=hint, file=str(folder)) from error


def read_lexicon(document: Document) -> Lexicon:
    """Make a lexicon of a file's data. Raises BadConfig."""
    data = document.data
    if not isinstance(data, dict):
        raise document.bad("not a lexicon", hint="give lang, lists and tables")
    for name in data:
        if name not in _KEYS:
            raise document.bad(f"no such key {name!r}", name, hint=f"one of {', '.join(_KEYS)}")
    if not isinstance(data.get("replaces", False), bool):
        raise document.bad("`replaces` is true or false", "replaces", hint="leave it out to add to the shipped words")
    lang = data.get("lang")
    if not isinstance(lang, str) or not lang:
        raise document.bad("lang is missing", "lang", hint="a language's tag, such as `lang: en`")
    lists = {name: _list(document, name) for name in _mapping(document, "lists")}
    tables = {name: _table(document, "tables", name) for name in _mapping(document, "tables")}
    grammar = {name: _table(document, "grammar", name) for name in _mapping(document, "grammar")}
    _check(document, grammar)
    return Lexicon(lang=lang, lists=lists, tables=tables, grammar=grammar)


def _check(document: Document, grammar: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse what a language's own grammar cannot mean, here and not when the first entry is judged."""
    for kind, rows in grammar.items():
        if kind not in _GRAMMAR:
            raise document.bad(f"no such grammar {kind!r}", "grammar", kind, hint=f"one of {', '.join(_GRAMMAR)}")
        for source, meaning in rows.items():
            if kind in ("strike", "talks") and not _WEIGHT.fullmatch(meaning):
                raise document.bad(f"not a weight: {meaning!r}", "grammar", kind, source, hint='such as "0.5 soft"')
            steps = [part for part in source.split() if not part.startswith("..")]
            if kind == "sides" and not all(step.isdecimal() and int(step) < len(steps) for step in meaning.split()):
                raise document.bad(
                    f"no such step: {meaning!r}", "grammar", kind, source, hint="actor and target, from 0"
                )


def _mapping(document: Document, *keys: str) -> dict[str, Any]:
    """Return the mapping at these keys, empty where there is none. Raises BadConfig where it is something else."""
    value: Any = document.data
    for name in keys:
        value = value.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise document.bad("not a mapping", *keys, hint="write `name: …` lines")
    return value


def _list(document: Document, name: str) -> tuple[str, ...]:
    items = document.data["lists"][name]
    if not isinstance(items, list):
        raise document.bad("not a list", "lists", name, hint="write [word, word]")
    for number, item in enumerate(items):
        if not isinstance(item, str) or not item.strip():
            raise document.bad(f"not a word: {item!r}", "lists", name, number, hint="put it in quotes")
        if not _says_something(item):
            raise document.bad(f"no word in {item!r}", "lists", name, number, hint="give a word")
    return tuple(items)


def _table(document: Document, kind: str, name: str) -> Mapping[str, str]:
    table = _mapping(document, kind, name)
    for word, meaning in table.items():
        if not isinstance(word, str) or not isinstance(meaning, str):
            raise document.bad(f"not words: {word!r}: {meaning!r}", kind, name, str(word), hint="put both in quotes")
        if kind == "tables" and not _says_something(word):
            raise document.bad(f"no word in {word!r}", kind, name, word, hint="give a word")
    return table


def _says_something(entry: str) -> bool:
    """Say whether every word of it has something to go by. One that is all `*` would match any text."""
    phrases = spread(entry)
    return all(phrase and all(word.strip("*") for word in phrase) for phrase in phrases)
