"""The facts of a report, and the words they came from."""

from datetime import UTC, datetime, timedelta

import pytest

from service.core.extract import place_names
from service.core.report import Count, Report
from tests.core.reading import THURSDAY, english, entry, reports

STRIKE = "Russian missiles hit Odesa"


def strike(title: str = STRIKE, summary: str = "", content: str = "", *, at: datetime = THURSDAY) -> Report:
    found = reports(title, summary, content, at=at)
    assert [report.kind for report in found] == ["strike"]
    return found[0]


@pytest.mark.parametrize(
    ("words", "killed", "injured", "children"),
    [
        ("At least eight people were killed.", (8, None), None, None),
        ("Eight people were killed.", (8, 8), None, None),
        ("Missiles killed at least eight people, including two children.", (8, None), None, (2, 2)),
        ("Eight people, two of them children, were killed.", (8, 8), None, (2, 2)),
        ("Dozens were killed.", (24, None), None, None),
        ("Several people were injured.", None, (3, None), None),
        ("More than 20 people were killed.", (21, None), None, None),
        ("Up to 20 people were killed.", (None, 20), None, None),
        ("As many as 20 people were wounded.", None, (None, 20), None),
        ("Between 16 and 25 people died.", (16, 25), None, None),
        ("The attack killed three and wounded 12.", (3, 3), (12, 12), None),
        ("Three killed, 12 wounded in the attack.", (3, 3), (12, 12), None),
        ("The strike killed twenty-two people and injured more than a hundred.", (22, 22), (101, None), None),
        ("Two dozen people were killed.", (24, 24), None, None),
        ("The missiles killed 1,200 people.", (1200, 1200), None, None),
        ("The death toll has risen to 15.", (15, 15), None, None),
        ("The death toll stood at 15.", (15, 15), None, None),
        ("A child was killed.", (1, 1), None, (1, 1)),
        ("A 54-year-old woman was killed.", (1, 1), None, None),
        ("The missile killed a woman and two men.", (3, 3), None, None),
        ("Eight children and three adults were killed.", (11, 11), None, (8, 8)),
        ("Missiles claimed the lives of six people.", (6, 6), None, None),
        ("No one was killed in the missile attack.", None, None, None),
        ("Nobody was hurt, though 20 drones were destroyed.", None, None, None),
        ("More than 70,000 people have been killed since the war began.", None, None, None),
        ("In 2014, a missile killed 298 people.", None, None, None),
        ("The strikes hit 12 homes and 3 schools.", None, None, None),
        ("A missile hit a bus carrying 40 people, killing 12.", (12, 12), None, None),
        ("Twenty-three people, nine of them women, died.", (23, 23), None, None),
        ("One person was killed and another was injured.", (1, 1), (1, 1), None),
        ("The missile killed a family of six.", (6, 6), None, None),
        ("The missiles killed scores of people.", (40, None), None, None),
        ("Among the 15 killed in the missile strike were four women.", (15, 15), None, None),
        ("Missile strikes since Friday have killed more than 400. Sunday's strike killed nine.", (9, 9), None, None),
    ],
)
def test_a_number_is_tied_to_its_harm(
    words: str,
    killed: tuple[int | None, int | None] | None,
    injured: tuple[int | None, int | None] | None,
    children: tuple[int | None, int | None] | None,
) -> None:
    report = strike(summary=words)
    assert report.killed == (Count(*killed) if killed else None)
    assert report.injured == (Count(*injured) if injured else None)
    assert report.children_killed == (Count(*children) if children else None)


def test_a_headline_without_its_at_least_gets_it_from_the_text() -> None:
    assert strike("Missiles kill eight in Odesa", "At least eight people were killed.").killed == Count(8, None)


def test_a_counted_number_replaces_a_vague_one() -> None:
    assert strike("Dozens killed as missiles hit Odesa", "At least 40 people died.").killed == Count(40, None)


@pytest.mark.parametrize(
    ("title", "killed"),
    [
        ("Missile strike kills security officer in Odesa", 1),
        ("Missile kills woman, two children in Odesa", 3),
        ("Mother and toddler, 3, killed by Russian missile in Odesa", 2),
        ("Missile strike kills couple in Odesa", 2),
        ("Missile kills family of six in Odesa", 6),
    ],
)
def test_a_headline_may_name_the_dead_instead_of_counting_them(title: str, killed: int) -> None:
    assert strike(title).killed == Count(killed, killed)


@pytest.mark.parametrize(
    ("title", "summary", "attribution"),
    [
        ("Russian missiles hit Odesa", "", None),
        ("Houthis claim responsibility for missile strike on Odesa", "", "claimed"),
        ("Missiles hit Odesa", "Ukraine blamed Russia for the missile strike.", "accused"),
        ("Russia denies striking Odesa with missiles", "", "denied"),
    ],
)
def test_it_is_said_how_the_actor_is_known(title: str, summary: str, attribution: str | None) -> None:
    assert strike(title, summary).attribution == attribution


@pytest.mark.parametrize(
    ("title", "weapon"),
    [
        ("Russian missiles and drones hit Odesa", ("missile", "drone")),
        ("Israeli air strike kills four", ("air",)),
        ("Artillery shelling kills two in Odesa", ("artillery",)),
        ("Naval drones hit warship, two killed", ("naval",)),
        ("Glide bombs kill two in Odesa", ("bomb",)),
    ],
)
def test_weapons_are_named(title: str, weapon: tuple[str, ...]) -> None:
    assert strike(title).weapon == weapon


@pytest.mark.parametrize(
    ("title", "actor", "target"),
    [
        ("Russia strikes Ukraine with missiles", "Russia", "Ukraine"),
        ("Ukraine hit by Russian drones", "Russia", "Ukraine"),
        ("Israeli air strike on Gaza kills two", "Israel", "Palestine"),
        ("Russia shoots down Ukrainian drones", "Ukraine", "Russia"),
        ("Three killed in Ukrainian drone attack on Moscow", "Ukraine", "Russia"),
        ("Houthis launch missile at Israel", "Houthis", "Israel"),
        ("Ukrainian town struck by Russian bombs", "Russia", "Ukraine"),
        ("Russian missiles hit Odesa", "Russia", "Ukraine"),
    ],
)
def test_the_voice_says_who_struck_whom(title: str, actor: str, target: str) -> None:
    report = strike(title)
    assert (report.actor, report.target) == (actor, target)


def test_countries_vote_among_namesakes() -> None:
    place = strike("Russian missiles hit Odesa").place
    assert place is not None
    assert (place.name, place.country) == ("Odesa", "UA")


@pytest.mark.parametrize(
    "title",
    [
        "Russian strike on Ukrainian port kills two",  # the people alone, no place
        "Ukraine accuses Russia of bombing residential areas",
        "Russia bombs Ukraine, saying it hit an arms depot",
        "Russian strike on US-backed forces in Ukraine kills two",
        "Leaders react to Ukraine missile strikes",
    ],
)
def test_the_country_is_the_one_that_was_struck(title: str) -> None:
    place = strike(title).place
    assert place is not None
    assert (place.country, place.precision) == ("UA", "country")


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Russia rejects Ukraine peace plan", "Moscow said it would not sign."),
        ("Peace talks on war in Ukraine stall", "The Kremlin blamed the envoys."),
    ],
)
def test_talks_without_a_host_are_in_the_country_the_war_is_in(title: str, summary: str) -> None:
    (report,) = reports(title, summary)
    assert report.place is not None
    assert report.place.country == "UA"


def test_talks_are_where_they_are_held_though_nobody_names_that_country() -> None:
    (report,) = reports("Sudan's army and RSF to hold truce talks in Odesa")
    assert report.place is not None
    assert report.place.name == "Odesa"


def test_a_capital_that_speaks_is_no_place() -> None:
    place = strike("Drones hit Odesa, Kyiv says", "Moscow claims it struck a port.").place
    assert place is not None
    assert place.name == "Odesa"


def test_the_capital_is_that_of_the_country_that_was_struck() -> None:
    place = strike("Russian missiles pound Ukraine's capital").place
    assert place is not None
    assert place.name == "Kyiv"


KYIV_NIGHT = (datetime(2025, 8, 27, 18, tzinfo=UTC), datetime(2025, 8, 28, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    ("words", "start", "hours"),
    [
        ("Missiles struck the city overnight.", KYIV_NIGHT[0], 12),
        ("Missiles struck on Wednesday.", datetime(2025, 8, 26, 22, tzinfo=UTC), 24),
        ("Missiles struck early on Thursday.", datetime(2025, 8, 27, 22, tzinfo=UTC), 9),
        ("Missiles struck late on Monday.", datetime(2025, 8, 25, 15, tzinfo=UTC), 7),
        ("Missiles struck on Wednesday night.", datetime(2025, 8, 27, 16, tzinfo=UTC), 14),
        ("Missiles struck overnight, officials said on Thursday.", KYIV_NIGHT[0], 12),
    ],
)
def test_words_of_time_become_an_interval_at_the_place(words: str, start: datetime, hours: int) -> None:
    occurred = strike("Russian missiles hit Kyiv", words).occurred
    assert occurred is not None
    assert (occurred.start, occurred.end - occurred.start) == (start, timedelta(hours=hours))


def _at(day: int, hour: int) -> datetime:
    """Return a time of August 2025 in Kyiv, which is two hours ahead by its longitude."""
    return datetime(2025, 8, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 2)


WEEKDAYS = {"Friday": 22, "Saturday": 23, "Sunday": 24, "Monday": 25, "Tuesday": 26, "Wednesday": 27, "Thursday": 28}
PARTS = {
    "on {day}": (0, 24),
    "{day}": (0, 24),
    "early on {day}": (0, 9),
    "before dawn on {day}": (0, 9),
    "in the early hours of {day}": (0, 9),
    "on {day} morning": (0, 12),
    "on {day} afternoon": (12, 18),
    "on {day} evening": (17, 24),
    "late on {day}": (17, 24),
    "overnight on {day}": (-4, 8),
    "overnight into {day}": (-4, 8),
    "on {day} night": (18, 32),
}


@pytest.mark.parametrize("weekday", WEEKDAYS)
@pytest.mark.parametrize("words", PARTS)
def test_every_part_of_every_weekday_is_the_latest_one(words: str, weekday: str) -> None:
    occurred = strike("Russian missiles hit Kyiv", f"Missiles struck the city {words.format(day=weekday)}.").occurred
    start, end = (_at(WEEKDAYS[weekday], hour) for hour in PARTS[words])
    to_come = start > THURSDAY  # told hours before it began, by a feed's clock: then it may be the day before
    assert occurred == (start - timedelta(days=to_come), end)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("last night", (27, 20), (28, 8)),
        ("today", (28, 0), (29, 0)),
        ("this morning", (28, 0), (28, 12)),
        ("yesterday", (27, 0), (28, 0)),
        ("two days ago", (26, 0), (27, 0)),
        ("on August 20", (20, 0), (21, 0)),
        ("on Aug. 20", (20, 0), (21, 0)),
        ("on 20 August", (20, 0), (21, 0)),
        ("on the night of August 26", (26, 18), (27, 8)),
        ("in the night from Tuesday to Wednesday", (26, 20), (27, 8)),
        ("over the weekend", (23, 0), (25, 0)),
        ("at dawn", (28, 0), (28, 12)),
        ("in the evening", (27, 17), (27, 24)),
    ],
)
def test_other_words_of_time(words: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    occurred = strike("Russian missiles hit Kyiv", f"Missiles struck the city {words}.").occurred
    assert occurred == (_at(*start), _at(*end))


def test_since_dawn_is_until_it_was_told_or_the_day_was_over() -> None:
    assert strike("Russian missiles hit Kyiv", "Missiles have struck the city since dawn.").occurred == (
        _at(28, 4),
        THURSDAY,
    )
    assert strike("Russian missiles hit Kyiv", "Missiles struck the city since dawn on Wednesday.").occurred == (
        _at(27, 4),
        _at(28, 0),
    )


def test_no_such_day_is_no_time() -> None:
    assert strike(summary="Missiles struck on February 30.").occurred is None


def test_a_day_on_which_somebody_spoke_is_not_the_day_it_happened() -> None:
    assert strike(summary="Missiles struck the port, officials said on Tuesday.").occurred is None


@pytest.mark.parametrize(
    ("title", "status", "parties"),
    [
        ("Sudan and RSF agree to ceasefire", "agreed", ("Sudan", "RSF")),
        ("Russia and Ukraine to hold peace talks on Friday", "scheduled", ("Russia", "Ukraine")),
        ("Truce between Israel and Hezbollah extended", "extended", ("Israel", "Hezbollah")),
        ("Ceasefire between Thailand and Cambodia collapses", "collapsed", ("Thailand", "Cambodia")),
        ("Israel accused of violating ceasefire with Lebanon", "violated", ("Israel", "Lebanon")),
        ("Russia rejects Ukrainian ceasefire proposal", "stalled", ("Russia", "Ukraine")),
        ("Ukraine's allies in Kyiv for talks on plan to end war", "under_way", ("Ukraine",)),
        ("Israel-Syria talks planned in Paris next month", "scheduled", ("Israel", "Syria")),
        ("Syrian team engaged in fresh peace negotiations with Israel", "under_way", ("Syria", "Israel")),
    ],
)
def test_talks_have_a_status_and_parties(title: str, status: str, parties: tuple[str, ...]) -> None:
    found = reports(title)
    assert [(report.kind, report.status) for report in found] == [("talks", status)]
    assert set(found[0].parties) == set(parties)


def test_mediators_are_no_parties() -> None:
    (report,) = reports("Congo and M23 sign truce", "The ceasefire was brokered by Qatar and the United States.")
    assert report.mediators == ("Qatar", "United States")
    assert set(report.parties) == {"Congo", "M23"}


def test_place_names_are_few_however_long_the_text() -> None:
    names = place_names(entry(STRIKE, "Odesa Kyiv Lviv Sumy " * 50, "Alpha Beta Gamma Delta " * 50_000), english())
    assert {"odesa", "kyiv", "ukraine"} & names
    assert len(names) <= 500


def test_quotes_stand_where_they_are_said_to_stand_even_beside_markup() -> None:
    told = entry(STRIKE, "“İzmir” &amp; <b>At least eight</b> people were killed &mdash; in Odesa’s port.")
    found = reports(told.title, told.summary)
    for item in found[0].evidence:
        assert getattr(told, item.where)[item.start : item.end] == item.quote


def test_what_is_planned_next_leaves_those_who_met_met() -> None:
    [report] = reports(
        "Ukraine's allies and their advisers in Kyiv",
        "Advisers met in Kyiv for peace talks with Russia in mind, the first of several planned for the new year. "
        "Britain, France and Germany joined the meeting.",
    )
    assert (report.status, report.parties[:2]) == ("under_way", ("Ukraine", "Russia"))
