"""What feedparser makes of one element: its name, with a prefix by its namespace, its attributes and its text."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_USERLAND = "backend.userland.com/rss"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_LOWERED = {"rel", "type"}
_TYPES = {"text": "text/plain", "text/plain": "text/plain", "html": "text/html", "text/html": "text/html"}
_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/+")
_CONTROL = re.compile("[\x80-\x9f]")


class UnusualError(Exception):
    """Something in the document is not read here."""


@dataclass(frozen=True, slots=True)
class Words:
    """What feedparser calls things: the prefix of each namespace, and the names it has a mind of its own about."""

    prefixes: Mapping[str, str]
    handled: Collection[str]


class Names(dict[str, str]):
    """What feedparser calls elements, by their tags. Asking raises UnusualError where that is no simple matter."""

    def __init__(self, words: Words, declared: Collection[tuple[str, str]]) -> None:
        super().__init__()
        self._words = words
        self._declared = declared

    def __missing__(self, tag: str) -> str:
        return self.setdefault(tag, self._name(tag))

    def handled(self, name: str) -> bool:
        """Say whether feedparser does more than keep an element of this name."""
        return name in self._words.handled

    def _name(self, tag: str) -> str:
        space, _, local = tag.rpartition("}")
        prefix = self._prefix_of(space[1:])
        if prefix is None:
            prefix = self._given_prefix(space[1:])
        elif any(given == prefix.lower() and self._prefix_of(uri) != prefix for given, uri in self._declared):
            raise UnusualError
        return f"{prefix.lower()}_{local.lower()}" if prefix else local.lower()

    def _prefix_of(self, space: str) -> str | None:
        lowered = space.lower()
        return "" if _USERLAND in lowered else self._words.prefixes.get(lowered)

    def _given_prefix(self, space: str) -> str:
        """Return what the document calls a namespace that feedparser does not know, if it has one name throughout."""
        prefixes = {prefix for prefix, uri in self._declared if uri == space}
        prefix = prefixes.pop() if len(prefixes) == 1 else ""
        spaces = {uri for given, uri in self._declared if given.lower() == prefix.lower()}
        if not prefix or len(spaces) > 1:
            raise UnusualError
        return prefix


def text_of(element: Element) -> str:
    """Return the text of an element that holds no other. Like what follows, it raises UnusualError."""
    if len(element):
        raise UnusualError
    return even((element.text or "").strip())


def even(text: str) -> str:
    """Undo UTF-8 that was read as Latin-1 and written as UTF-8 again."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    if _CONTROL.search(text):
        raise UnusualError  # feedparser takes these for Windows-1252
    return text


def resolved(address: str) -> str:
    """Return the address relative to nothing: what feedparser changes all the same is more than two slashes."""
    return _SLASHES.sub(r"\1", address)


def attributes(element: Element) -> dict[str, str]:
    """Return the attributes that have no namespace, casefolded as feedparser does."""
    given: dict[str, str] = {}
    for name, value in element.attrib.items():
        lowered = name.lower()
        if name.startswith(_XML) and lowered != f"{_XML}base".lower():
            continue
        if lowered in given or lowered == "base" or "}" in name:
            raise UnusualError
        given[lowered] = value.lower() if lowered in _LOWERED else value
    return given


def kind_of(element: Element, default: str) -> str:
    """Return the media type of a text that is written as itself."""
    given = attributes(element) if element.attrib else {}
    kind = _TYPES.get(given.get("type", default))
    if kind is None or "mode" in given or "src" in given:
        raise UnusualError
    return kind
