"""Slots beside who, where and how many: kinds of strikes, other strikes, waters, and all that talks have."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.core.codec import report_json
from service.core.report import Count
from tests.core.reading import read


@pytest.mark.parametrize(
    ("title", "summary", "kinds"),
    [
        ("Ukraine's air defences shoot down 86 drones overnight", "", ("interception",)),
        ("Ukraine shoots down 40 drones, no damage reported", "", ("interception",)),
        ("Ukraine shoots down 40 drones, debris kills two in Kyiv", "", ()),
        ("Ukraine shoots down 40 drones", "Six of them hit a power plant in Odesa.", ()),
        ("Explosions rock Damascus, cause unknown", "", ("unattributed",)),
        ("Israeli strike kills two in Lebanon in violation of ceasefire", "", ("violation",)),
        ("Russian missiles hit Odesa", "", ()),
        ("Bombing near ministry in Kabul kills six", "", ("unattributed",)),
        (
            "Bombing at mosque in Homs kills eight",
            "A device had been planted there, the ministry said.",
            ("unattributed",),
        ),
        ("Army bombing kills three in Sagaing", "", ()),
        ("Videos show explosions rocking Sanaa", "Smoke is seen in videos of the airstrikes on Thursday.", ()),
        ("Explosions rock Sanaa", "Norland had threatened airstrikes on the city.", ("unattributed",)),
    ],
)
def test_strikes_of_a_kind_of_their_own(
    title: str, summary: str, kinds: Sequence[str], gazetteer: SqliteGazetteer
) -> None:
    assert read(gazetteer, title, summary).subtype == kinds


def test_other_strikes_of_one_entry_are_noted_with_their_dead(gazetteer: SqliteGazetteer) -> None:
    report = read(
        gazetteer,
        "Russian missiles hit Kharkiv, killing four",
        "Missiles also hit Odesa, where two people were killed. A drone struck Kherson.",
    )
    assert report.place
    assert (report.place.name, report.killed) == ("Kharkiv", Count(4, 4))
    assert [(other.place.name, other.killed) for other in report.others] == [("Odesa", Count(2, 2)), ("Kherson", None)]


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("US strikes boat in Caribbean Sea, killing three", "Caribbean Sea"),
        ("Houthis say they struck a ship in the Red Sea", "Red Sea"),
        ("Drones hit tanker in the Black Sea", "Black Sea"),
        ("Missile strikes cargo ship near Strait of Hormuz", "Strait of Hormuz"),
        ("Drone attack on hotel on Black Sea coast in Odesa kills two", "Odesa"),
        ("Missiles hit Hodeidah port on the Red Sea", "Hodeidah"),
    ],
)
def test_what_was_struck_at_sea_was_at_sea(title: str, place: str, gazetteer: SqliteGazetteer) -> None:
    """Waters are in no country; a port or a coast is on land."""
    found = read(gazetteer, title).place
    assert found
    assert found.name == place
    assert bool(found.country) == (place in {"Odesa", "Hodeidah"})


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("Air strike hits DRC town, killing six", "CD"),
        ("Drone strikes hit oil depot in C.A.R.", "CF"),
        ("Missiles hit Emirati port", "AE"),
        ("Shelling in S. Sudan kills six", "SS"),
        ("Rockets hit army base in Côte d'Ivoire", "CI"),
        ("UK jets bomb rebel camp in Yemen", "YE"),
        ("India reacts to US strikes on Venezuela; urges restraint", "VE"),
        ("Kyiv says Russian missiles killed four in Odesa", "UA"),
        ("Moscow claims its missiles hit arms depot in Lviv", "UA"),
        ("Drones hit oil refinery in Russia's Samara region, Kyiv says", "RU"),
        ("Kyiv accuses Moscow of striking hospital, killing four", "UA"),
        ("Moscow accuses Kyiv of striking college, killing four", "RU"),
        ("Kabul accuses Islamabad of striking house, killing four", "AF"),
        ("Lebanon sees air strikes on its south as army moves", "LB"),
        ("Ukraine suffers heaviest drone attack of the month", "UA"),
        ("Sudan wakes to drone strikes", "SD"),
        ("Congolese army drones bomb rebels in forest", "CD"),
        ("Russian forces shell Donetsk, killing one", "UA"),
        ("Shells land on Pakistani post, fired from Afghan side", "PK"),
    ],
)
def test_the_country_is_that_of_what_was_struck(title: str, country: str, gazetteer: SqliteGazetteer) -> None:
    found = read(gazetteer, title).place
    assert found
    assert found.country == country


@pytest.mark.parametrize(
    "title",
    [
        "US Coast Guard searches for survivors of boat strike",
        "Israeli army says two soldiers wounded by mortar fire",
        "American military says air strike killed six",
    ],
)
def test_forces_that_fight_abroad_are_no_place(title: str, gazetteer: SqliteGazetteer) -> None:
    assert read(gazetteer, title).place is None


@pytest.mark.parametrize(
    ("title", "killed", "injured"),
    [
        ("Shelling wounds villager in Sumy", None, 1),
        ("Drone strike kills two in Sumy, wounding nurse", 2, 1),
        ("Motorcyclist killed by drone in Sumy", 1, None),
        ("Drone strike in Sumy: medics treated nine people for shock", None, None),
        ("Drone strike in Sumy: medics treated nine people", None, 9),
        ("Two die in strike on Sumy, nine taken to hospital", 2, 9),
    ],
)
def test_a_headline_names_the_wounded_as_it_names_the_dead(
    title: str, killed: int | None, injured: int | None, gazetteer: SqliteGazetteer
) -> None:
    told = read(gazetteer, title)
    assert (told.killed and told.killed.min, told.injured and told.injured.min) == (killed, injured)


def test_talks_have_a_venue_a_host_and_a_date(gazetteer: SqliteGazetteer) -> None:
    report = read(gazetteer, "Russia and Ukraine to hold peace talks in Istanbul on Monday", kind="talks")
    assert report.venue
    assert (report.venue.name, report.host) == ("Istanbul", "Turkey")
    monday = datetime(2026, 1, 18, 21, tzinfo=UTC)
    assert report.planned == (monday, monday + timedelta(days=1))


@pytest.mark.parametrize(
    ("title", "venue"),
    [
        ("Envoys head to Doha for Gaza ceasefire talks", "Doha"),
        ("Ukraine peace talks to be held in Paris as Russian strike kills two", "Paris"),
        ("Syrian delegation meets Israelis in Paris amid truce breaches", "Paris"),
        ("Israeli truce violation kills man in Khan Younis, Hamas says talks are stalled", None),
        ("Security advisers discuss peace proposals in Ukraine", None),
        ("Ceasefire talks stalled, minister says in Seoul", None),
        ("Sudan's army and RSF agree 72-hour truce in El Fasher", None),
        ("Sudan's warring sides open truce talks in Cairo", "Cairo"),
        ("Minister meets refugees at Rafah crossing amid truce talks", None),
        ("Aid lorries bound for El Fasher turn back as the truce between army and RSF collapses", None),
        ("Envoys bound for Geneva as Sudan's army and RSF weigh truce", "Geneva"),
    ],
)
def test_a_venue_is_a_town_that_is_named_with_the_talks(
    title: str, venue: str | None, gazetteer: SqliteGazetteer
) -> None:
    report = read(gazetteer, title, kind="talks")
    assert (report.venue.name if report.venue else None) == venue
    assert [shown.field for shown in report.evidence].count("venue") == (venue is not None)


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Security advisers visit Istanbul on Thursday to discuss peace proposals in Ukraine", None),
        ("Security advisers to meet in Istanbul on Thursday to discuss peace proposals in Ukraine", "Thursday"),
        ("Zelensky to attend Ukraine peace talks in Istanbul this week", "this week"),
        ("This week on the programme: a minister joins to discuss the peace plan for Gaza", None),
        ("Ukraine peace talks are set for Tuesday", "Tuesday"),
    ],
)
def test_talks_that_have_begun_are_not_planned(title: str, says: str | None, gazetteer: SqliteGazetteer) -> None:
    report = read(gazetteer, title, kind="talks")
    assert [shown.quote for shown in report.evidence if shown.field == "planned"] == ([says] if says else [])


def test_talks_are_held_in_the_large_town_of_that_name(gazetteer: SqliteGazetteer) -> None:
    """An envoy's country does not move the venue to a village there."""
    summary = "Delegations sat down in Geneva on Thursday, with United States envoy Martha Ellison in the chair."
    report = read(gazetteer, "Russia and Ukraine open ceasefire talks in Geneva", summary, kind="talks")
    assert report.place
    assert report.place.country == "CH"


@pytest.mark.parametrize(
    ("title", "hours"),
    [
        ("Israel and Hamas agree 60-day truce", 60 * 24),
        ("Thailand and Cambodia extend ceasefire by another 72 hours", 72),
        ("Sudan's army and RSF agree to a three-month ceasefire", 90 * 24),
        ("Ceasefire in Lebanon extended by three weeks", 21 * 24),
        ("Hamas and Israel agree week-long truce", None),
        ("Truce in Yemen collapses after two days", None),
        ("Sudan truce collapses after a day, army leaves Cairo", None),
        ("Envoys meet Putin in Moscow for five hours, no breakthrough on Ukraine peace plan", None),
        ("Envoys met in Cairo for six hours on truce in Sudan", None),
        ("Sudan's army and RSF meet in Cairo, agree 10-day truce", 240),
    ],
)
def test_how_long_a_truce_is_to_last(title: str, hours: int | None, gazetteer: SqliteGazetteer) -> None:
    assert read(gazetteer, title, kind="talks").duration_h == hours


def test_numbers_are_given_low_best_and_high(gazetteer: SqliteGazetteer) -> None:
    said = report_json(read(gazetteer, "Russian missiles hit Odesa", "Between 16 and 25 people were killed."))
    assert said["killed"] == {"min": 16, "max": 25}
    assert said["numbers"] == {"killed": {"low": 16, "best": 20, "high": 25, "bound": "between"}}


def test_who_says_so_is_told_or_said_to_be_unknown(gazetteer: SqliteGazetteer) -> None:
    claimed = report_json(read(gazetteer, "Houthis say they struck a ship in the Red Sea"))
    assert (claimed["actor"], claimed["attribution"]) == ("Houthis", "claimed")
    assert report_json(read(gazetteer, "Missiles hit Odesa"))["attribution"] == "unknown"


def test_a_round_number_of_a_headline_gives_way_to_the_exact_one(gazetteer: SqliteGazetteer) -> None:
    told = read(
        gazetteer, "More than 20 killed in drone strike on Sumy", "The strike killed 24 people, officials said."
    )
    assert told.killed == Count(24, 24)
    told = read(
        gazetteer, "More than 20 killed in drone strike on Sumy", "The strike killed 19 people, officials said."
    )
    assert told.killed == Count(21, None)
