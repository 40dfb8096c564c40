"""Who struck and where, where a text names more than those: owners, speakers, observers, outlets, deals and towns.

A wrong country in an alert is worse than none.
"""

from collections.abc import Sequence

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from tests.core.reading import read


@pytest.mark.parametrize(
    ("title", "summary", "place"),
    [
        ("Ukraine sets Ryazan refinery alight", "", "Ryazan"),
        ("Air strikes hit Sanaa", "Smoke rose over the capital, a US official said.", "Sanaa"),
        ("Explosions rock Syrian capital as jets fly over", "Washington has said nothing.", "Damascus"),
        ("Lebanon accuses Israel of striking capital", "", "Beirut"),
        ("Jets bomb the capital of Sudan", "", "Khartoum"),
        ("Shelling around Uvira kills four despite Doha truce", "", "Uvira"),
        ("M23 shells Congo army base despite Doha truce", "", "Democratic Republic of the Congo"),
        ("Ukraine says it downed 92 of 110 drones launched by Russia overnight", "", "Ukraine"),
        ("Romania detects Russian drones launched towards Ukrainian ports", "", "Ukraine"),
        ("Drone strike kills three in village occupied by Russia", "It lies near Kherson, Ukraine says.", "Kherson"),
        ("Drone strike kills 24 in Kherson", "The cafe is in an area of Ukraine controlled by Moscow.", "Kherson"),
        ("US military says five killed in strike on alleged drug boats", "", None),
        ("US kills three in attack on alleged drug boats", "", None),
        ("Israeli forces kill three in south Gaza with drones, detain 20 in West Bank", "", "Gaza Strip"),
        ("Air strikes hit Yemen, Ohio senators say", "United States jets flew from a carrier.", "Yemen"),
        ("Missile strike kills two in Odesa - Florida Times", "", "Odesa"),
        ("Russian strike on Kharkiv kills two", "The post Strike appeared first on The Times of Israel.", "Kharkiv"),
        ("Over 70 killed in attack on mosque by RSF drones; army drone strike kills 8 in Nyala", "", "Sudan"),
        ("Jets bomb arms store of Islamic State near Palmyra", "", "Palmyra"),
        ("Shells hit Pokrovsk, two dead", "", "Pokrovsk"),
        ("Suicide bomber kills officer in Syria", "He struck a church in the centre of Aleppo, they said.", "Aleppo"),
        ("UK, France bomb arms store in Syria", "The strike hit a bunker near the city of Palmyra.", "Palmyra"),
        ("US strikes boat, killing three", "Previous attacks were in the eastern Pacific Ocean.", None),
        ("Air strike kills two IS men", "The jets struck a camp in Syria - the defence ministry said.", "Syria"),
        ("Yemen Sees Clashes, Airstrikes as Tensions With Saudi Arabia Escalate", "", "Yemen"),
    ],
)
def test_where_it_struck(title: str, summary: str, place: str | None, gazetteer: SqliteGazetteer) -> None:
    found = read(gazetteer, title, summary).place
    assert (found.name if found else None) == place


@pytest.mark.parametrize(
    ("title", "summary", "actor", "target"),
    [
        ("Israel blamed for strike on Damascus", "", "Israel", "Syria"),
        ("Russia accused of strike on Kharkiv hospital", "", "Russia", "Ukraine"),
        ("Ukraine sets Ryazan refinery alight", "", "Ukraine", "Russia"),
        ("Trump bombs Venezuela", "", "United States", "Venezuela"),
        ("Sudan's RSF shells camp near El Fasher, 14 dead", "", "RSF", None),
        ("Lebanese Hezbollah fires rockets at northern Israel", "", "Hezbollah", "Israel"),
        (
            "Air strike on Sanaa kills eight",
            "The ministry blamed Israel, also blaming Israel for a second.",
            "Israel",
            "Yemen",
        ),
        ("Ukraine downs 92 of 110 drones launched by Russia", "", "Russia", "Ukraine"),
        ("Israel begins strikes of Hezbollah and Hamas 'targets' in Lebanon", "", "Israel", "Lebanon"),
        ("Jets carry out strikes on IS-held base in Syria", "They bombed ISIS targets in Syria.", None, "Syria"),
        ("Russia captures Ukrainian town after air strike", "", "Russia", "Ukraine"),
        ("Rebels and Congo army trade artillery fire around Uvira despite Doha truce", "", "Congo", None),
        ("Israel says it killed rebel chief in Beirut strike", "", "Israel", "Lebanon"),
        ("British and French jets bomb arms store near Palmyra", "", "United Kingdom", "Syria"),
        ("UK, French jets bomb arms store near Palmyra", "", "United Kingdom", "Syria"),
        ("Romania spotted Russian drones striking Ukrainian ports", "", "Russia", "Ukraine"),
        ("Drone strike kills 24 in Kherson, Moscow-installed governor says", "", None, "Ukraine"),
        ("US military says four killed in new strike on suspected smugglers' boat", "", "United States", None),
        ("IDF says three Hezbollah men killed in Monday drone strike near Tyre, Lebanon", "", "Israel", "Lebanon"),
        ("IDF says three soldiers killed in drone strike near Tyre, Lebanon", "", None, "Lebanon"),
        ("Trump launches attack on Yemen", "Explosions were reported in Sanaa.", "United States", "Yemen"),
        ("Trump announces strikes on Yemen, says leader killed", "", "United States", "Yemen"),
        ("Trump condemns drone strike on Odesa", "", None, "Ukraine"),
        ("Pictures show ruins of US strikes on Yemen that left 40 dead", "", "United States", "Yemen"),
        ("Yemen says 30 people were killed in US attack", "", "United States", "Yemen"),
        ("Two leaders seized in 'large-scale strike' by US on Yemen", "", "United States", "Yemen"),
        ("Yemen denounces US 'military aggression' as explosions rock Sanaa", "", "United States", "Yemen"),
        (
            "Air strikes hit Yemen as tensions grow",
            "The Saudi Arabia-led coalition in Yemen carried out airstrikes against a rival group.",
            "Saudi Arabia",
            "Yemen",
        ),
    ],
)
def test_who_struck_whom(
    title: str, summary: str, actor: str | None, target: str | None, gazetteer: SqliteGazetteer
) -> None:
    report = read(gazetteer, title, summary)
    assert (report.actor, report.target) == (actor, target)


def test_the_other_strike_of_a_headline_keeps_its_own_number(gazetteer: SqliteGazetteer) -> None:
    report = read(gazetteer, "Over 70 killed in drone attack on mosque; army strike kills 8 in Nyala")
    assert report.killed
    assert report.killed.min == 71
    assert [(other.place.name, other.killed.min if other.killed else None) for other in report.others] == [("Nyala", 8)]


def test_a_seat_of_government_is_no_namesake_abroad(gazetteer: SqliteGazetteer) -> None:
    report = read(gazetteer, "Pakistan strikes Kabul days after suicide attack that killed 12 in Islamabad")
    assert [(other.place.name, other.place.country) for other in report.others] == [("Islamabad", "PK")]


@pytest.mark.parametrize(
    ("title", "summary", "status", "parties", "mediators"),
    [
        ("Ukraine will fight on if peace talks fail, minister vows", "", None, {"Ukraine"}, set()),
        ("Russia and Ukraine delegations end peace talks in Istanbul", "", None, {"Russia", "Ukraine"}, set()),
        ("Syrian delegation meets Israelis for peace talks in Paris", "", None, {"Syria", "Israel"}, set()),
        ("Kyiv hosts allies for talks on ending Russia's war", "", None, {"Ukraine", "Russia"}, set()),
        ("Israel and Hamas agree truce mediated by Qatar", "", "agreed", {"Israel", "Hamas"}, {"Qatar"}),
        ("Egypt hosts ceasefire talks between Israel and Hamas", "", None, {"Israel", "Hamas"}, {"Egypt"}),
        ("Sudan's army rejects US-backed truce proposal by RSF", "", "stalled", {"Sudan", "RSF"}, set()),
    ],
)
def test_who_talks(  # noqa: PLR0917  a table's columns
    title: str, summary: str, status: str | None, parties: set[str], mediators: set[str], gazetteer: SqliteGazetteer
) -> None:
    report = read(gazetteer, title, summary, kind="talks")
    assert (set(report.parties), set(report.mediators)) == (parties, mediators)
    assert status is None or report.status == status
    assert report.status != "collapsed"


@pytest.mark.parametrize(
    ("title", "venue"),
    [
        ("Geneva peace talks on Sudan open without army", "Geneva"),
        ("Zelensky to meet Trump in Florida on Sunday to discuss security guarantees", None),
        ("Envoys meet at Mar-a-Lago for Ukraine peace talks", "Mar-a-Lago"),
    ],
)
def test_where_talks_are_held(title: str, venue: str | None, gazetteer: SqliteGazetteer) -> None:
    report = read(gazetteer, title, kind="talks")
    assert (report.venue.name if report.venue else None) == venue
    assert report.place
    assert report.place.name in {venue, "Florida"}


@pytest.mark.parametrize("word", ["Seen", "More", "Market", "Union", "Dawn"])
def test_a_word_that_is_also_a_town_is_a_word(word: str, gazetteer: SqliteGazetteer) -> None:
    found = read(gazetteer, f"Rebels Hit in Air Strike Near Sanaa: {word}").place
    assert found
    assert found.name == "Sanaa"


def test_names_of_outlets_and_footers_are_no_further_places(gazetteer: SqliteGazetteer) -> None:
    titles: Sequence[str] = ("Missiles hit Kharkiv, killing two - Odesa Journal", "Missiles hit Kharkiv, killing two")
    footer = "The post Missiles hit Kharkiv appeared first on The Moscow Times."
    assert [read(gazetteer, title, footer).others for title in titles] == [(), ()]
