"""What a plain value is, by the core schema of YAML 1.2 (YAML 1.2.2, 10.3.2).

PyYAML goes by YAML 1.1, where `NO` is false and `22:30` is 1350; here both are texts.
"""

import re
from collections.abc import Callable, Mapping

PREFIX = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL = (PREFIX + name for name in ("str", "int", "float", "bool", "null"))

Resolvers = dict[str, list[tuple[str, re.Pattern[str]]]]
RESOLVERS: Resolvers = {}
for _tag, _pattern, _firsts in (
    (BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    for _first in _firsts:
        RESOLVERS.setdefault(_first, []).append((_tag, re.compile(rf"(?:{_pattern})\Z")))


def resolve(value: str) -> str:
    """Return the tag of a value written without quotes."""
    for tag, pattern in RESOLVERS.get(value[:1], ()):
        if pattern.match(value):
            return tag
    return STR


LONGEST_NUMBER = 40


def _integer(value: str) -> int:
    if len(value) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(value)} digits")
    base = {"0o": 8, "0x": 16}.get(value[:2], 10)
    return int(value[2:] if base != 10 else value, base)  # noqa: PLR2004  the common base


def _truth(value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise ValueError(f"neither true nor false: {value!r}")
    return value.lower() == "true"


SCALARS: Mapping[str, Callable[[str], object]] = {
    STR: str,
    INT: _integer,
    FLOAT: float,
    BOOL: _truth,
    NULL: lambda _: None,
}
