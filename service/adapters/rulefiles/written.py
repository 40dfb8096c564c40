"""Values as YAML text: in the style asked for where it can hold the value, else in the plainest that can."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

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
    spans = [_span(text, node, found) for found in _WORD.finditer(node.value)]
    for kind, start, end, first, last in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
        if kind != "equal":
            words = _escaped(" ".join(new[first:last]), node.style)
            text = _with_words(text, spans, slice(start, end), words)
    return text


def _with_words(text: str, spans: Sequence[tuple[int, int]], old: slice, words: str) -> str:
    """Return the text with other words in the place of these, and the white space around them as it was."""
    if old.start < old.stop and words:
        return text[: spans[old.start][0]] + words + text[spans[old.stop - 1][1] :]
    if words and old.start:
        return text[: spans[old.start - 1][1]] + " " + words + text[spans[old.start - 1][1] :]
    if words:
        return text[: spans[0][0]] + words + " " + text[spans[0][0] :]
    if old.start:
        return text[: spans[old.start - 1][1]] + text[spans[old.stop - 1][1] :]
    return text[: spans[0][0]] + text[spans[old.stop][0] if old.stop < len(spans) else spans[-1][1] :]


def _span(text: str, node: Scalar, found: re.Match[str]) -> tuple[int, int]:
    last = index_of(text, node, found.end() - 1)
    return index_of(text, node, found.start()), last + _width(text, last, node.style)


def _width(text: str, at: int, style: str) -> int:
    """Return how many characters one takes as it is written: quotes are doubled or escaped."""
    if style == "'":
        return 2 if text[at] == "'" else 1
    if style == '"' and text[at] == "\\":
        return 2 + {"x": 2, "u": 4, "U": 8}.get(text[at + 1], 0)
    return 1


def _escaped(text: str, style: str) -> str:
    return (
        text.replace("'", "''")
        if style == "'"
        else json.dumps(text, ensure_ascii=False)[1:-1]
        if style == '"'
        else text
    )
