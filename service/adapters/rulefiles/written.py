"""Values as YAML text: in the style asked for where it can hold the value, else in the plainest that can."""

import json
import re
from collections.abc import Mapping, Sequence

from service.adapters.rulefiles.places import index_of
from service.adapters.yamlfile import BadYaml, Node, Scalar, compose, plain

_WORD = re.compile(r"\S+")
Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]


def flow(value: Value) -> str:
    """Return a value on one line, as it can stand anywhere. Raises ValueError for a text that no style can hold."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def scalar(text: str, style: str = "") -> str:
    """Return a text on one line, quoted if it has to be."""
    single, double = "'" + text.replace("'", "''") + "'", json.dumps(text, ensure_ascii=False)
    first = {"'": single, '"': double}.get(style, text)
    for written in (first, text, single, double):
        if _reads_as(written, text):
            return written
    raise ValueError(text)


def _reads_as(written: str, text: str) -> bool:
    if "\n" in written or "\r" in written:
        return False
    try:
        node = compose(f"[{{a: {written}}}, {written}]")
        return node is not None and plain(node) == [{"a": text}, text]
    except (BadYaml, ValueError):
        return False


def changed(text: str, node: Node, value: Value) -> str:
    """Return the text with only the words changed in which a written text differs from the new one."""
    if not isinstance(node, Scalar) or not isinstance(value, str):
        return text  # the next way is for these
    old, new = _WORD.findall(node.value), _WORD.findall(value)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    spans = [_span(text, node, found) for found in _WORD.finditer(node.value)]
    middle = _escaped(" ".join(new[head : len(new) - tail]), node.style)
    if head:
        start, lead = spans[head - 1][1], " " if middle else ""
        end = spans[len(old) - tail - 1][1]
        if len(old) - tail > head and middle:
            start, lead = spans[head][0], ""
        return text[:start] + lead + middle + text[end:]
    if not tail:
        return text[: spans[0][0]] + middle + text[spans[-1][1] :]
    return text[: spans[0][0]] + middle + (" " if middle else "") + text[spans[len(old) - tail][0] :]


def _span(text: str, node: Scalar, found: re.Match[str]) -> tuple[int, int]:
    last = index_of(text, node, found.end() - 1)
    doubled = node.style == "'" and text[last] == "'"
    return index_of(text, node, found.start()), last + (2 if doubled else 1)


def _escaped(text: str, style: str) -> str:
    return (
        text.replace("'", "''")
        if style == "'"
        else json.dumps(text, ensure_ascii=False)[1:-1]
        if style == '"'
        else text
    )


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same
