"""What a whole country suffered in a night and what its towns did; what names no town; what is counted beside another.

Stories of four or five reports. Each is told in its order and backwards, and comes to the same.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.core.develop import claims_of
from service.core.link import link
from service.core.link.cues import counts_on, is_renewed, tells_of_wave
from service.core.report import Place, Report
from tests.core.accounts import KHARKIV, KYIV, SUMY, UKRAINE, account, count, entry_of, night, strike
from tests.core.test_link import known
from tests.linkdesk import Desk

RUSSIAN = {"actor": "Russia", "target": "Ukraine", "occurred": night()}
KYIV_FOUR = ("Drone hits block in Kyiv, four dead", "en", strike(place=KYIV, killed=count(4), **RUSSIAN))
KYIV_UK = ("Дрон вцілив по будинку, Київ рахує загиблих", "uk", strike(place=KYIV, killed=count(4), **RUSSIAN))
SUMY_TWO = ("Two killed in Sumy bus station strike", "en", strike(place=SUMY, killed=count(2), **RUSSIAN))
WAVE = ("Russia launches 300 drones at Ukraine, killing nine", "en", strike(place=UKRAINE, killed=count(9), **RUSSIAN))
WAVE_FR = ("La Russie lance 300 drones, neuf morts", "fr", strike(place=UKRAINE, killed=count(9), **RUSSIAN))
WAVE_RU = ("Россия выпустила 300 беспилотников", "ru", strike(place=UKRAINE, **RUSSIAN))
COARSE = ("Russian drone kills four in Ukraine", "en", strike(place=UKRAINE, killed=count(4), **RUSSIAN))
BARE = ("Airstrike kills four, officials say", "en", strike(killed=count(4), occurred=night()))
BARE_DE = ("Vier Tote bei Luftangriff", "de", strike(killed=count(4), occurred=night()))
SAME_STORY = (
    "By river, four dead: nine-storey block loses its stairwell as one more drone wrecks homes of a quarter asleep",
    "en",
    strike(killed=count(4), occurred=night()),
)
BLOCK = (
    "Drone wrecks stairwell of nine-storey block by the river in Kyiv",
    "en",
    strike(place=KYIV, killed=count(4), **RUSSIAN),
)

Said = tuple[str, str, Report]


def told(stories: Sequence[Said]) -> tuple[Desk, dict[Said, int]]:
    """Tell each a quarter of an hour after the one before, by an outlet of its own. Return which event each is in."""
    desk = Desk()
    for number, (title, lang, report) in enumerate(stories, 1):
        known = account(number, f"Wire {number}", report, hours=number / 4, title=title, lang=lang)
        desk.tell(entry_of(known), report, lang)
        desk.mend(known.told_at)
    where = desk.where()
    return desk, {said: where[number, "strike"] for number, said in enumerate(stories, 1)}


@pytest.mark.parametrize("backwards", [False, True], ids=["as told", "backwards"])
@pytest.mark.parametrize(
    ("why", "stories", "events"),
    [
        ("each city's dead are its own, and the wave's sum another's", [KYIV_FOUR, SUMY_TWO, WAVE, WAVE_FR], 3),
        ("so with one city", [KYIV_FOUR, WAVE, KYIV_UK, WAVE_FR], 2),
        ("who counts nobody tells of the one strike that is known", [KYIV_FOUR, WAVE_RU, KYIV_UK], 1),
        ("a strike told from far away is no wave", [KYIV_FOUR, COARSE, KYIV_UK], 1),
        ("a figure alone ties nothing to anything", [KYIV_FOUR, BARE], 2),
        ("in no language", [KYIV_UK, BARE_DE], 2),
        ("the same story does, though it names no town", [BLOCK, SAME_STORY], 1),
    ],
)
def test_a_country_and_its_towns(why: str, stories: list[Said], events: int, *, backwards: bool) -> None:
    desk, where = told(stories[::-1] if backwards else stories)
    assert len(set(where.values())) == events, why
    for said in stories:
        if said in (KYIV_FOUR, KYIV_UK):
            assert desk.events[where[said]].killed == count(4), why


def test_who_counts_nobody_may_tell_of_any_of_several_cities() -> None:
    desk, where = told([KYIV_FOUR, SUMY_TWO, WAVE_RU])
    assert len(set(where.values())) == len(desk.events)
    assert desk.events[where[WAVE_RU]].possibly in (where[KYIV_FOUR], where[SUMY_TWO])


def test_a_wave_that_was_told_of_before_its_towns_is_told_of_once() -> None:
    """It is of the first town's event, which it alerted of: another alert would be of nothing new."""
    uncounted = ("Massive Russian drone attack on Ukraine", "en", strike(place=UKRAINE, **RUSSIAN))
    desk, where = told([uncounted, KYIV_FOUR, SUMY_TWO, WAVE_RU])
    assert where[uncounted] == where[WAVE_RU] == where[KYIV_FOUR] != where[SUMY_TWO]
    assert len(desk.events) == 2


CARIBBEAN = Place(name="Caribbean Sea", country="", lat=15.0, lon=-75.0, precision="region")
RUSSIA = Place(name="Russia", country="RU", lat=56.7, lon=51.5, precision="country")
HELD = Place(name="Melitopol", country="UA", lat=46.85, lon=35.37, precision="city", admin="26")
ACCUSED = strike(place=RUSSIA, actor="Ukraine", target="Russia", attribution="accused")


@pytest.mark.parametrize(
    ("why", "first", "second", "events"),
    [
        ("where one was struck in what it occupies", strike(place=HELD, actor="Ukraine"), ACCUSED, 1),
        (
            "but what it says without an accusation is at home",
            strike(place=HELD, actor="Ukraine"),
            replace(ACCUSED, attribution=None),
            2,
        ),
        (
            "and elsewhere it was somebody else that was struck",
            strike(place=HELD, actor="Ukraine", target="Belarus"),
            ACCUSED,
            2,
        ),
        ("nor was it at sea", strike(place=CARIBBEAN, actor="Ukraine"), ACCUSED, 2),
        (
            "with another toll it is another strike",
            strike(place=HELD, actor="Ukraine", killed=count(24)),
            replace(ACCUSED, killed=count(3)),
            2,
        ),
    ],
)
def test_who_accuses_is_not_where_it_was(why: str, first: Report, second: Report, events: int) -> None:
    stories = [
        ("Drone strike on cafe in Melitopol", "en", first),
        ("Moscow blames Kyiv for deadly drone strike", "en", second),
    ]
    assert len(set(told(stories)[1].values())) == events, why


def test_a_denial_is_of_a_strike_at_home_unless_it_says_where() -> None:
    """It may be of any claim: it takes no confidence from a strike in what is occupied."""
    first = account(1, "A", strike(place=HELD, actor="Ukraine"), title="Drone strike on cafe in Melitopol")
    denied = account(2, "B", replace(ACCUSED, stance="denies"), hours=1, title="No sign that Kyiv struck a residence")
    assert link(entry_of(denied), denied.report, [known(first)], now=denied.told_at).event_id is None


def test_a_denial_that_says_where_is_of_nothing_that_has_no_place() -> None:
    """Whose side it names does not do: it would take confidence from another strike of the same day."""
    first = account(1, "A", strike(actor="United States", killed=count(5)), title="US strikes boats, killing five")
    said = strike(place=SUMY, actor="United States", stance="denies")
    denied = account(2, "B", said, hours=1, title="No sign of a strike on Sumy residence, US finds")
    assert link(entry_of(denied), said, [known(first)], now=denied.told_at).event_id is None


def test_what_may_be_the_same_is_offered_to_the_operator() -> None:
    desk, where = told([KYIV_FOUR, WAVE])
    assert desk.events[where[WAVE]].possibly == where[KYIV_FOUR]


def test_who_names_nothing_adds_no_confidence() -> None:
    alone, _ = told([BLOCK])
    both, where = told([BLOCK, SAME_STORY])
    assert both.events[where[BLOCK]].sources == 2
    assert both.events[where[BLOCK]].confidence == alone.events[1].confidence


def test_a_sum_over_the_country_is_no_citys_toll_wherever_it_was_put() -> None:
    """Were it joined all the same, by an operator say: the city's figure stands, and the alert's with it."""
    desk, where = told([KYIV_FOUR, KYIV_UK])
    event_id = where[KYIV_FOUR]
    stray = account(9, "Wire 9", WAVE[2], hours=1, title=WAVE[0])
    desk.accounts[event_id].append(stray)
    desk.claims[event_id] += claims_of(WAVE[2], 9, entry_of(stray), copy=False)
    desk.draw(event_id, stray.told_at)
    assert desk.events[event_id].killed == count(4)
    assert desk.events[event_id].headline == KYIV_FOUR[0]


BOAT = {"actor": "United States", "weapon": ("naval",)}
FIRST = ("US strikes boat, three killed", "en", strike(killed=count(3), **BOAT))
FIRST_ES = ("Estados Unidos ataca una lancha: tres muertos", "es", strike(killed=count(3), **BOAT))
SECOND = ("US blows up two boats, killing five", "en", strike(killed=count(5), **BOAT))
ANOTHER = ("US military says it struck another boat, killing five", "en", strike(killed=count(5), **BOAT))
PACIFIC = Place(name="Pacific Ocean", country="", lat=5.0, lon=-90.0, precision="region")
AT_SEA = ("US strikes boat in Caribbean, three killed", "en", strike(place=CARIBBEAN, killed=count(3), **BOAT))
OTHER_SEA = ("US strikes boat in Pacific, two killed", "en", strike(place=PACIFIC, killed=count(2), **BOAT))
MISREAD = ("US strikes boat in Pacific, three killed", "en", strike(place=PACIFIC, killed=count(3), **BOAT))
RISEN = ("Toll of US boat strike rises to five", "en", strike(killed=count(5), **BOAT))


@pytest.mark.parametrize(
    "title",
    [
        "Second Russian strike on Kharkiv hours later kills {}",
        "Kharkiv hit again: {} killed in new Russian strike",
        "Hours after deadly attack, Russian strike kills {} in Kharkiv",
        "Russia strikes Kharkiv for second time today, killing {}",
        "Росія вдруге за день вдарила по Харкову: {}",
        "Через несколько часов новый удар по Харькову: {}",
        "Russland greift Charkiw zum zweiten Mal an: {}",
    ],
)
@pytest.mark.parametrize("dead", [2, 6])
def test_a_second_strike_of_the_day_with_a_toll_of_its_own_is_perhaps_another(title: str, dead: int) -> None:
    """Joined, it would be hidden; the reports that follow then find their own strike by its toll, and stay there."""
    desk = Desk()
    for hours, words, killed in [
        (0, "Russian missile strike kills four in Kharkiv", 4),
        (4, title.format(dead), dead),
        (4.5, f"{dead} killed in Kharkiv strike", dead),
        (5, "Four dead in Kharkiv missile strike this morning", 4),
    ]:
        report, number = strike(place=KHARKIV, actor="Russia", killed=count(killed)), len(desk.where()) + 1
        told_of = account(number, f"Wire {number}", report, hours=hours, title=words)
        desk.tell(entry_of(told_of), report, "en")
        desk.mend(told_of.told_at)
    first, second, third, fourth = (desk.where()[number, "strike"] for number in range(1, 5))
    assert (first, second) == (fourth, third)
    assert desk.events[second].possibly == first
    assert (desk.events[first].killed, desk.events[second].killed) == (count(4), count(dead))


@pytest.mark.parametrize(
    ("title", "hurt"),
    [
        ("Another Russian missile strike hurts three in Kharkiv", strike(place=KHARKIV, killed=count(3))),
        ("Russian missile strike again hurts two in Kharkiv", strike(place=KHARKIV, killed=count(2))),
    ],
)
def test_a_sentence_used_again_for_one_more_strike_is_no_copy(title: str, hurt: Report) -> None:
    first = account(1, "A", strike(place=KHARKIV, killed=count(6)), title="Russian missile strike hurts six in Kharkiv")
    told_of = account(2, "B", hurt, hours=1, title=title)
    assert link(entry_of(told_of), hurt, [known(first)], now=told_of.told_at).decision == "possibly"


@pytest.mark.parametrize(("before", "now"), [(3, 7), (7, 3)])
def test_where_nobody_died_the_hurt_are_counted(before: int, now: int) -> None:
    first = account(1, "A", strike(place=SUMY, injured=count(before)), title="Russian drone attack on Sumy")
    told_of = account(2, "B", strike(place=SUMY, injured=count(now)), hours=4, title="Second strike on Sumy in a day")
    assert link(entry_of(told_of), told_of.report, [known(first)], now=told_of.told_at).decision == "possibly"


@pytest.mark.parametrize(
    ("title", "dead", "hours"),
    [
        ("Russia strikes Kharkiv again, killing four", 4, 4),
        ("Russia strikes Kharkiv again, killing five", 5, 1),
        ("Death toll rises to six hours after strike on Kharkiv", 6, 6),
    ],
)
def test_one_strike_may_be_called_one_more_and_its_toll_may_rise(title: str, dead: int, hours: float) -> None:
    first = account(1, "Wire 1", strike(place=KHARKIV, killed=count(4)), title="Missile strike kills four in Kharkiv")
    told = account(2, "Wire 2", strike(place=KHARKIV, killed=count(dead)), hours=hours, title=title)
    assert link(entry_of(told), told.report, [known(first)], now=told.told_at).decision == "joined"


@pytest.mark.parametrize(
    ("why", "stories", "events"),
    [
        ("two tolls, and no town to go by", [FIRST, FIRST_ES, SECOND], 2),
        ("all the more where it says so", [FIRST, ANOTHER, FIRST_ES], 2),
        ("one that has risen is the same strike's", [FIRST, RISEN], 1),
        ("so on two seas", [AT_SEA, OTHER_SEA], 2),
        ("though one of the two may be misread where they agree", [AT_SEA, MISREAD], 1),
    ],
)
def test_strikes_at_sea_go_by_their_tolls(why: str, stories: list[Said], events: int) -> None:
    assert len(set(told(stories)[1].values())) == events, why


@pytest.mark.parametrize(
    ("text", "wave"),
    [
        ("Russia launches 300 drones at Ukraine", True),
        ("Nine killed in barrage of missiles", True),
        ("Strikes across Lebanon kill 31", True),
        ("Росія випустила по Україні 40 ракет", True),
        ("Массированный удар по Украине", True),
        ("La Russie lance 300 drones sur l'Ukraine", True),
        ("Rusia ataca Ucrania con 40 misiles", True),
        ("Russland greift mit 250 Drohnen an", True),
        ("Zmasowany atak na Ukrainę", True),
        ("عشرات الغارات على لبنان", True),
        ("גל תקיפות בלבנון", True),
        ("Missile kills four in Ukraine", False),
        ("Shells fired across the border kill two", False),
        ("Docenas de muertos en Ucrania", False),
        ("Dutzende Tote nach Angriff", False),
        ("Massive explosion in Ukraine", False),
    ],
)
def test_a_wave_is_known_by_its_words(text: str, *, wave: bool) -> None:
    assert tells_of_wave(text) is wave


@pytest.mark.parametrize(
    ("title", "counted"),
    [
        ("US strikes second boat within hours", True),
        ("Second Israeli strike of the day hits Tyre", True),
        ("Military hits another alleged drug boat", True),
        ("Второй удар по порту за день", True),
        ("Ще один удар по місту", True),
        ("Deuxième frappe sur le port", True),
        ("Deuxième bombardement en un jour", True),
        ("Drugi ostrzał portu", True),
        ("Otro ataque contra una lancha", True),
        ("US-Militär greift weiteres Drogenboot an", True),
        ("Kolejny atak na port", True),
        ("غارة ثانية على الميناء", True),
        ("תקיפה נוספת בנמל", True),
        ("Second man dies after strike", False),
        ("Ещё один человек погиб при ударе", False),
        ("Another child found under rubble", False),
    ],
)
def test_a_strike_may_be_counted_beside_one_before(title: str, *, counted: bool) -> None:
    assert counts_on(title) is counted
    assert is_renewed(title) or not counted


def test_a_citys_strike_is_no_other_citys_though_someone_said_the_region() -> None:
    region = ("Drone kills four in north", "en", strike(place=UKRAINE, killed=count(4), **RUSSIAN))
    kharkiv = ("Missile wrecks Kharkiv clinic, one dead", "en", strike(place=KHARKIV, killed=count(1), **RUSSIAN))
    _, where = told([region, KYIV_FOUR, kharkiv])
    assert where[region] == where[KYIV_FOUR] != where[kharkiv]
