"""YAML text to a tree of nodes that know their spans. Anchors are refused: a rule says what it says where it stands.

libyaml reads, being ten times faster; where it objects, PyYAML's own parser reads again, since it says better what is
wrong and where. The tree is built from their events by a loop, so that no depth of nesting can exhaust the stack.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from service.adapters.yamlfile.schema import PREFIX, SCALARS, STR, resolve

MAX_DEPTH = 40
_MAP, _SEQ = PREFIX + "map", PREFIX + "seq"
_FAST: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, eq=False)
class Node:
    """What every node has: its tag, and its span in characters from 0. A collection ends where its last value does."""

    start: int
    end: int
    tag: str


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """A single value as text. `style` is its quote, `|`, `>`, or empty for a plain one."""

    value: str
    style: str


@dataclass(slots=True, eq=False)
class Items(Node):
    """A list."""

    flow: bool
    value: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Pairs(Node):
    """A mapping, in the order of the text; a key may come twice."""

    flow: bool
    value: list[tuple[Node, Node]] = field(default_factory=list)


class BadYaml(Exception):  # noqa: N818  who reads the file turns it into an error with a place
    """The text is not YAML. `index` is where, in characters from 0."""

    def __init__(self, message: str, index: int, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
        self.message = message
        self.index = index


def compose(text: str) -> Node | None:
    """Return the root of the only document, or None for a text that holds none. Raises BadYaml."""
    try:
        return _composed(_FAST, text)
    except yaml.YAMLError:
        return compose_slowly(text)
    except UnicodeEncodeError as error:  # half a character, which a program may send and no file can hold
        code = ord(text[error.start])
        raise BadYaml(f"character U+{code:04X} is not allowed", error.start, "remove it") from error


def compose_slowly(text: str) -> Node | None:
    """Return the same tree as `compose`, by PyYAML's own parser. Raises BadYaml."""
    try:
        return _composed(yaml.SafeLoader, text)
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(error) from error
    except yaml.reader.ReaderError as error:
        code = ord(error.character) if isinstance(error.character, str) else error.character
        raise BadYaml(f"character U+{code:04X} is not allowed", error.position, "remove it") from error


def _composed(loader: type[Any], text: str) -> Node | None:
    grown = _Growing(text)
    parser = loader(text)
    try:
        while (event := parser.get_event()) is not None:
            if getattr(event, "anchor", None) is not None:
                raise BadYaml("anchors and aliases are not for rules", event.start_mark.index, "write it out each time")
            take = _TAKEN.get(type(event))
            if take is not None:
                take(grown, event)
    finally:
        parser.dispose()
    return grown.root


class _Growing:
    """A tree being built. `open` holds the collections around the next node, with a key that waits for its value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.open: list[Items | Pairs] = []
        self.keys: list[Node | None] = []

    def scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        plain_one, tag, style = event.implicit[0], event.tag, event.style or ""
        if tag is None or tag == "!":
            tag = resolve(event.value) if plain_one else STR
        if style in {"|", ">"}:  # libyaml and PyYAML differ on whether line ends behind it belong to it
            end = start + len(self.text[start:end].rstrip())
        self.add(Scalar(start, end, tag, event.value, "" if style == ":" else style))

    def items(self, event: Any) -> None:
        tag = _SEQ if event.tag in {None, "!"} else event.tag
        self.enter(Items(event.start_mark.index, event.end_mark.index, tag, bool(event.flow_style)))

    def pairs(self, event: Any) -> None:
        tag = _MAP if event.tag in {None, "!"} else event.tag
        self.enter(Pairs(event.start_mark.index, event.end_mark.index, tag, bool(event.flow_style)))

    def enter(self, node: Items | Pairs) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise BadYaml("nested too deeply", node.start, "a rule needs four levels at most")
        self.add(node)
        self.open.append(node)
        self.keys.append(None)

    def leave(self, event: Any) -> None:
        node = self.open.pop()
        self.keys.pop()
        if node.flow:
            node.end = event.end_mark.index
        elif node.value:
            last = node.value[-1]
            node.end = (last[1] if isinstance(last, tuple) else last).end

    def add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        around, key = self.open[-1], self.keys[-1]
        if isinstance(around, Items):
            around.value.append(node)
        elif key is None:
            self.keys[-1] = node
        else:
            around.value.append((key, node))
            self.keys[-1] = None

    def document(self, event: Any) -> None:
        if self.root is not None:
            raise BadYaml("a second document", event.start_mark.index, "keep one document a file")


_TAKEN: dict[type, Callable[[_Growing, Any], None]] = {
    yaml.ScalarEvent: _Growing.scalar,
    yaml.SequenceStartEvent: _Growing.items,
    yaml.MappingStartEvent: _Growing.pairs,
    yaml.SequenceEndEvent: _Growing.leave,
    yaml.MappingEndEvent: _Growing.leave,
    yaml.DocumentStartEvent: _Growing.document,
}

_EXPLAINED = {
    "mapping values are not allowed here": ("a colon inside a plain text", "put the whole text in 'single quotes'"),
    "found unexpected end of stream": ("the quote is never closed", "close it, or double it where it is meant as such"),
    "found character '\\t' that cannot start any token": ("a tab", "indent with spaces"),
}


def _bad_yaml(error: yaml.MarkedYAMLError) -> BadYaml:
    """Put PyYAML's finding into an operator's words where we know what usually lies behind it."""
    problem = error.problem or "not YAML"
    mark = error.problem_mark or error.context_mark
    if "end of stream" in problem:
        mark = error.context_mark or mark
    message, hint = _EXPLAINED.get(problem, (problem, "the file is not YAML here"))
    return BadYaml(message, mark.index if mark else 0, hint)


def is_text(node: Node) -> bool:
    """Say whether this is a text, quoted or not."""
    return isinstance(node, Scalar) and node.tag == STR


def plain(node: Node) -> object:
    """Return the node as plain data. Raises ValueError naming what cannot be: a strange tag, a number without end."""
    if isinstance(node, Scalar) and node.tag in SCALARS:
        return SCALARS[node.tag](node.value)
    if isinstance(node, Pairs) and node.tag == _MAP:
        return {str(plain(key)): plain(value) for key, value in node.value}
    if isinstance(node, Items) and node.tag == _SEQ:
        return [plain(item) for item in node.value]
    raise ValueError(f"tag {node.tag.removeprefix(PREFIX)}")


def walk(node: Node) -> Iterator[Node]:
    """Return the node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, Items):
            waiting += reversed(found.value)
        elif isinstance(found, Pairs):
            waiting += (part for pair in reversed(found.value) for part in reversed(pair))
