"""One file being read: its text, and the errors met on the way, each at its place."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from service.adapters.rulefiles.places import Lines, index_of
from service.adapters.yamlfile import Items, Node, Pairs, Scalar, is_text, plain
from service.core.errors import BadRule


class Pair(NamedTuple):
    """One key of a mapping and what it holds."""

    key: Node
    value: Node


@dataclass(frozen=True, slots=True)
class Page:
    """A file's name and text. Reading goes on after an error, so that one look shows them all."""

    file: str
    text: str
    errors: list[BadRule] = field(default_factory=list)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", Lines(self.text))

    def by_place(self) -> tuple[BadRule, ...]:
        """Return the errors in the order of the text."""
        return tuple(sorted(self.errors, key=lambda error: (error.line or 0, error.column or 0)))

    def line(self, node: Node) -> int:
        """Return the line, from 1, a node begins on."""
        return self.lines.line_and_column(node.start)[0]

    def refuse(self, code: str, message: str, place: Node | int, hint: str = "") -> None:
        """Note an error at a node, or at a place counted in characters from 0."""
        index = place if isinstance(place, int) else place.start
        line, column = self.lines.line_and_column(index)
        self.errors.append(BadRule(message, hint=hint, code=code, file=self.file, line=line, column=column))

    def refuse_value(self, error: BadRule, node: Node) -> None:
        """Note an error about a value; its column, where it has one, counts within the value."""
        place: Node | int = node
        if error.column is not None and isinstance(node, Scalar):
            place = index_of(self.text, node, error.column - 1)
        self.refuse(error.code, error.message, place, error.hint)

    def pairs(
        self, node: Node, what: str, known: Collection[str], required: Collection[str] = ()
    ) -> Mapping[str, Pair] | None:
        """Return the keys of a mapping. None where it is none; keys that are wrong are noted and left out."""
        if not isinstance(node, Pairs):
            hint = f"write `key: value` lines; keys of {what}: {', '.join(known)}" if known else "write `name: [words]`"
            self.refuse("E154", f"{what} is not a mapping", node, hint)
            return None
        found: dict[str, Pair] = {}
        for key, value in node.value:
            name = self._good_key(key, what, known, found)
            if name is not None:
                found[name] = Pair(key, value)
        if len(found) == len(node.value):  # a misspelt key is said once, not as missing too
            for name in required:
                if name not in found:
                    self.refuse("E153", f"{what} has no {name}", node, f"add {name}: {_SAMPLES.get(name, '…')}")
        return found

    def _good_key(self, key: Node, what: str, known: Collection[str], found: Mapping[str, Pair]) -> str | None:
        if not isinstance(key, Scalar) or not is_text(key):
            self.refuse("E151", f"a key of {what} is not a text", key, 'put it in "quotes"')
        elif key.value in found:
            first = self.line(found[key.value].key)
            self.refuse("E152", f"{key.value!r} is given twice", key, f"keep one of them; the first is on line {first}")
        elif known and key.value not in known:
            self.refuse("E151", f"unknown key {key.value!r} in {what}", key, _nearest(key.value, known))
        else:
            return key.value
        return None

    def items(self, node: Node, what: str) -> list[Node]:
        """Return the items of a list; none, and an error, where it is none."""
        if isinstance(node, Items):
            return list(node.value)
        self.refuse("E154", f"{what} is not a list", node, "begin each item with a hyphen, or write [one, two]")
        return []

    def data(self, node: Node) -> object:
        """Return a node as plain data. Raises BadRule for what cannot be, such as a tag of somebody's own."""
        try:
            return plain(node)
        except ValueError as error:
            hint = "leave the tag out" if str(error).startswith("tag") else "write a smaller one"
            raise BadRule(f"{error} is not allowed", hint=hint, code="E154") from error


_SAMPLES = {"version": "1", "match": "kind:strike", "id": "harbour-watch", "fires": "true"}
_RENAMED = {"query": "match", "condition": "match", "name": "title", "description": "title", "enabled": "state"}


def _nearest(name: str, known: Collection[str]) -> str:
    if _RENAMED.get(name) in known:
        return f"did you mean {_RENAMED[name]!r}?"
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
