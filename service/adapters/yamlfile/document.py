"""YAML files as plain data that still knows where each value stood.

Only plain values are made (the safe loader); a key given twice is an error, not a silent override. Values are those of
YAML 1.2's core schema, and dates.

A text of nothing else, as nearly all are, is read by libyaml, ten times faster. PyYAML's own parser reads the others:
those with dates, anchors or tags, and those with something wrong, of which it says best what and where.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from service.adapters.yamlfile.schema import PREFIX, RESOLVERS, SCALARS, STR, Resolvers
from service.adapters.yamlfile.tree import BadYaml, Items, Node, Pairs, Scalar, compose
from service.core.errors import BadConfig

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNLIKE = re.compile("[\t\ufeff]")  # libyaml takes tabs that PyYAML refuses, and a mark of byte order has no column
_KEPT = {PREFIX + "timestamp", PREFIX + "merge"}
Keys = tuple[str | int, ...]
Position = tuple[int, int]


def _resolvers() -> Resolvers:
    found = {first: list(pairs) for first, pairs in RESOLVERS.items()}
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items():
        found.setdefault(first, []).extend(pair for pair in pairs if pair[0] in _KEPT)
    return found


_SLOW = {
    first: [pattern for tag, pattern in pairs if tag in _KEPT]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if any(tag in _KEPT for tag, _ in pairs)
}


class _Loader(yaml.SafeLoader):
    """PyYAML's own safe loader. libyaml's would end the process on a text nested deeply enough."""

    yaml_implicit_resolvers = _resolvers()

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  PyYAML's signature
        """Make the value of a node. What looks like a date or a number and is none is an error with a place."""
        try:
            if node.tag in SCALARS and isinstance(node, yaml.ScalarNode):
                return SCALARS[node.tag](node.value)
            return super().construct_object(node, deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file said. `positions` gives line and column, 1-based, of every value by its path of keys."""

    file: str
    data: Any
    positions: dict[Keys, Position] = field(default_factory=dict)

    def at(self, *keys: str | int) -> Position:
        """Return where this value stands, or the nearest value around it."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.positions:
                return self.positions[keys[:length]]
        return self.positions.get((), (1, 1))

    def bad(self, message: str, *keys: str | int, hint: str = "") -> BadConfig:
        """Return the error that points at this value."""
        line, column = self.at(*keys)
        return BadConfig(message, hint=hint, file=self.file, line=line, column=column)


def is_there(path: Path) -> bool:
    """Whether something of that name exists, be it no file. Raises BadConfig where we may not even look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def load(path: Path) -> Document:
    """Read a file. An empty one has `data` None. Raises BadConfig naming line and column."""
    return parse(text_of(path), file=str(path))


def text_of(path: Path) -> str:
    """Return what a file says. Raises BadConfig."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadConfig("not UTF-8 text", hint=f"byte {error.start} is wrong", file=str(path)) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> BadConfig:
    return BadConfig(
        f"cannot read the file: {error.strerror}", hint="check the path and its permissions", file=str(path)
    )


def parse(text: str, *, file: str) -> Document:
    """Read YAML text; `file` is only for naming the place. Raises BadConfig."""
    return _parse_quickly(text, file) or parse_slowly(text, file=file)


def _parse_quickly(text: str, file: str) -> Document | None:
    """Return what `parse_slowly` does, or None where that must read it."""
    if _UNLIKE.search(text):
        return None
    reading = _Quickly(text)
    try:
        root = compose(text)
        data = None if root is None else reading.value(root, ())
    except (BadYaml, ValueError):
        return None
    return Document(file=file, data=data, positions=reading.positions)


class _Quickly:
    """A tree turned into plain data. Raises ValueError at what only the slow parser understands, or says what is wrong.

    Trees are not deep: `compose` refuses those that are.
    """

    def __init__(self, text: str) -> None:
        self.positions: dict[Keys, Position] = {}
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def value(self, node: Node, keys: Keys) -> Any:
        line = bisect_right(self._lines, node.start)
        self.positions[keys] = line, node.start - self._lines[line - 1] + 1
        if isinstance(node, Scalar):
            return _scalar(node)
        if isinstance(node, Items) and node.tag == PREFIX + "seq":
            return [self.value(item, (*keys, number)) for number, item in enumerate(node.value)]
        if isinstance(node, Pairs) and node.tag == PREFIX + "map":
            return self._mapping(node, keys)
        raise ValueError(node.tag)

    def _mapping(self, node: Pairs, keys: Keys) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        names = set()
        for key, value in node.value:
            if not isinstance(key, Scalar) or key.value in names:
                raise ValueError(key.tag)
            names.add(key.value)
            if node.flow and isinstance(value, Scalar) and not value.value:
                raise ValueError(key.value)  # where a value that is not there stands, the two see differently
            found[_scalar(key)] = self.value(value, (*keys, key.value))
        return found


def _scalar(node: Scalar) -> Any:
    if node.tag == STR and not node.style and node.value[:1] in _SLOW and _is_kept(node.value):
        raise ValueError(node.value)
    if node.tag not in SCALARS:
        raise ValueError(node.tag)
    return SCALARS[node.tag](node.value)


def _is_kept(value: str) -> bool:
    """Whether a value without quotes is a date, or the sign of a merge."""
    return any(pattern.match(value) for pattern in _SLOW[value[:1]])


def parse_slowly(text: str, *, file: str) -> Document:
    """Return the same as `parse`, by PyYAML's own parser. Raises BadConfig."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return Document(file=file, data=None)
        positions: dict[Keys, Position] = {}
        _walk(node, positions, file)
        return Document(file=file, data=loader.construct_document(node), positions=positions)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        problem = error.problem or "not YAML"
        raise BadConfig(problem, hint=error.context or "", file=file, line=line, column=column) from error
    except yaml.YAMLError as error:
        raise BadConfig(f"not YAML: {error}", file=file) from error
    except RecursionError as error:
        raise BadConfig("nested too deeply", file=file) from error


def _walk(root: yaml.Node, positions: dict[Keys, Position], file: str) -> None:
    """Note where every value stands. An alias keeps the place of its anchor, so one that holds itself ends."""
    waiting: list[tuple[yaml.Node, Keys]] = [(root, ())]
    met: set[int] = set()
    while waiting:
        node, keys = waiting.pop()
        if id(node) in met:
            continue
        met.add(id(node))
        positions[keys] = _position(node)
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, (*keys, number)) for number, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            _refuse_repeated(node, file)
            waiting += [(value, (*keys, key.value)) for key, value in node.value if isinstance(key, yaml.ScalarNode)]


def _refuse_repeated(mapping: yaml.MappingNode, file: str) -> None:
    seen = set()
    for key, _ in mapping.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in seen:
            line, column = _position(key)
            raise BadConfig(
                f"{key.value!r} is given twice", hint="keep one of them", file=file, line=line, column=column
            )
        seen.add(key.value)


def _position(node: yaml.Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1
