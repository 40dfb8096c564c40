"""One rule's text by itself, as an editor shows it: moved to the left edge, and errors placed in it.

`Rule.text` is a stretch of its file: the first line begins where the rule does, the others stand below it.
"""

from dataclasses import replace
from typing import NamedTuple

from service.adapters.rulefiles.reading import Lists, read_rules
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


def _placed(rule: Rule) -> Rule:
    tests = tuple(replace(test, line=test.line - _LINES_ABOVE) for test in rule.tests)
    return replace(rule, line=rule.line - _LINES_ABOVE, tests=tests)


def _moved(error: BadRule) -> BadRule:
    line, column = max(1, (error.line or 1) - _LINES_ABOVE), max(1, (error.column or 1) - _LEFT)
    return BadRule(error.message, hint=error.hint, code=error.code, line=line, column=column)
