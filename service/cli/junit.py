"""The outcome of rules' tests as JUnit XML, which build servers read. A suite a rule, a case a test."""

from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from service.core.errors import BadRule
from service.core.rules import Budget, Checked, Rule, Trial


def junit_xml(checked: Checked) -> str:
    """Return the document. Files that cannot be read, and what is wrong in others, are a suite of their own."""
    suites = [_suite("files", [_failed("readable", error) for error in _errors(checked)])] if _errors(checked) else []
    items: list[Trial | Budget] = [*checked.trials, *checked.budgets]
    by_rule = sorted(items, key=lambda item: item.rule.rule_id)
    for rule_id, its in groupby(by_rule, key=lambda item: item.rule.rule_id):
        suites.append(_suite(rule_id, [_case(item) for item in its]))
    return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n' + "".join(suites) + "</testsuites>\n"


def _errors(checked: Checked) -> tuple[BadRule, ...]:
    return (*checked.rules.unreadable, *checked.rules.errors)


def _suite(name: str, cases: list[str]) -> str:
    counts = {kind: sum(f"<{kind}" in case for case in cases) for kind in ("failure", "skipped")}
    head = f'tests="{len(cases)}" failures="{counts["failure"]}" skipped="{counts["skipped"]}"'
    return f"  <testsuite name={_quoted(name)} {head}>\n{''.join(cases)}  </testsuite>\n"


def _case(item: Trial | Budget) -> str:
    if not item.passed:
        tree = item.match.explain() if isinstance(item, Trial) and item.match else ""
        return _failed(item.name, item.finding(), tree, item.rule)
    skipped = isinstance(item, Trial) and not item.run
    inside = '><skipped message="pinned to a stored entry; run with --history"/></testcase>' if skipped else "/>"
    return f"    <testcase {_named(item.name, item.rule)}{inside}\n"


def _failed(name: str, error: BadRule, more: str = "", rule: Rule | None = None) -> str:
    text = escape(_printable(f"{error.located()}\n{more}".strip()))
    failure = f"<failure message={_quoted(error.message)} type={_quoted(error.code)}>{text}</failure>"
    return f"    <testcase {_named(name, rule)}>{failure}</testcase>\n"


def _named(name: str, rule: Rule | None) -> str:
    return f"name={_quoted(name)} classname={_quoted(rule.rule_id if rule else 'files')}"


def _quoted(text: str) -> str:
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    """Return the text without what XML 1.0 has no way to write."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)
