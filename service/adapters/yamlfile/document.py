"""YAML files as plain data that still knows where each value stood.

Only plain values are made (the safe loader); a key given twice is an error, not a silent override. Values are those of
YAML 1.2's core schema, and dates.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from service.adapters.yamlfile.schema import PREFIX, RESOLVERS, Resolvers
from service.core.errors import BadConfig

_KEPT = {PREFIX + "timestamp", PREFIX + "merge"}
Keys = tuple[str | int, ...]
Position = tuple[int, int]


def _resolvers() -> Resolvers:
    found = {first: list(pairs) for first, pairs in RESOLVERS.items()}
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items():
        found.setdefault(first, []).extend(pair for pair in pairs if pair[0] in _KEPT)
    return found


class _Loader(yaml.SafeLoader):
    """PyYAML's own safe loader. libyaml's would end the process on a text nested deeply enough."""

    yaml_implicit_resolvers = _resolvers()


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
