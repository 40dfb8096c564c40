"""One rule's text by itself, as an editor shows it: moved to the left edge, and errors placed in it.

`Rule.text` is a stretch of its file: the first line begins where the rule does, the others stand below it.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from service.adapters.rulefiles.reading import Lists, read_rules
from service.adapters.yamlfile import BadYaml, Items, Pairs, Scalar, compose
from service.core.errors import BadRule
from service.core.rules import Rule

_HEAD, _INDENT = "version: 1\nrules:\n  - ", "    "
_LINES_ABOVE, _LEFT = 2, 4


class Snippet(NamedTuple):
    """What one rule's text says, and what is wrong with it; lines and columns count within the text."""

    rule: Rule | None
    errors: tuple[BadRule, ...]


def shown(rule_text: str) -> str:
    """Return a rule's text moved to the left edge, with plain line ends, one of them at its end."""
    lines = rule_text.replace("\r\n", "\n").rstrip().split("\n")
    cut = depth_of(lines)
    return "\n".join([lines[0], *(line.lstrip(" ") if line[:cut].strip() else line[cut:] for line in lines[1:])]) + "\n"


def depth_of(lines: list[str]) -> int:
    """Return how far the lines below a rule's first one stand to the right. Comments may stand anywhere."""
    if lines[0].startswith("{"):
        return 0
    said = [line for line in lines[1:] if line.strip() and not line.lstrip().startswith("#")]
    return min((len(line) - len(line.lstrip(" ")) for line in said), default=0)


def read_snippet(rule_text: str, lists: Lists) -> Snippet:
    """Read one rule's text, as it stands in an editor. Never raises for what it says."""
    lines = rule_text.replace("\r\n", "\n").rstrip().split("\n")
    text = _HEAD + "\n".join([lines[0], *(_INDENT + line if line.strip() else "" for line in lines[1:])]) + "\n"
    found = read_rules("", text, lists)
    errors = [_moved(error) for error in found.errors]
    if not errors and len(found.rules) != 1:
        errors = [BadRule("this is not one rule", hint="write id, title and match", code="E154", line=1, column=1)]
    return Snippet(_placed(found.rules[0]) if len(found.rules) == 1 and not errors else None, tuple(errors))


def with_test(rule_text: str, entry_id: int, *, fires: bool) -> str:
    """Return one rule's text with a test pinned to a stored entry behind its others; as it is where it has one of it.

    A text that cannot be read gets it at its end, to be put in its place by hand.
    """
    line = f"- {{article: {entry_id}, fires: {'true' if fires else 'false'}}}"
    if re.search(rf"article: {entry_id}\b", rule_text):
        return re.sub(rf"(article: {entry_id}, fires: )(true|false)", rf"\g<1>{str(fires).lower()}", rule_text)
    text = rule_text.rstrip() + "\n"
    tests = _tests_in(text)
    if tests is None:
        return f"{text}tests:\n  {line}\n"
    if tests.flow:
        inside = line.removeprefix("- ")
        gap = ", " if tests.value else ""
        at = tests.value[-1].end if tests.value else tests.end - 1
        return text[:at] + gap + inside + text[at:]
    last = tests.value[-1]
    dash = text.rindex("-", 0, last.start)
    indent = dash - (text.rfind("\n", 0, dash) + 1)
    end = text.find("\n", last.end)
    return f"{text[:end]}\n{' ' * indent}{line}{text[end:]}"


def _tests_in(text: str) -> Items | None:
    try:
        root = compose(text)
    except BadYaml:
        return None
    pairs = root.value if isinstance(root, Pairs) else []
    found = next((held for key, held in pairs if isinstance(key, Scalar) and key.value == "tests"), None)
    return found if isinstance(found, Items) and (found.flow or found.value) else None


def _placed(rule: Rule) -> Rule:
    tests = tuple(replace(test, line=test.line - _LINES_ABOVE) for test in rule.tests)
    return replace(rule, line=rule.line - _LINES_ABOVE, tests=tests)


def _moved(error: BadRule) -> BadRule:
    line, column = max(1, (error.line or 1) - _LINES_ABOVE), max(1, (error.column or 1) - _LEFT)
    return BadRule(error.message, hint=error.hint, code=error.code, line=line, column=column)
