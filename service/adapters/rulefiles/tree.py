"""YAML text to a tree of nodes that know their places, by the rules of YAML 1.2's core schema.

PyYAML reads YAML 1.1, where `NO` is false, `22:30` is 1350 and `2024-01-01` a date; here all three stay text. Aliases
are refused: a rule should say what it says where it stands, and an alias may hold itself.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

_PREFIX = "tag:yaml.org,2002:"
_NO_ALIAS = "aliases are not for rules"
STR, INT, FLOAT, BOOL, NULL = (_PREFIX + name for name in ("str", "int", "float", "bool", "null"))


class CoreLoader(yaml.SafeLoader):
    """PyYAML's safe loader with the core schema's scalars, and no aliases."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML's own shape

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose the next node. Raises ComposerError for an alias."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
            raise yaml.composer.ComposerError(None, None, _NO_ALIAS, mark)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    (BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    CoreLoader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern})$"), list(_first))


class BadYaml(Exception):  # noqa: N818  never leaves this package
    """The text is not YAML. `index` is where, in characters from 0."""

    def __init__(self, message: str, index: int, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
        self.message = message
        self.index = index


def compose(text: str) -> yaml.Node | None:
    """Return the root of the only document, or None for a text that holds none. Raises BadYaml."""
    try:
        node = CoreLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(error) from error
    except yaml.reader.ReaderError as error:
        code = ord(error.character) if isinstance(error.character, str) else error.character
        raise BadYaml(f"character U+{code:04X} is not allowed", error.position, "remove it") from error
    except RecursionError as error:
        raise BadYaml("nested too deeply", 0, "a rule needs four levels at most") from error
    return node


_EXPLAINED = {
    _NO_ALIAS: (_NO_ALIAS, "write it out where it is meant"),
    "mapping values are not allowed here": ("a colon inside a plain text", "put the whole text in 'single quotes'"),
    "found unexpected end of stream": ("the quote is never closed", "close it, or double it where it is meant as such"),
    "but found another document": ("a second document", "keep one document a file"),
    "found character '\\t' that cannot start any token": ("a tab", "indent with spaces"),
    "found duplicate anchor": ("an anchor twice", "write it out"),
}


def _bad_yaml(error: yaml.MarkedYAMLError) -> BadYaml:
    """Put PyYAML's finding into an operator's words where we know what usually lies behind it."""
    problem = error.problem or "not YAML"
    mark = error.problem_mark or error.context_mark
    if "end of stream" in problem:
        mark = error.context_mark or mark
    message, hint = _EXPLAINED.get(problem, (problem, "the file is not YAML here"))
    return BadYaml(message, mark.index if mark else 0, hint)


def is_text(node: yaml.Node) -> bool:
    """Say whether this is a text, quoted or not."""
    return isinstance(node, yaml.ScalarNode) and node.tag == STR


def plain(node: yaml.Node) -> object:
    """Return the node as plain data. Raises ValueError for a tag that is not of the core schema."""
    if isinstance(node, yaml.MappingNode) and node.tag == _PREFIX + "map":
        return {str(plain(key)): plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode) and node.tag == _PREFIX + "seq":
        return [plain(item) for item in node.value]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _SCALARS[node.tag](node.value)
    raise ValueError(node.tag.removeprefix(_PREFIX))


def _integer(value: str) -> int:
    base = {"0o": 8, "0x": 16}.get(value[:2], 10)
    return int(value[2:] if base != 10 else value, base)  # noqa: PLR2004  the common base


_SCALARS: Mapping[str, Callable[[str], object]] = {
    STR: str,
    INT: _integer,
    FLOAT: float,
    BOOL: lambda value: value.lower() == "true",
    NULL: lambda _: None,
}
