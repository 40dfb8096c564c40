"""The signs beside place, time, sides and toll: what was hit, and whether a title speaks of what came after."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from service.core.event import Link
from service.core.link.cues import follows
from service.core.link.objects import objects
from service.core.link.question import Question
from service.core.link.where import OTHER_CITY, elsewhere, where
from service.core.report import Place, Report
from tests.core.accounts import CAIRO, GENEVA, KHARKIV, UKRAINE, account, count, night, strike, talks
from tests.core.test_link import ask, daily, known, wire


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Strikes on two drug boats", {"boat"}),
        ("Удар по готелю та залізничному вокзалу", {"hotel", "rail"}),
        ("Беспилотники атаковали нефтезавод", {"oil"}),
        ("قصف مستشفى ومدرسة", {"hospital"}),
        ("Une école et un hôpital touchés", {"school", "hospital"}),
        ("Drohnen treffen Krankenhaus", {"hospital"}),
        ("Ataque a la refinería y al mercado", {"oil", "market"}),
        ("Atak na szpital i rafinerię", {"hospital", "oil"}),
        ("Targets marked, campaign training shipped, portrayed as business", set()),
        ("The White House said the world powers met", set()),
    ],
)
def test_what_was_hit_is_read_in_every_language(text: str, found: set[str]) -> None:
    assert objects(text) == found


@pytest.mark.parametrize(
    "title",
    [
        "Death toll from Kharkiv strike rises to nine",
        "Coast Guard suspends search for survivors",
        "Kharkiv mourns nine killed in missile strike",
        "Число погибших в Харькове выросло до девяти",
    ],
)
def test_a_title_may_speak_of_what_came_after(title: str) -> None:
    assert follows(title)


@pytest.mark.parametrize(
    "title", ["Missile hits apartment block in Kharkiv, six dead", "Drones strike Kharkiv for second night"]
)
def test_or_of_the_strike_itself(title: str) -> None:
    assert not follows(title)


SUMY = Place(name="Sumy", country="UA", lat=50.92, lon=34.8, precision="city", admin="02")
SUBURB = Place(name="Pisochyn", country="UA", lat=49.95, lon=36.09, precision="city", admin="07")
AROUND = replace(KHARKIV, name="Kharkiv Oblast", precision="region")
PLACES = (None, KHARKIV, SUMY, SUBURB, AROUND, UKRAINE, CAIRO, GENEVA)


@pytest.mark.parametrize("slots", [{}, {"actor": "Ukraine"}, {"target": "Kharkiv"}, {"killed": count(3)}])
def test_what_is_elsewhere_is_known_without_weighing(slots: dict[str, Any]) -> None:
    """The short way says what the long one says."""
    for ours, theirs in product(PLACES, PLACES):
        told = strike(place=theirs, several=bool(slots.get("killed")))
        candidate = known(wire(told, title="Missile hits a town", summary="It was hit, it said."))
        question = Question(report=strike(place=ours, **slots), told_at=candidate.event.last_seen)
        weighed = where(question, candidate)
        assert elsewhere(question, candidate) == (weighed.veto or weighed.weight <= OTHER_CITY), (ours, theirs)


US = strike(actor="United States", target="Venezuela")
FIRST = wire(US, title="United States strikes boats in the Caribbean", summary="Two vessels were destroyed, it said.")


def told_next_day(title: str, report: Report = US) -> Link:
    return ask(daily(report, hours=26, title=title, summary="The vessels were hit in the Caribbean."), known(FIRST))


def test_a_follow_up_without_a_place_is_joined_by_who_did_it_and_what_was_hit() -> None:
    assert told_next_day("Search for survivors of boats struck by United States goes on").decision == "joined"


def test_the_same_sides_and_target_the_next_day_are_another_strike_unless_it_is_a_follow_up() -> None:
    assert told_next_day("United States strikes more boats").event_id is None


def test_time_and_target_alone_join_nothing() -> None:
    one = wire(strike(), title="Refinery burns after strike", summary="The refinery was hit in the morning.")
    two = daily(strike(), hours=1, title="Refinery on fire", summary="A refinery was hit by a strike, it is said.")
    assert ask(two, known(one)).event_id is None


def test_what_may_be_an_old_story_hides_no_new_strike() -> None:
    """A late report that was started as perhaps the old event's own is no strike of its own day."""
    old = known(replace(wire(strike(place=KHARKIV, actor="Russia")), title="Missile hits Kharkiv flats"), event_id=1)
    late = known(
        replace(daily(strike(place=KHARKIV), hours=70), title="Three more bodies found at Kharkiv flats"), event_id=2
    )
    late = replace(late, event=replace(late.event, possibly=1))
    told = account(
        3, "Harbour Post", strike(place=KHARKIV, actor="Russia"), hours=80, title="Drones set Kharkiv depot ablaze"
    )
    assert ask(told, late, old).event_id is None
    assert ask(told, replace(late, event=replace(late.event, possibly=None)), old).event_id == 2


def test_an_outlet_that_writes_its_text_on_adds_what_is_new_in_it() -> None:
    first = wire(strike(place=KHARKIV), title="Missile hits grain store near Kharkiv, say officials")
    rose = account(2, "Northern Wire", strike(place=KHARKIV, killed=count(2)), hours=1, title=first.title)
    same = account(3, "Northern Wire", strike(place=KHARKIV), hours=1, title=first.title)
    assert ask(rose, known(first)).decision == "joined"
    assert ask(same, known(first)).decision == "copy"


def test_what_an_aggregator_shows_leads_to_a_source_and_is_none() -> None:
    first = wire(strike(place=KHARKIV, actor="Russia"), title="Missile hits Kharkiv grain store")
    shown = replace(
        daily(strike(place=KHARKIV, actor="Russia"), title="Grain store burns in Kharkiv after strike"),
        url="https://news.google.com/rss/articles/xyz",
    )
    assert ask(shown, known(first)).decision == "copy"
    with_toll = replace(shown, report=replace(shown.report, killed=count(3)))
    assert ask(with_toll, known(first)).decision == "joined"
    both = known(replace(shown, decision="new"), replace(first, report_id=9))
    assert (both.event.sources, both.event.reports) == (1, 2)
    assert known(replace(shown, decision="new")).event.sources == 1


OCEAN = Place(name="Pacific Ocean", country="", lat=0.0, lon=-150.0, precision="region")
NORTHLAND = Place(name="Northland", country="NL", lat=60.0, lon=10.0, precision="country")
EASTLAND = Place(name="Eastland", country="EL", lat=40.0, lon=90.0, precision="country")
AT_SEA = wire(
    strike(place=OCEAN, actor="Northland", killed=count(3)),
    title="Northland's navy blows up a smugglers' boat in the Pacific",
    summary="Three were killed and two are missing, the admiralty said.",
)


def test_another_boat_on_the_next_day_is_another_strike_though_as_many_died() -> None:
    next_boat = strike(place=OCEAN, actor="Northland", killed=count(3))
    title = "Northland's navy sinks another smugglers' boat, three killed"
    assert ask(daily(next_boat, hours=20, title=title), known(AT_SEA)).decision != "joined"


@pytest.mark.parametrize(
    ("title", "event_id"),
    [
        ("Island states condemn attack on Kharkiv, urge Northland to show restraint", 1),
        ("Missile hits Kharkiv block, five dead", None),
    ],
)
def test_a_reaction_has_a_day_of_its_own(title: str, event_id: int | None) -> None:
    """The words of a reaction name the day it was said: that is no other strike, but while the first is spoken of."""
    first = strike(place=KHARKIV, actor="Russia", target="Ukraine", occurred=night(), killed=count(6))
    later = strike(place=KHARKIV, actor="Russia", target="Ukraine", occurred=night(1))
    told = daily(later, hours=20, title=title, summary="The attack on Kharkiv killed six.")
    assert ask(told, known(wire(first, title="Six dead in Kharkiv"))).event_id == event_id


def test_a_search_after_the_latest_strike_is_of_the_known_one() -> None:
    told = daily(US, hours=10, title="Hopes fade in search for survivors of latest boat strike by United States")
    assert ask(told, known(FIRST)).event_id == 1


@pytest.mark.parametrize(
    ("title", "decision"),
    [
        ("Northland begins strikes on Hill Guard posts in Eastland", "joined"),
        ("Hill Guard begins strikes on posts in Eastland", "possibly"),
    ],
)
def test_who_was_struck_is_easily_taken_for_who_struck_where_a_text_names_both(title: str, decision: str) -> None:
    first = strike(place=EASTLAND, actor="Hill Guard", target="Eastland")
    asked = wire(first, title=title, summary="Jets were heard.")
    told = strike(place=EASTLAND, actor="Northland", target="Eastland")
    found = ask(daily(told, hours=5, title="Northland's strikes in Eastland", summary="Blasts."), known(asked))
    assert found.decision == decision, found


SWITZERLAND = Place(name="Switzerland", country="CH", lat=47.0, lon=8.0, precision="country")


def test_talks_known_by_the_country_and_by_the_city_they_are_held_in_are_one() -> None:
    first = talks(place=SWITZERLAND, venue=SWITZERLAND, parties=("Northland", "Southland"), status="scheduled")
    second = replace(first, place=GENEVA, venue=GENEVA)
    asked = wire(first, title="Northland and Southland to hold truce talks in Switzerland")
    told = daily(second, hours=60, title="Envoys of Northland head to Geneva for truce talks")
    assert ask(told, known(asked)).decision == "joined"


@pytest.mark.parametrize(("others", "decision"), [(0, "joined"), (1, "possibly")])
def test_talks_of_two_who_talk_of_nothing_else_are_likelier_the_same(others: int, decision: str) -> None:
    first = talks(place=GENEVA, parties=("Northland", "Southland"), mediators=("Islands",))
    other = known(wire(talks(place=CAIRO, parties=("Northland", "Southland"))), event_id=2)
    asked = known(wire(first, title="Northland and Southland plan talks in Geneva, mediated by Islands"))
    told = replace(first, place=NORTHLAND, status="under_way")
    title = "Southland, Northland discuss security through envoys"
    summary = "They met behind closed doors in a villa by the lake."
    found = ask(daily(told, hours=21, title=title, summary=summary), asked, *[other] * others)
    assert (found.decision, found.event_id or found.possibly) == (decision, 1), found


def test_the_names_of_a_war_are_no_sign_of_one_strike() -> None:
    """Its country and its sides are the same each day: a report of no town and no time may be of another."""
    sides: dict[str, Any] = {"place": UKRAINE, "actor": "Russia", "target": "Ukraine", "weapon": ("drone",)}
    first = wire(strike(occurred=night(), **sides), hours=-6, title="Russia sends 200 drones at Ukraine overnight")
    wave = known(first, *(account(n, f"Wire {n}", strike(**sides), hours=-3, title=f"Wave {n}") for n in range(3, 8)))
    told = daily(strike(**sides), hours=20, title="Jets scrambled after Russian drone attack")
    assert ask(told, wave).event_id is None
    assert ask(replace(told, told_at=first.told_at), wave).event_id == 1


def test_a_denial_needs_no_more_than_the_town_of_what_it_denies() -> None:
    struck = known(wire(strike(place=KHARKIV, occurred=night(), killed=count(3)), title="Market bombed"))
    denied = replace(strike(place=KHARKIV), stance="denies")
    assert ask(daily(denied, hours=20, title="الجيش ينفي", lang="ar"), struck).event_id == 1
    nearby = replace(denied, place=UKRAINE)
    assert ask(daily(nearby, hours=20, title="الجيش ينفي", lang="ar"), struck).event_id is None
    assert ask(daily(strike(place=KHARKIV), hours=20, title="قصف", lang="ar"), struck).event_id is None
