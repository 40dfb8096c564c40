"""Rules that are legal but unwise, and what is said of them."""

from dataclasses import replace

import pytest

from service.core.rules import History, Rule, RuleTest, lint
from tests.core.rules.given import rule

TESTS = (RuleTest(fires=True, text="a"), RuleTest(fires=False, text="b"))
UNWISE = [
    ("W201", "drone AND port", "it leans on words alone"),
    ("W201", "drone AND lang:uk", "it leans on words alone"),
    ("W201", "drone OR kind:strike", "it leans on words alone"),
    ("W203", "said OR people", "nearly every text has what it asks for"),
    ("W204", "kind:strike AND status:agreed", "status:agreed can never hold beside kind"),
    ("W204", "kind:talks AND (drone AND killed>=5)", "killed>=5 can never hold beside kind"),
    ("W204", "kind:talks AND has:weapon", "has:weapon can never hold beside kind"),
    ("W204", "kind:strike AND drone AND NOT drone", "it asks for drone and for its absence"),
    ("W204", "kind:strike AND (drone AND kind:talks)", "kind:talks can never hold beside the rest"),
    ("W204", "status:(agreed OR extended) AND status:collapsed", "status:collapsed can never hold beside the rest"),
    ("W204", "kind:strike AND killed<3 AND killed>=5", "killed>=5 can never hold beside the rest"),
    ("W206", "kind:strike AND (violat* OR violated)", "violated is covered by violat*"),
    ("W206", "kind:strike AND title:(a OR b OR a)", "a is covered by a"),
    ("W206", "kind:strike AND port NEAR/3 (ship* OR shipyard*)", "shipyard* is covered by ship*"),
]
WISE = [
    "kind:strike AND killed>=5",
    "country:UA OR actor:ukraine",
    "kind:strike AND killed>=3 AND killed<=3 AND killed>1",
    "kind:(strike OR talks) AND kind:talks AND status:(agreed OR extended) AND status:extended",
    "(kind:strike AND killed>=5) OR (kind:talks AND status:agreed)",
    "kind:strike AND (drone OR missile*) AND NOT $labour",
    "kind:(strike OR talks) AND has:status",
    '"air raid" AND has:weapon AND (air* OR "air raid")',
]


def owned(query: str, rule_id: str = "r") -> Rule:
    return replace(rule(query, rule_id=rule_id), owner="desk", tests=TESTS, file="x.yaml", line=3)


@pytest.mark.parametrize(("code", "query", "says"), UNWISE)
def test_what_is_unwise_is_said(code: str, query: str, says: str) -> None:
    found = [(warning.code, warning.message) for warning in lint([owned(query)])]
    assert (code, f"r: {says}") in found
    assert all(warning.hint and warning.file for warning in lint([owned(query)]))


@pytest.mark.parametrize("query", WISE)
def test_what_is_wise_is_left_alone(query: str) -> None:
    assert [warning.message for warning in lint([owned(query)])] == []


def test_rules_that_ask_for_the_same_are_told_whatever_their_order() -> None:
    one, other = owned("kind:strike AND (b OR a)", "one"), owned("(a OR b) AND kind:strike", "other")
    assert [(warning.code, warning.message) for warning in lint([one, other])] == [
        ("W207", "other: it asks for the same as one (x.yaml:3)")
    ]
    assert lint([one, replace(other, on="article")]) == []


def test_nobody_owns_it_and_nothing_tries_it() -> None:
    assert [warning.code for warning in lint([rule("kind:strike")])] == ["W208", "W209"]
    half = replace(owned("kind:strike"), tests=TESTS[:1])
    assert [warning.message for warning in lint([half])] == ["r: it has no test in which it stays silent"]


def test_history_shows_dead_terms_and_noise() -> None:
    history = History(texts=5_000, seen={"drone": 40, "shelling": 9, "port": 70}, a_day={"r": 51.2})
    found = lint([owned('kind:strike AND (drone OR shell* OR dorne OR "drone attack" OR fri*)')], history)
    assert [warning.message for warning in found] == [
        "r: it would fire 51 times a day",
        "r: no text ever had dorne",
        'r: no text ever had "drone attack"',
        "r: no text ever had fri*",
    ]
    assert lint([owned("kind:strike AND dorne")], History(texts=10, seen={"a": 1})) == []
