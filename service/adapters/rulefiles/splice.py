"""Edits of a rule file's text that change the intended lines and no others: comments, order and line ends stay.

Every edit is checked by reading the result back: what it says must differ from before in exactly what was meant. Where
that cannot be had, the file is left alone and the error says to edit it by hand. An edit of a rule carries the hash of
the text it was based on, so that nobody overwrites what they have not seen.

Codes: E160 no such rule; E161 the rule was changed meanwhile; E162 an edit that cannot be made without harm.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from service.adapters.rulefiles.lines import column_of, ends_of, indented, line_end, merged
from service.adapters.rulefiles.written import Value, changed, flow, scalar
from service.adapters.yamlfile import BadYaml, Items, Node, Pairs, Scalar, compose, plain
from service.core.errors import BadRule

_NEW_FILE = "version: 1\nrules:\n"
_BY_HAND = "edit the file by hand"


class Spot(NamedTuple):
    """One rule in its file: its node, the list around it, and its text."""

    node: Pairs
    items: Items
    number: int
    text: str


def rule_hash(text: str) -> str:
    """Return what names a rule's text (`Rule.text`), whatever white space is at its end."""
    return hashlib.sha256(text.rstrip().replace("\r\n", "\n").encode()).hexdigest()


def find(text: str, rule_id: str) -> Spot:
    """Return where a rule stands. Raises BadRule E160, or E162 for a file that cannot be read."""
    items = _items(text)
    for number, node in enumerate(items.value if items else ()):
        if isinstance(node, Pairs) and items and _data(node).get("id") == rule_id:
            return Spot(node, items, number, text[node.start : node.end])
    raise BadRule(f"no rule {rule_id!r} in this file", hint="it was removed, or stands in another file", code="E160")


def set_field(text: str, rule_id: str, name: str, value: Value | None, *, base: str) -> str:
    """Return the text with one key of a rule given another value, or taken out (None)."""
    spot = _based(text, rule_id, base)
    found = next(((key, held) for key, held in spot.node.value if _data(key) == name), None)
    wanted = {**_data(spot.node), name: value} if value is not None else _without(_data(spot.node), name)
    tries: list[Callable[[], str]]
    if found is None:
        tries = [lambda: _with_key(text, spot.node, name, value)] if value is not None else [lambda: text]
    elif value is None:
        tries = [lambda: _without_key(text, spot.node, *found)]
    else:
        tries = [lambda: changed(text, found[1], value), lambda: _rewritten(text, *found, value)]
    return _first_good(text, tries, _swapped(text, spot.number, wanted))


def replace_rule(text: str, rule_id: str, rule_text: str, *, base: str) -> str:
    """Return the text with a rule's own text replaced. `rule_text` is a mapping, as `Rule.text` is.

    Lines that are as they were stay to the byte, however oddly they are indented.
    """
    spot = _based(text, rule_id, base)
    old = spot.text.rstrip()

    ends, column = ends_of(text), column_of(text, spot.node.start)

    def with_rule(new: str, apart: str = "") -> str:
        return text[: spot.node.start] + new + apart + text[spot.node.start + len(old) :].lstrip(" \t" if apart else "")

    below = ends + " " * column  # a comment behind the old text would be read as part of a new one that ends in a block
    tries = [
        lambda: with_rule(merged(old, rule_text, ends)),
        lambda: with_rule(indented(rule_text, column, ends)),
        lambda: with_rule(merged(old, rule_text, ends), below),
        lambda: with_rule(indented(rule_text, column, ends), below),
    ]
    return _first_good(text, tries, _swapped(text, spot.number, _parsed(rule_text)))


def add_rule(text: str, rule_text: str) -> str:
    """Return the text with a rule behind the others. An empty text becomes a whole file."""
    items = _items(text)
    if items is None:
        made = (text.rstrip("\r\n") + ends_of(text) if text.strip() else "") + _NEW_FILE.replace("\n", ends_of(text))
        return made + "  - " + indented(rule_text, 4, ends_of(text)) + ends_of(text)
    wanted = [*_rules(text), _parsed(rule_text)]
    return _first_good(text, [lambda: _appended(text, items, rule_text)], wanted)


def remove_rule(text: str, rule_id: str, *, base: str) -> str:
    """Return the text without a rule. Comments above it stay: who wrote them may still want them."""
    spot = _based(text, rule_id, base)
    wanted = [rule for number, rule in enumerate(_rules(text)) if number != spot.number]
    return _first_good(text, [lambda: _cut(text, spot)], wanted)


def _based(text: str, rule_id: str, base: str) -> Spot:
    spot = find(text, rule_id)
    if rule_hash(spot.text) != base:
        hint = "look at what it says now, then save again"
        raise BadRule(f"the rule {rule_id!r} was changed meanwhile", hint=hint, code="E161")
    return spot


def _first_good(text: str, tries: list[Callable[[], str]], wanted: object) -> str:
    """Return the first result that reads back as what was meant, and differs in nothing else."""
    around = {**_top(text), "rules": wanted}
    for attempt in tries:
        try:
            made = attempt()
            if _same(_top(made), around):
                return made
        except (BadYaml, ValueError):
            continue
    raise _refused("this cannot be changed without touching other lines")


def _refused(message: str) -> BadRule:
    return BadRule(message, hint=_BY_HAND, code="E162")


def _same(one: object, other: object) -> bool:
    """Compare data; white space inside texts may differ, since folding changes it and no rule asks for it."""
    if isinstance(one, str) and isinstance(other, str):
        return one.split() == other.split()
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def _top(text: str) -> dict[str, Any]:
    root = compose(text)
    return _data(root) if root is not None else {}


def _data(node: Node) -> Any:
    try:
        return plain(node)
    except ValueError as error:
        raise _refused(f"{error} is not allowed in a rule file") from error


def _rules(text: str) -> list[Any]:
    return list(_top(text).get("rules") or ())


def _items(text: str) -> Items | None:
    try:
        root = compose(text)
    except BadYaml as error:
        raise BadRule(error.message, hint=error.hint or _BY_HAND, code="E162") from error
    if root is None:
        return None
    held = [value for key, value in root.value if _data(key) == "rules"] if isinstance(root, Pairs) else []
    if not held or not isinstance(held[0], Items):
        raise _refused("the file has no list of rules")
    return held[0]


def _swapped(text: str, number: int, rule: object) -> list[Any]:
    return [rule if at == number else old for at, old in enumerate(_rules(text))]


def _without(rule: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != name}


def _parsed(rule_text: str) -> Any:
    try:
        node = compose(indented(rule_text, 0, "\n") + "\n")
    except BadYaml as error:
        raise BadRule(error.message, hint=error.hint, code="E162") from error
    if not isinstance(node, Pairs):
        raise _refused("this is not a rule")
    return _data(node)


def _rewritten(text: str, key: Node, node: Node, value: Value) -> str:
    """Return the text with a whole value written anew, on its key's line."""
    if isinstance(node, Scalar) and node.style not in {"|", ">"}:
        written = scalar(value, node.style) if isinstance(value, str) else flow(value)
        return text[: node.start] + written + text[node.end :]
    written = flow(" ".join(value.split()) if isinstance(value, str) else value)
    if "#" in text[key.end : node.start] or (isinstance(node, Items | Pairs) and "#" in text[node.start : node.end]):
        raise ValueError(value)
    return text[: key.end] + ": " + written + text[node.end :]


def _with_key(text: str, node: Pairs, name: str, value: Value | None) -> str:
    """Return the text with a key behind the last one, or before the tests, which people keep at the end."""
    written = f"{name}: {flow(value if value is not None else '')}"
    last_key, last = node.value[-1]
    if node.flow:
        return text[: last.end] + f", {written}" + text[last.end :]
    if _data(last_key) == "tests" and len(node.value) > 1:
        indent = ends_of(text) + " " * column_of(text, last_key.start)
        return text[: last_key.start] + written + indent + text[last_key.start :]
    end = line_end(text, last.end)
    return text[:end] + ends_of(text) + " " * column_of(text, node.start) + written + text[end:]


def _without_key(text: str, node: Pairs, key: Node, held: Node) -> str:
    number = next(at for at, pair in enumerate(node.value) if pair[0] is key)
    if node.flow and number:
        return text[: node.value[number - 1][1].end] + text[held.end :]
    if number + 1 < len(node.value) and (node.flow or number == 0):
        return text[: key.start] + text[node.value[number + 1][0].start :]
    start = text.rfind("\n", 0, key.start) + 1
    return text[:start] + text[line_end(text, held.end) :].removeprefix("\r").removeprefix("\n")


def _appended(text: str, items: Items, rule_text: str) -> str:
    ends = ends_of(text)
    if not items.value:
        start = _line_start_of(text, items)
        return text[:start] + ends + "  - " + indented(rule_text, 4, ends) + text[items.end :]
    last = items.value[-1]
    if items.flow:
        return text[: last.end] + ", " + flow(_parsed(rule_text)) + text[last.end :]
    dash = text.rindex("-", 0, last.start)
    lead, gap = " " * column_of(text, dash), " " * (last.start - dash - 1 if "\n" not in text[dash : last.start] else 1)
    apart = ends if len(items.value) > 1 and _is_apart(text, items) else ""
    end = line_end(text, last.end)
    new = f"{lead}-{gap}{indented(rule_text, len(lead) + 1 + len(gap), ends)}"
    return text[:end] + ends + apart + new + (text[end:] or ends)


def _line_start_of(text: str, items: Items) -> int:
    """Return where `rules:` ends, before the blanks in front of an empty list."""
    return len(text[: items.start].rstrip())


def _is_apart(text: str, items: Items) -> bool:
    between = text[items.value[-2].end : items.value[-1].start]
    return any(not line.strip() for line in between.split("\n")[1:-1])


def _cut(text: str, spot: Spot) -> str:
    nodes, number = spot.items.value, spot.number
    if len(nodes) == 1:
        return _emptied(text, spot)
    if spot.items.flow:
        start = nodes[number - 1].end if number else spot.node.start
        return text[:start] + text[spot.node.end if number else nodes[1].start :]
    start, rest = _around(text, spot)
    if text[:start].endswith(("\n\n", "\n\r\n")) or not text[:start].strip():
        rest = rest.removeprefix("\r\n" if rest.startswith("\r\n") else "\n")
    return text[:start] + rest


def _emptied(text: str, spot: Spot) -> str:
    """Return the text without its only rule: an empty list behind the colon, comments where they were."""
    if spot.items.flow:
        return text[: spot.items.start] + "[]" + text[spot.items.end :]
    root = compose(text)
    pairs = root.value if isinstance(root, Pairs) else []
    key = next(key for key, value in pairs if value.start == spot.items.start)
    colon = text.index(":", key.end) + 1
    start, rest = _around(text, spot)
    return text[:colon] + " []" + text[colon:start] + rest


def _around(text: str, spot: Spot) -> tuple[int, str]:
    """Return where the lines of a rule begin, and what follows them."""
    start = text.rfind("\n", 0, text.rindex("-", 0, spot.node.start)) + 1
    return start, text[line_end(text, spot.node.end) :].removeprefix("\r").removeprefix("\n")
