"""Edits of a rule file's text that change the intended lines and no others: comments, order and line ends stay.

Every edit is checked by reading the result back: what it says must differ from before in exactly what was meant. Where
that cannot be had, the file is left alone and the error says to edit it by hand. An edit of a rule carries the hash of
the text it was based on, so that nobody overwrites what they have not seen.

Codes: E160 no such rule; E161 the rule was changed meanwhile; E162 an edit that cannot be made without harm.
"""

import hashlib
from collections.abc import Callable, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from service.adapters.rulefiles.snippet import depth_of, shown
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

    def with_rule(new: str) -> str:
        return text[: spot.node.start] + new + text[spot.node.start + len(old) :]

    tries = [
        lambda: with_rule(_merged(old, rule_text, _ends(text))),
        lambda: with_rule(_indented(rule_text, _column(text, spot.node.start), _ends(text))),
    ]
    return _first_good(text, tries, _swapped(text, spot.number, _parsed(rule_text)))


def add_rule(text: str, rule_text: str) -> str:
    """Return the text with a rule behind the others. An empty text becomes a whole file."""
    items = _items(text)
    if items is None:
        made = (text.rstrip("\r\n") + _ends(text) if text.strip() else "") + _NEW_FILE.replace("\n", _ends(text))
        return made + "  - " + _indented(rule_text, 4, _ends(text)) + _ends(text)
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
    return plain(node)


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
        node = compose(_indented(rule_text, 0, "\n") + "\n")
    except BadYaml as error:
        raise BadRule(error.message, hint=error.hint, code="E162") from error
    if not isinstance(node, Pairs):
        raise _refused("this is not a rule")
    return _data(node)


def _ends(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _column(text: str, index: int) -> int:
    return index - (text.rfind("\n", 0, index) + 1)


def _line_end(text: str, index: int) -> int:
    """Return where the line ends that holds this place, its break not included."""
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if end > index and text[end - 1] == "\r" else end


def _indented(rule_text: str, column: int, ends: str) -> str:
    """Return a rule's text so that its first line stands at a column that is already written, the others below it."""
    first, *rest = rule_text.strip().splitlines()
    depths = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
    lead = min(depths, default=0) if not first.startswith("{") else 0
    lines = [" " * column + line[lead:] if line.strip() else "" for line in rest]
    return ends.join([first, *lines])


def _merged(old: str, rule_text: str, ends: str) -> str:
    """Return a rule's new text with the lines of the old one where they say the same, indented as those are."""
    before, now = old.replace("\r\n", "\n").split("\n"), shown(old).rstrip("\n").split("\n")
    wanted = shown(rule_text).rstrip("\n").split("\n")
    lead = " " * depth_of(before)
    made = list[str]()
    for kind, start, end, first, last in SequenceMatcher(None, now, wanted, autojunk=False).get_opcodes():
        if kind == "equal":
            made += before[start:end]
        else:
            made += [lead + line if at and line else line for at, line in enumerate(wanted[first:last], first)]
    return ends.join(made)


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
        indent = _ends(text) + " " * _column(text, last_key.start)
        return text[: last_key.start] + written + indent + text[last_key.start :]
    end = _line_end(text, last.end)
    return text[:end] + _ends(text) + " " * _column(text, node.start) + written + text[end:]


def _without_key(text: str, node: Pairs, key: Node, held: Node) -> str:
    number = next(at for at, pair in enumerate(node.value) if pair[0] is key)
    if node.flow and number:
        return text[: node.value[number - 1][1].end] + text[held.end :]
    if number + 1 < len(node.value) and (node.flow or number == 0):
        return text[: key.start] + text[node.value[number + 1][0].start :]
    start = text.rfind("\n", 0, key.start) + 1
    return text[:start] + text[_line_end(text, held.end) :].removeprefix("\r").removeprefix("\n")


def _appended(text: str, items: Items, rule_text: str) -> str:
    ends = _ends(text)
    if not items.value:
        start = _line_start_of(text, items)
        return text[:start] + ends + "  - " + _indented(rule_text, 4, ends) + text[items.end :]
    last = items.value[-1]
    if items.flow:
        return text[: last.end] + ", " + flow(_parsed(rule_text)) + text[last.end :]
    dash = text.rindex("-", 0, last.start)
    lead, gap = " " * _column(text, dash), " " * (last.start - dash - 1 if "\n" not in text[dash : last.start] else 1)
    apart = ends if len(items.value) > 1 and _is_apart(text, items) else ""
    end = _line_end(text, last.end)
    new = f"{lead}-{gap}{_indented(rule_text, len(lead) + 1 + len(gap), ends)}"
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
        start = _line_start_of(text, spot.items) if not spot.items.flow else spot.items.start
        return text[:start] + ("" if spot.items.flow else " ") + "[]" + text[spot.items.end :]
    if spot.items.flow:
        start = nodes[number - 1].end if number else spot.node.start
        return text[:start] + text[spot.node.end if number else nodes[1].start :]
    start = text.rfind("\n", 0, text.rindex("-", 0, spot.node.start)) + 1
    rest = text[_line_end(text, spot.node.end) :].removeprefix("\r").removeprefix("\n")
    if text[:start].endswith(("\n\n", "\n\r\n")) or not text[:start].strip():
        rest = rest.removeprefix("\r\n" if rest.startswith("\r\n") else "\n")
    return text[:start] + rest
