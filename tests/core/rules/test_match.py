"""What a rule holds for, and what it says of why."""

from typing import Any

import pytest

from service.core.report import Count
from service.core.rules import Subject, match, matching
from tests.core.rules.given import KHARKIV, event, holds, rule, told

WORDS = [
    ("a word is found whatever its case", "DRONE", "Drones? One drone.", True),
    ("nothing is stemmed", "drone", "Drones over the port", False),
    ("a prefix matches the word's beginning", "drone*", "Drones over the port", True),
    ("a phrase wants its words side by side", '"air raid"', "An air and sea raid", False),
    ("punctuation parts words", "cease-fire", "Cease, fire!", True),
    ("a hyphen in the query is a border as in the text", '"cease fire"', "cease-fire talks", True),
    ("a prefix in a phrase with a hyphen", "cease-fir*", "the cease-fires", True),
    ("compatibility forms are one", "kyiv", "\uff2b\uff39\uff29\uff36", True),
    ("final sigma is sigma", "ΣΊΣΥΦΟΣ", "σίσυφος", True),
    ("a soft hyphen is not there", "ceasefire", "cease\u00adfire", True),
    ("words of Han match within a run", "停火", "各方就停火协议展开谈判", True),
    ("but only side by side", "停火", "停止开火", False),
    ("Thai too", "หยุดยิง", "ข้อตกลงหยุดยิงในวันศุกร์", True),
    ("Hindi words keep their vowel signs", "हमल", "हमला", False),
    ("Arabic words are words", "غارة", "غارة جوية", True),
    ("NEAR/n: at most n words between", "drone NEAR/2 port", "drone at the port", True),
    ("one more is too many", "drone NEAR/1 port", "drone at the port", False),
    ("NEAR works either way round", "port NEAR/2 drone", "drone at the port", True),
    ("ONEAR wants the order", "port ONEAR/2 drone", "drone at the port", False),
    ("NEAR counts from a phrase's end", '"drone attack" NEAR/1 port', "drone attack on port", True),
    ("the same word is not near itself", "drone NEAR/5 drone", "a drone", False),
    ("lists stand for any of their words", "$strike_words NEAR/3 port", "shelling of the port", True),
    ("NEAR with an OR", "(ship OR drone) NEAR/2 (dock OR port)", "drone at the port", True),
    ("NOT", "port AND NOT $labour", "Port workers strike over pay", False),
    ("AND of ORs", "(a OR b) AND (c OR d)", "b d", True),
]


@pytest.mark.parametrize(("query", "text", "wanted"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS])
def test_words(query: str, text: str, *, wanted: bool) -> None:
    assert holds(query, told(text)) is wanted
    assert holds(query, told("", text)) is wanted


def test_title_and_body_are_never_adjacent() -> None:
    account = told("Missiles strike", "port overnight")
    assert not holds('"strike port"', account)
    assert not holds("strike NEAR/30 port", account)
    assert holds("strike AND port", account)


def test_title_and_body_can_be_asked_alone() -> None:
    account = told("Opinion: the truce", "missiles and drones")
    assert holds("title:opinion", account)
    assert not holds("body:opinion", account)
    assert holds("body:(opinion OR missil*)", account)
    assert not holds("title:missil*", account)


def test_accounts_are_never_adjacent_and_never_mixed() -> None:
    """Two outlets' words do not add up to a sentence neither wrote."""
    accounts = told("air"), told("raid")
    assert not holds('"air raid"', *accounts)
    assert not holds("air NEAR/30 raid", *accounts)
    assert not holds("air AND raid", *accounts)
    assert holds("air AND raid", *accounts, told("raid from the air"))


def test_one_account_that_mentions_something_else_hides_nothing() -> None:
    assert holds("drone AND NOT pay", told("Drone hits port; dispute over pay goes on"), told("Drone hits port"))


def test_source_and_language_belong_to_the_account_whose_words_match() -> None:
    accounts = told("drone hits port", outlet="Northern Wire"), told("quiet night", outlet="Harbour Post", lang="uk-UA")
    assert holds('drone AND source:"northern wire"', *accounts)
    assert not holds('drone AND source:"harbour post"', *accounts)
    assert holds("quiet AND lang:uk", *accounts)
    assert not holds("drone AND lang:uk", *accounts)


def test_without_accounts_the_headline_speaks() -> None:
    assert holds("port AND kind:strike", of=event(headline="Drone hits port"))


def test_without_an_event_no_fact_holds() -> None:
    """An entry that gave no report is not a strike, whatever it says."""
    assert not holds("kind:strike AND drone", told("drone"))
    assert holds("drone", told("drone"))


FACTS: list[tuple[str, dict[str, Any], bool]] = [
    ("kind:strike", {}, True),
    ("kind:talks", {}, False),
    ("country:ua", {"place": KHARKIV}, True),
    ("country:(PL OR NO)", {"place": KHARKIV}, False),
    ("country:UA", {}, False),
    ("NOT country:UA AND kind:strike", {}, True),
    ("place:KHARKIV", {"place": KHARKIV}, True),
    ("region:07", {"place": KHARKIV}, True),
    ('region:"UA.07"', {"place": KHARKIV}, True),
    ("region:08", {"place": KHARKIV}, False),
    ("actor:russia", {"actor": "Russian forces"}, False),
    ('actor:"islamic front"', {"actor": "The Islamic Front of the North"}, True),
    ("actor:ukraine", {"kind": "talks", "parties": ("Russia", "Ukraine")}, True),
    ("actor:qatar", {"kind": "talks", "mediators": ("Qatar",)}, True),
    ("target:ukraine", {"target": "Ukraine"}, True),
    ("weapon:(drone OR naval)", {"weapon": ("missile", "drone")}, True),
    ("status:agreed", {"kind": "talks", "status": "agreed"}, True),
    ("has:killed", {"killed": Count(None, 5)}, True),
    ("has:(killed OR injured)", {}, False),
    ("has:weapon", {"weapon": ("unknown",)}, False),
    ("killed>=5", {}, False),
    ("killed<5", {}, False),
    ("killed!=5", {}, False),
    ("killed>=5", {"killed": Count(5, None)}, True),
    ("killed>=5", {"killed": Count(None, 8)}, False),
    ("killed>=5", {"killed": Count(4, 8)}, False),
    ("killed>4", {"killed": Count(5, 8)}, True),
    ("killed<=8", {"killed": Count(4, 8)}, True),
    ("killed<8", {"killed": Count(4, 8)}, False),
    ("killed<=8", {"killed": Count(4, None)}, False),
    ("killed=5", {"killed": Count(5, 5)}, True),
    ("killed=5", {"killed": Count(5, 6)}, False),
    ("killed!=5", {"killed": Count(6, None)}, True),
    ("killed!=5", {"killed": Count(4, 6)}, False),
    ("killed=0", {"killed": Count(0, 0)}, True),
    ("sources>=2", {"sources": 2}, True),
    ("confidence>=0.8", {"confidence": 0.79}, False),
    ("severity>=4", {"killed": Count(12, None)}, True),
    ("within(50.0, 36.2, 10km)", {"place": KHARKIV}, True),
    ("within(50.45, 30.52, 60km)", {"place": KHARKIV}, False),
    ("bbox(49, 36, 51, 37)", {"place": KHARKIV}, True),
    ("bbox(49, 170, 51, 36)", {"place": KHARKIV}, False),
    ("bbox(49, 170, 51, 37)", {"place": KHARKIV}, True),
]


@pytest.mark.parametrize(("query", "facts", "wanted"), FACTS)
def test_facts(query: str, facts: dict[str, Any], *, wanted: bool) -> None:
    assert holds(query, of=event(**facts)) is wanted


def test_a_whole_country_lies_in_no_circle() -> None:
    """A country's coordinates stand for its middle; a strike "in Ukraine" is not near the plant that is there."""
    country = KHARKIV.__class__(name="Ukraine", country="UA", lat=49.0, lon=32.0, precision="country")
    assert not holds("within(49.0, 32.0, 60km)", of=event(place=country))
    assert holds("country:UA", of=event(place=country))


def test_explanations_show_every_part() -> None:
    found = match(
        rule("kind:strike AND $strike_words AND (kharkiv OR kyiv) AND killed>=5 AND NOT (union OR pay)"),
        Subject(
            event=event(killed=Count(3, None)), accounts=(told("Shelling in Kharkiv as rail workers strike over pay"),)
        ),
    )
    assert not found.matched
    assert found.explain() == (
        "FAIL all of\n"
        "  PASS kind:strike: strike\n"
        "  PASS any of 4 words in $strike_words: strike, shell*\n"
        "  PASS any of 2 words: kharkiv\n"
        "  FAIL killed>=5: at least 3\n"
        "  FAIL NOT\n"
        "    PASS any of 2 words: pay"
    )


def test_explanations_say_what_is_not_known() -> None:
    found = match(
        rule("killed>=5 AND country:UA AND a NEAR/3 b"), Subject(event=event(), accounts=(told("a or so it is b"),))
    )
    assert found.explain().split("\n")[1:] == [
        "  FAIL killed>=5: not known",
        "  FAIL country:UA: not known",
        "  FAIL a NEAR/3 b: too far apart",
    ]


def test_the_explanation_is_of_the_account_that_made_the_rule_hold() -> None:
    subject = Subject(event=event(), accounts=(told("quiet night"), told("drone hits port", outlet="Harbour Post")))
    found = match(rule("kind:strike AND drone"), subject)
    assert found.outlet == "Harbour Post"
    assert found.tree.passed


def test_tree_and_verdict_agree() -> None:
    for query, facts, wanted in FACTS:
        found = match(rule(query), Subject(event=event(**facts)))
        assert found.tree.passed is found.matched is wanted


def test_only_active_rules_match_and_the_gravest_comes_first() -> None:
    rules = [
        rule("kind:strike", rule_id="info"),
        rule("kind:strike", rule_id="draft", state="draft", severity="critical"),
        rule("kind:strike", rule_id="paused", state="paused"),
        rule("kind:strike", rule_id="critical", severity="critical"),
        rule("kind:talks", rule_id="talks"),
    ]
    assert [found.rule_id for found in matching(rules, Subject(event=event()))] == ["critical", "info"]
