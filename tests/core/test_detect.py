"""What counts as a strike or as talks, and what as news of one."""

import time

import pytest

from service.core.detect import detect, explain
from service.core.detect.calibrate import chance
from service.core.lexicon import Lexicon
from service.core.report import Kind
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
        # who did it comes last, or in another guise
        "Mayor says town hit in 'large-scale' strike by Sudan's army",
        "Oil tanker attacked by drones off Sevastopol",
        "Army says it hit rebel weapons depots",
        "Houthis fire at ship in Gulf of Aden",
        "Warplanes strike suspected weapons stockpile near Palmyra",
        "Sudanese jets bomb market in Darfur",
        "Turkey hits Kurdish targets in northern Syria",
        "Israel hits Gaza after rockets are found",
        "Ukraine hits two tankers with sea drones",
        "Myanmar junta bombs hospital in Rakhine",
        "US kills three in attack on alleged smugglers' boats",
        # told by what it left behind
        "Thousands without heating in Kyiv after Russian attack",
        "Oil depot in flames in Volgograd after Ukrainian strike",
        "Fire at oil depot in Tuapse after drone strike",
        "Girl killed by Israeli fire in Gaza",
        "Israeli tank fire kills five near aid site",
        # nobody says who did it
        "Multiple explosions rock Venezuelan capital",
        "Explosions and low-flying aircraft heard in Caracas",
        "Explosion heard in Beirut",
        "Unattributed blast kills three in Damascus",
        "Air defence at work over Kyiv",
        "Sirens in Haifa after missile fired from Yemen",
        "Russian air defences down 86 drones",
        "Live updates: US strikes Caracas",
        # a number or a war's total beside the news is not the news
        "Over 100 injured as Iranian missile hits Beersheba",
        "Strike kills five in Gaza; death toll since October 2023 hits 71,000",
        "Israel kills five in Gaza, one in Lebanon",
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
        "Israel-Syria talks to begin on Monday in Paris",
        "Allied security chiefs in Kyiv for talks on security guarantees",
        "Hamas hands over remains of last hostage",
        "Russia and Ukraine swap 300 prisoners",
        "Russia returns 1,000 bodies to Ukraine",
        "Pakistan and Afghanistan fail to agree in Istanbul talks",
        "Israel recalls negotiators from Doha",
        "ELN offers talks after truce expires",
        "Yemen's separatists in Riyadh for talks",
        "Syrian government and SDF to hold talks on Aleppo ceasefire",
        "Fighting resumes in Khartoum after 24-hour truce expires",
        "Trilateral talks on Sudan open in Abu Dhabi",
        "Allies to finalise security guarantees for Kyiv in Brussels",
        "Envoys outline plan for Sudan in Nairobi",
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
        ("Airlines cancel flights after US strikes Caracas", "aftermath"),
        ("Air strikes on Yemen raise fears of wider war", "consequence"),
        ("US strikes on Yemen, in pictures", "opinion"),
        ("Fact-checking claims about US strikes on Yemen", "opinion"),
        ("Families in Donetsk live under daily shelling by Russian army", "habitual"),
        ("Ministry shows proof of alleged Ukrainian drone strike", "inquiry"),
        ("Stocks fall as US strikes Yemen", "market"),
        ("Is a second strike on Yemen coming? Navy sails on", "question"),
    ],
)
def test_a_strike_that_is_not_the_news_is_not_new(title: str, reason: str) -> None:
    findings = found(title).findings
    assert [(finding.new, finding.reason) for finding in findings] == [(False, reason)]


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("Mayors across Norway tighten rules after Venezuela attack", ""),
        (
            "Exiles celebrate in Miami",
            "They danced after the US moved against Caracas with strikes.",
        ),
        ("Leader flown to New York for trial", "He was seized in a US strike on his compound, said the ministry."),
        (
            "Senator questions legality of campaign in court",
            "The US strikes on Yemen went too far, a judge heard.",
        ),
        ("North Korea fires ballistic missiles into sea", "It condemned the US strikes on Yemen as barbaric."),
    ],
)
def test_a_strike_that_is_only_named_is_mentioned_and_never_news(title: str, lead: str) -> None:
    assert [(finding.kind, finding.new, finding.reason) for finding in found(title, lead).findings] == [
        ("strike", False, "named")
    ]


def test_talks_that_a_strike_report_only_names_are_left_out() -> None:
    told = found("Russian drone hits hospital in Kyiv", "The attack comes amid fragile peace talks.")
    assert [finding.kind for finding in told.findings] == ["strike"]


def test_confidence_is_a_chance_that_grows_with_the_weight() -> None:
    weights = [n / 100 for n in range(101)]
    kinds: tuple[Kind, ...] = ("strike", "talks")
    for kind in kinds:
        chances = [chance(kind, weight) for weight in weights]
        assert chances == sorted(chances)
        assert all(0 < p < 1 for p in chances)
        assert chance(kind, 0.5) == pytest.approx(0.5)


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
        ("Cyclist struck and badly hurt by delivery truck", "deal"),
        ("US hits Iran with new sanctions", "deal"),
        ("Iran says it could strike Israel", "threat"),
        ("China drills simulate strikes on Taiwan", "test_launch"),
        ("Junta launches wave of repression in Yangon", "weak_cue"),
        ("Blast rocks explosives factory near Ankara", "crime"),
        ("Conference of mayors opens under shadow of Ukraine war", "weak_cue"),
    ],
)
def test_look_alikes_are_set_aside_with_a_reason(title: str, reason: str) -> None:
    assert found(title).set_aside == reason
    assert found(title).findings == ()


@pytest.mark.parametrize(
    "title", ["CORRECTION: Sumy strike killed two, not three", "Clarification: air strike on Sidon killed three people"]
)
def test_a_corrected_number_takes_no_strike_back(title: str) -> None:
    assert [finding.stance for finding in found(title, "").findings] == ["asserts"]


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
        ("Ukraine did not attack Russian residence, US says", "denies"),
        ("Strike on Russian residence didn't happen, US says", "denies"),
        ("US disputes claim that Ukraine targeted residence with drones", "denies"),
        ("No respite as Russian strikes kill three in Kharkiv", "asserts"),
        ("Missile strike on Odesa kills no one, governor says", "asserts"),
        ("Drone kills four in Gaza, army denies strike on school", "asserts"),
    ],
)
def test_a_denial_says_so(title: str, stance: str) -> None:
    assert [finding.stance for finding in found(title).findings] == [stance]


@pytest.mark.parametrize(
    "title", ["Russia denies striking Odesa with missiles", "Ukraine did not hit Sochi with drones"]
)
def test_a_denial_is_no_new_strike(title: str) -> None:
    assert [finding.new for finding in found(title).findings] == [False]


@pytest.mark.parametrize(
    "title",
    [
        "Families return to Goma months after ceasefire",
        "Bank cuts rates for second time since ceasefire",
        "Ministry warns of plot to derail peace talks",
    ],
)
def test_talks_named_in_passing_are_not_new(title: str) -> None:
    assert not any(finding.new for finding in found(title).findings)


def test_a_truce_broken_by_what_the_title_tells_is_news_of_both() -> None:
    told = found("Israeli strike kills two in Gaza", "The army continued its violations of the ceasefire on Saturday.")
    assert [(finding.kind, finding.new) for finding in told.findings] == [("strike", True), ("talks", True)]
    told = found("Taliban say Pakistan broke truce with strikes")
    assert [(finding.kind, finding.new) for finding in told.findings] == [("strike", True), ("talks", True)]


def test_a_near_miss_is_marked_for_review() -> None:
    (finding,) = found("Airlines cancel flights after US strikes Caracas").findings
    assert (finding.new, finding.review) == (False, True)
    (far,) = found("What do the air strikes on Yemen mean for shipping?").findings
    assert (far.new, far.review) == (False, False)


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
    lexicon = english()
    started = time.process_time()
    detect(entry(title, title, title), lexicon)
    assert time.process_time() - started < 1


def test_a_word_an_operator_adds_counts_at_once() -> None:
    plain = english()
    more = Lexicon(lang="en", lists={**plain.lists, "raid": (*plain.lists["raid"], "blarg/s")}, tables=plain.tables)
    told = entry("Russian blargs on Odesa")
    assert detect(told, plain).findings == ()
    assert [finding.kind for finding in detect(told, more).findings] == ["strike"]


def test_an_empty_lexicon_finds_nothing() -> None:
    assert detect(entry("Russian missiles hit Odesa"), Lexicon(lang="xx")).set_aside == "no_cue"


@pytest.mark.parametrize(
    ("title", "change"),
    [
        ("Air strikes on Yemen kill two", 'without "Air strikes'),
        ("Airlines cancel flights after US strikes Caracas", "without aftermath: 0."),
        ("What do the air strikes on Yemen mean for shipping?", "without question: 0."),
        ("Russia denies striking Odesa with missiles", "it is denied"),
    ],
)
def test_an_account_says_what_would_change_the_verdict(title: str, change: str) -> None:
    account = explain(entry(title), english())[0]
    assert account.change.startswith(change)
    assert account.words


@pytest.mark.parametrize("title", ["Bus drivers strike in Oslo", "Nothing of the kind", "Drones over Oslo", ""])
def test_an_account_of_what_is_none_names_no_words_that_are_not_there(title: str) -> None:
    for account in explain(entry(title), english()):
        assert all(word.quote in title for word in account.words)
        assert account.chance < account.bar
        assert account.change


def test_accounts_agree_with_the_verdict() -> None:
    for title in ("Russian missiles hit Odesa", "Sudan's army and RSF agree to ceasefire", "Iran threatens Israel"):
        told = entry(title)
        new = {finding.kind for finding in detect(told, english()).findings if finding.new}
        assert {account.kind for account in explain(told, english()) if account.chance >= account.bar} == new
