"""One rule file, or one lists file, to values. Never raises for what it says: what is wrong is noted, the rest read.

Codes: E150 not YAML or not to be opened; E151 unknown key; E152 key given twice; E153 something missing; E154 a value
that cannot be; E155 an id given twice; E156 a word list. What is wrong in a query has the query language's own codes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.adapters.rulefiles.page import Page, Pair
from service.adapters.yamlfile import BadYaml, Items, Node, Scalar, compose, is_text
from service.core.errors import BadRule
from service.core.rules import FACTS, SETTINGS, Query, Rule, RuleTest, Term, event_of, parse_query, parse_term

VERSION = 1
LAST_ID = 2**63 - 1
RULE_KEYS = ("id", "title", "match", *(key for key in SETTINGS if key not in {"id", "title"}), "tests")
TEST_KEYS = ("text", "body", "source", "lang", "event", "article", "fires")
Lists = Mapping[str, tuple[Term, ...]]


class Rules(NamedTuple):
    """What a rule file holds."""

    rules: tuple[Rule, ...]
    errors: tuple[BadRule, ...]


class Named(NamedTuple):
    """What a lists file holds."""

    lists: Lists
    errors: tuple[BadRule, ...]


def read_rules(file: str, text: str, lists: Lists) -> Rules:
    """Read a rule file. One of nothing but comments holds no rules, which is how to switch a shipped one off."""
    page = Page(file, text)
    top = _top(page, "rules")
    rules: list[Rule] = []
    for node in page.items(top["rules"].value, "rules") if "rules" in top else ():
        rule = _rule(page, node, lists)
        if rule is not None:
            rules.append(rule)
    return Rules(_once(page, rules), page.by_place())


def read_lists(file: str, text: str) -> Named:
    """Read a lists file. An item that cannot be is left out of its list, a list that cannot be is left out."""
    page = Page(file, text)
    top = _top(page, "lists")
    found = page.pairs(top["lists"].value, "lists", ()) if "lists" in top else None
    named = {name: _list(page, name, pair) for name, pair in (found or {}).items()}
    return Named({name: terms for name, terms in named.items() if terms}, page.by_place())


def _top(page: Page, what: str) -> Mapping[str, Pair]:
    try:
        root = compose(page.text)
    except BadYaml as error:
        page.refuse("E150", error.message, error.index, error.hint)
        return {}
    if root is None:
        return {}
    found = page.pairs(root, "the file", ("version", what), ("version", what)) or {}
    before = len(page.errors)
    if "version" in found and _value(page, found["version"].value) != VERSION and len(page.errors) == before:
        page.refuse("E154", f"version is not {VERSION}", found["version"].value, f"write version: {VERSION}")
    return found


def _value(page: Page, node: Node) -> object:
    try:
        return page.data(node)
    except BadRule as error:
        page.refuse_value(error, node)
        return None


def _once(page: Page, rules: list[Rule]) -> tuple[Rule, ...]:
    first: dict[str, Rule] = {}
    for rule in rules:
        if rule.rule_id in first:
            page.errors.append(repeated(rule, first[rule.rule_id]))
        else:
            first[rule.rule_id] = rule
    return tuple(first.values())


def repeated(rule: Rule, first: Rule) -> BadRule:
    """Return the error for an id that another rule has already."""
    hint = f"the first is in {first.file}:{first.line}; give this one an id of its own"
    message = f"the id {rule.rule_id!r} is taken"
    return BadRule(message, hint=hint, code="E155", file=rule.file, line=rule.line, column=1)


def _rule(page: Page, node: Node, lists: Lists) -> Rule | None:
    before = len(page.errors)
    found = page.pairs(node, "the rule", RULE_KEYS, ("id", "title", "match"))
    if found is None:
        return None
    settings = {name: _setting(page, name, pair.value) for name, pair in found.items() if name in SETTINGS}
    asked = _query(page, found["match"].value, lists) if "match" in found else None
    tests = [_test(page, item) for item in page.items(found["tests"].value, "tests")] if "tests" in found else []
    if asked is None or len(page.errors) > before:
        return None
    return Rule(
        rule_id=settings.pop("id"),
        query=asked.query,
        query_text=asked.text,
        tests=tuple(test for test in tests if test),
        file=page.file,
        line=page.line(node),
        text=page.text[node.start : node.end].rstrip() + "\n",
        **settings,
    )


def _setting(page: Page, name: str, node: Node) -> Any:
    try:
        return SETTINGS[name](page.data(node))
    except BadRule as error:
        page.refuse(error.code, f"{name}: {error.message}", node, error.hint)
        return None


class _Asked(NamedTuple):
    query: Query
    text: str


def _query(page: Page, node: Node, lists: Lists) -> _Asked | None:
    if not isinstance(node, Scalar) or not is_text(node):
        page.refuse("E154", "match is not a text", node, "write the query behind `match: >-`, or in 'single quotes'")
        return None
    try:
        return _Asked(parse_query(node.value, lists), node.value)
    except BadRule as error:
        page.refuse_value(error, node)
        return None


def _list(page: Page, name: str, pair: Pair) -> tuple[Term, ...]:
    if not (name.isascii() and name.replace("_", "").replace("-", "").isalnum()):
        page.refuse("E156", f"{name!r} is not a name", pair.key, "letters, digits, hyphens and underscores")
        return ()
    nodes = page.items(pair.value, f"${name}")
    if not nodes and isinstance(pair.value, Items):
        page.refuse("E156", f"${name} is empty", pair.value, "add words or remove the list")
    return tuple(term for node in nodes if (term := _item(page, name, node)))


def _item(page: Page, name: str, node: Node) -> Term | None:
    if not isinstance(node, Scalar) or not is_text(node):
        page.refuse("E156", f"an item of ${name} is not a text", node, 'put it in "quotes"')
        return None
    try:
        return parse_term(node.value)
    except BadRule as error:
        page.refuse_value(error, node)
        return None


def _test(page: Page, node: Node) -> RuleTest | None:
    before = len(page.errors)
    found = page.pairs(node, "the test", TEST_KEYS, ("fires",)) or {}
    values = {name: _test_value(page, name, pair.value) for name, pair in found.items()}
    if len(page.errors) == before and not {"text", "body", "event", "article"} & set(found):
        page.refuse("E153", "the test says nothing to try", node, "add text: …, event: {…} or article: …")
    if len(page.errors) > before:
        return None
    values["entry_id"] = values.pop("article", None)
    return RuleTest(line=page.line(node), **values)


def _test_value(page: Page, name: str, node: Node) -> Any:
    if name == "event":
        return _event(page, node)
    value = _value(page, node)
    wanted = {"fires": bool, "article": int}.get(name, str)
    if type(value) is not wanted:
        hint = {"fires": "write true or false", "article": "write the entry's number"}.get(name, 'put it in "quotes"')
        page.refuse("E154", f"{name} of the test is not {_NOUNS[wanted]}", node, hint)
    elif isinstance(value, int) and name == "article" and not 0 < value <= LAST_ID:
        page.refuse("E154", f"there is no entry {value}", node, "write the entry's number")
    return value


_NOUNS: Mapping[type, str] = {bool: "true or false", int: "a number", str: "a text"}


def _event(page: Page, node: Node) -> object:
    before = len(page.errors)
    found = page.pairs(node, "the event", tuple(FACTS)) or {}
    facts = {name: _fact(page, name, pair.value) for name, pair in found.items()}
    if len(page.errors) > before:
        return None
    try:
        return event_of(facts)
    except BadRule as error:
        page.refuse_value(error, node)
        return None


def _fact(page: Page, name: str, node: Node) -> object:
    try:
        return FACTS[name](page.data(node))
    except BadRule as error:
        page.refuse(error.code, f"{name}: {error.message}", node, error.hint)
        return None
