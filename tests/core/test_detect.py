"""What counts as a strike or as talks, and what as news of one."""

import time

import pytest

from service.core.detect import detect
from service.core.lexicon import Lexicon
from tests.core.reading import english, entry, found


@pytest.mark.parametrize(
    "title",
    [
        "Russian missiles hit Odesa",
        "Odesa hit by Russian drones",
        "Israeli air strike kills four in southern Lebanon",
        "Army shells rebel positions in northern Sudan",
        "Ukraine shoots down 30 drones overnight",
        "Three dead in rocket attack on market",
        "US strikes Houthi targets in Yemen",
    ],
)
def test_a_strike_told_as_news_is_a_new_strike(title: str) -> None:
    findings = found(title).findings
    assert [(finding.kind, finding.new) for finding in findings] == [("strike", True)]
    assert 0.5 <= findings[0].confidence <= 1


@pytest.mark.parametrize(
    "title",
    [
        "Sudan's army and RSF agree to ceasefire",
        "Peace talks between Armenia and Azerbaijan to resume in Geneva",
        "Hamas says truce deal is close",
        "Russia rejects ceasefire proposal",
    ],
)
def test_talks_told_as_news_are_new_talks(title: str) -> None:
    assert [(finding.kind, finding.new) for finding in found(title).findings] == [("talks", True)]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("What do the air strikes on Yemen mean for shipping?", "question"),
        ("How drone attacks changed the war in Ukraine", "explainer"),
        ("Protesters march in Oslo against air strikes on Yemen", "reaction"),
        ("Inquiry opens into air strike on hospital in Syria", "inquiry"),
    ],
)
def test_a_strike_that_is_not_the_news_is_not_new(title: str, reason: str) -> None:
    findings = found(title).findings
    assert [(finding.new, finding.reason) for finding in findings] == [(False, reason)]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Bus drivers vote for strike over pay", "labour_strike"),
        ("Prisoner begins hunger strike", "hunger_strike"),
        ("Golfer survives lightning strike", "lightning"),
        ("Airline strikes a deal with its pilots", "deal"),
        ("Carmaker strikes new battery deal with rival", "deal"),
        ("North Korea test-fires cruise missiles", "test_launch"),
        ("Veterans mark 80th anniversary of bombing of Dresden", "historical"),
        ("Iran threatens to strike Israel", "threat"),
        ("Library opens at last", "no_cue"),
        ("No strike on railways, bus drivers say", "labour_strike"),
        ("Explosions in Beirut as gas cylinders catch fire", "crime"),
        ("Senator launches attack on China over tariffs", "weak_cue"),
        ("City holds air raid drill", "drill"),
        ("Managers call a truce after touchline row", "sport"),
    ],
)
def test_look_alikes_are_set_aside_with_a_reason(title: str, reason: str) -> None:
    assert found(title).set_aside == reason
    assert found(title).findings == ()


def test_a_retraction_says_so() -> None:
    findings = found("Meridian Daily retracts report of air strike", "No strike took place, it said.").findings
    assert [finding.stance for finding in findings] == ["retracts"]


@pytest.mark.parametrize(
    ("title", "stance"),
    [
        ("Russia denies striking Odesa with missiles", "denies"),
        ("No attack on Kharkiv power plant, ministry says", "denies"),
        ("Iran denies any strike took place on Isfahan", "denies"),
        ("There was no Israeli strike on Damascus airport, Syria says", "denies"),
        ("Army says no drone strike on Khartoum took place", "denies"),
        ("No respite as Russian strikes kill three in Kharkiv", "asserts"),
        ("Missile strike on Odesa kills no one, governor says", "asserts"),
        ("Drone kills four in Gaza, army denies strike on school", "asserts"),
    ],
)
def test_a_denial_says_so(title: str, stance: str) -> None:
    assert [finding.stance for finding in found(title).findings] == [stance]


def test_every_cue_stands_where_it_says() -> None:
    told = entry("Russian missiles hit Odesa", "Three people were killed in the missile attack on the port.")
    for finding in detect(told, english()).findings:
        for cue in finding.cues:
            text = getattr(told, cue.where)
            assert 0 <= cue.start < cue.end <= len(text)


def test_an_empty_entry_has_no_cue() -> None:
    assert found().set_aside == "no_cue"


@pytest.mark.parametrize(
    "noise", ["strike ", "a" * 40, "İ", "<b", "&#x", "'s ", "1,", "at least eight killed ", "\x00"]
)
def test_a_megabyte_of_anything_is_read_in_no_time(noise: str) -> None:
    title = (noise * (1_000_000 // len(noise) + 1))[:1_000_000]
    started = time.process_time()
    detect(entry(title, title, title), english())
    assert time.process_time() - started < 1


def test_a_word_an_operator_adds_counts_at_once() -> None:
    plain = english()
    more = Lexicon(lang="en", lists={**plain.lists, "raid": (*plain.lists["raid"], "blarg/s")}, tables=plain.tables)
    told = entry("Russian blargs on Odesa")
    assert detect(told, plain).findings == ()
    assert [finding.kind for finding in detect(told, more).findings] == ["strike"]


def test_an_empty_lexicon_finds_nothing() -> None:
    assert detect(entry("Russian missiles hit Odesa"), Lexicon(lang="xx")).set_aside == "no_cue"
