"""How our picture of an event changes as reports join it."""

from dataclasses import replace
from itertools import permutations

import pytest

from service.core.develop import OPERATOR, claims_of, develop
from service.core.event import Account, Change, Claim, Development, Event
from service.core.report import Count, Report
from tests.core.accounts import (
    CAIRO,
    GENEVA,
    KHARKIV,
    KYIV,
    NOON,
    SUMY,
    UKRAINE,
    account,
    at,
    count,
    entry_of,
    night,
    strike,
    talks,
)


class Story:
    """An event and its accounts so far, told one after another as the pipeline does."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.by_hand: list[Claim] = []
        self.event: Event | None = None

    def claims(self) -> list[Claim]:
        told = [
            claim
            for a in self.accounts
            for claim in claims_of(a.report, a.report_id, entry_of(a), copy=a.decision == "copy")
        ]
        return [*told, *self.by_hand]

    def tell(self, told: Account) -> Development | None:
        """Add an account, or replace the one with its report_id."""
        self.accounts = [other for other in self.accounts if other.report_id != told.report_id] + [told]
        return self.again()

    def again(self) -> Development | None:
        self.event, development = develop(self.event, 7, self.accounts, self.claims(), now=NOON)
        return development

    @property
    def now(self) -> Event:
        assert self.event
        return self.event


def story(*told: Account) -> Story:
    out = Story()
    for one in told:
        out.tell(one)
    return out


WIRE, DAILY, POST, DESK = "Northern Wire", "Meridian Daily", "Harbour Post", "Relief Desk"


def killed(report_id: int, outlet: str, low: int | None, high: int | None = -1, *, hours: float = 0) -> Account:
    return account(report_id, outlet, strike(place=KYIV, killed=count(low, high)), hours=hours)


def test_the_first_report_is_a_new_event_with_its_facts_and_their_sources() -> None:
    tale = Story()
    report = strike(
        place=KYIV, occurred=night(), weapon=("missile",), actor="Russia", killed=count(8, None), injured=count(38)
    )
    development = tale.tell(account(1, WIRE, report, title="BREAKING: Missiles hit Kyiv overnight - Northern Wire"))
    assert development
    assert (development.change, development.revision, development.material) == ("new", 1, True)
    assert development.reason == "first reported by Northern Wire"
    deltas = {delta.field: (delta.before, delta.after, delta.outlet) for delta in development.deltas}
    assert deltas["killed"] == (None, [8, None], WIRE)
    assert deltas["place"] == (None, "Kyiv", WIRE)
    assert (
        next(delta.quote for delta in development.deltas if delta.field == "killed") == "killed Count(min=8, max=None)"
    )
    event = tale.now
    assert event.headline == "Missiles hit Kyiv overnight"
    assert (event.place, event.occurred, event.actor, event.weapon) == (KYIV, night(), "Russia", ("missile",))
    assert (event.killed, event.injured) == (Count(8, None), Count(38, 38))
    assert (event.sources, event.reports, event.state, event.revision) == (1, 1, "live", 1)


@pytest.mark.parametrize(
    ("told", "expected", "why"),
    [
        ([(WIRE, 0, 1, 1)], (1, 1), "one figure is what it is"),
        ([(WIRE, 0, 8, None)], (8, None), "at least stays open"),
        ([(WIRE, 0, None, 8)], (None, 8), "up to stays open downwards"),
        ([(WIRE, 0, 1, 1), (DAILY, 1, 6, 6)], (6, 6), "twice as much outdates within half an hour"),
        ([(WIRE, 0, 1, 1), (DAILY, 1, 6, 6), (POST, 2, 9, 9)], (6, 9), "six and nine are disputed, one is stale"),
        ([(WIRE, 0, 6, 6), (DAILY, 1, 9, 9), (POST, 1.5, 9, 9)], (9, 9), "two outlets that say more outdate"),
        ([(WIRE, 0, 6, 6), (DAILY, 4, 9, 9)], (9, 9), "three hours outdate"),
        ([(WIRE, 0, 6, 6), (DAILY, 0.1, 9, 9)], (6, 9), "told together, both stand"),
        ([(WIRE, 0, 9, 9), (DAILY, 5, 6, 6)], (6, 9), "a newer lower figure disputes"),
        ([(WIRE, 0, 8, None), (DAILY, 0, 8, 8)], (8, 8), "exact where one says exactly"),
        ([(WIRE, 0, 3, 3), (DAILY, 5, 10_000, None)], (3, 10_000), "a figure far above the rest outdates nothing"),
        ([(WIRE, 0, 3, 3), (DAILY, 5, 90, 90), (POST, 6, 90, 95)], (90, 95), "until a second outlet says it too"),
        ([(WIRE, 0, 1, 1), (WIRE, 2, 6, 6), (WIRE, 3, 9, 9)], (9, 9), "an outlet's newer word replaces its older"),
        ([(WIRE, 0, 9, 9), (WIRE, 2, 6, 6)], (6, 6), "also downwards"),
    ],
)
def test_the_toll_is_what_sources_say_now(
    told: list[tuple[str, float, int | None, int | None]], expected: tuple[int, int], why: str
) -> None:
    tale = story(*(killed(n, outlet, low, high, hours=h) for n, (outlet, h, low, high) in enumerate(told, 1)))
    assert tale.now.killed == expected, why


def test_copies_add_neither_a_source_nor_a_figure() -> None:
    tale = story(killed(1, WIRE, 6), replace(killed(2, DAILY, 6), decision="copy"), killed(3, WIRE, 9, hours=1))
    assert tale.now.killed == (9, 9)
    assert (tale.now.sources, tale.now.reports) == (1, 3)


@pytest.mark.parametrize(
    ("first", "then", "change", "material"),
    [
        ({}, {"killed": count(1)}, "toll_changed", True),
        ({"killed": count(8)}, {"killed": count(9)}, "toll_changed", True),
        ({"killed": count(8, None)}, {"killed": count(15)}, "toll_changed", True),
        ({"killed": count(8, None)}, {"killed": count(8)}, "toll_changed", False),
        ({"killed": count(9)}, {"killed": count(6)}, "corrected", True),
        ({"killed": count(9)}, {}, "corrected", True),
        ({}, {"injured": count(3)}, "toll_changed", True),
        ({"injured": count(20)}, {"injured": count(24)}, "toll_changed", False),
        ({"injured": count(20)}, {"injured": count(25)}, "toll_changed", True),
        ({"injured": count(4)}, {"injured": count(6)}, "toll_changed", True),
        ({"killed": count(8)}, {"killed": count(8), "children_killed": count(2)}, "toll_changed", False),
        ({"place": UKRAINE}, {"place": KHARKIV}, "place_refined", True),
        ({}, {"place": UKRAINE}, "place_refined", False),
        ({"place": KHARKIV}, {"place": KYIV}, "corrected", True),
        ({}, {"actor": "Russia"}, "attributed", True),
        ({"actor": "Russia"}, {"actor": "Ukraine"}, "corrected", True),
    ],
)
def test_an_edit_is_told_when_the_picture_changed(
    first: dict[str, object],
    then: dict[str, object],
    change: Change,
    material: bool,  # noqa: FBT001
) -> None:
    tale = story(account(1, WIRE, strike(**first)))
    development = tale.tell(account(1, WIRE, strike(**then)))
    assert development
    assert (development.change, development.material, development.revision) == (change, material, 2)
    assert development.reason


def test_an_edit_of_the_text_alone_is_no_development() -> None:
    tale = story(account(1, WIRE, strike(place=KYIV), title="Missiles hit Kyiv"))
    assert tale.tell(account(1, WIRE, strike(place=KYIV), title="Missiles hit Kyiv, mayor says")) is None
    assert tale.now.revision == 1


def test_a_further_source_is_kept_but_not_told() -> None:
    tale = story(killed(1, WIRE, 6))
    development = tale.tell(killed(2, DAILY, 6, hours=1))
    assert development
    assert (development.change, development.material) == ("corroborated", False)
    assert tale.tell(replace(killed(3, POST, 6, hours=1), decision="copy")) is None


def test_a_rise_names_the_figure_the_outlet_and_the_quote() -> None:
    tale = story(killed(1, WIRE, 8, None))
    development = tale.tell(killed(2, DAILY, 15, hours=4))
    assert development
    delta = next(delta for delta in development.deltas if delta.field == "killed")
    assert (delta.before, delta.after, delta.outlet) == ([8, None], [15, 15], DAILY)
    assert delta.quote == "killed Count(min=15, max=15)"
    assert delta.url == "https://meridian.example/2"
    assert development.reason == "killed at least 8 → 15 (Meridian Daily)"


def test_an_implausible_figure_is_not_told() -> None:
    tale = story(killed(1, WIRE, 3))
    development = tale.tell(killed(2, DAILY, 10_000, None, hours=5))
    assert development
    assert not development.material


def test_the_place_is_the_most_exact_the_majority_allows() -> None:
    def placed(*places: object) -> Event:
        return story(*(account(n, f"Outlet {n}", strike(place=p)) for n, p in enumerate(places, 1))).now

    assert placed(UKRAINE, KHARKIV).place == KHARKIV
    assert placed(KHARKIV, KYIV).place == KHARKIV  # a tie goes to who came first
    assert placed(KHARKIV, KYIV, KYIV).place == KYIV
    assert placed(UKRAINE, UKRAINE, CAIRO).place == UKRAINE
    assert placed(*[UKRAINE] * 5, KYIV).place == UKRAINE  # one of many may be a dateline
    assert placed(*[UKRAINE] * 5, KYIV, KYIV).place == KYIV


def test_an_article_that_came_again_with_its_town_put_right_corrects_the_place() -> None:
    wrong = account(1, "Northern Wire", strike(place=KYIV, killed=count(3)), title="Kyiv clinic hit")
    right = account(2, "Northern Wire", strike(place=SUMY, killed=count(3)), hours=1, title="Sumy clinic hit")
    right = replace(right, canonical_url=wrong.canonical_url)
    told = story(wrong)
    development = told.tell(right)
    assert told.now.place == SUMY
    assert (told.now.headline, told.now.sources, told.now.reports) == ("Sumy clinic hit", 1, 2)
    assert development is not None
    assert development.change == "corrected"


def test_a_wave_that_hit_two_cities_is_not_a_correction() -> None:
    tale = story(account(1, WIRE, strike(place=SUMY)), account(2, DAILY, strike(place=KYIV)))
    development = tale.tell(account(3, POST, strike(place=KYIV)))
    assert development
    assert development.change != "corrected"
    assert not development.material


def test_a_time_days_before_it_was_told_is_not_believed() -> None:
    last_week = account(1, WIRE, strike(place=KYIV, occurred=night(-7)))
    assert story(last_week).now.occurred is None
    assert story(last_week, account(2, DAILY, strike(place=KYIV, occurred=night()))).now.occurred == night()


def test_confidence_grows_with_outlets_and_falls_with_denials() -> None:
    one, two = story(killed(1, WIRE, 6)), story(killed(1, WIRE, 6), killed(2, DAILY, 6))
    again = story(killed(1, WIRE, 6), killed(2, WIRE, 6))
    denied = story(killed(1, WIRE, 6), killed(2, DAILY, 6), account(3, POST, strike(stance="denies")))
    assert (one.now.confidence, two.now.confidence) == (0.54, 0.788)
    assert again.now.confidence == one.now.confidence
    assert denied.now.confidence == pytest.approx(0.788 * 0.6, abs=0.001)


def test_a_denial_is_kept_and_told_only_if_it_is_by_the_only_source() -> None:
    tale = story(killed(1, WIRE, 6))
    other = tale.tell(account(2, DAILY, strike(stance="denies", killed=count(0)), title="Army denies strike on Kyiv"))
    assert other
    assert (other.change, other.material) == ("denied", False)
    assert tale.now.killed == (6, 6)
    assert other.deltas[0].quote == "Army denies strike on Kyiv"
    alone = story(killed(1, WIRE, 6)).tell(account(2, WIRE, strike(stance="denies")))
    assert alone
    assert (alone.change, alone.material) == ("denied", True)


def test_a_retraction_by_the_only_source_retracts_the_event_and_keeps_what_was_said() -> None:
    tale = story(killed(1, WIRE, 6), replace(killed(2, DAILY, 6), decision="copy"))
    development = tale.tell(account(3, WIRE, strike(stance="retracts"), hours=2, title="Correction: no strike on Kyiv"))
    assert development
    assert (development.change, development.material) == ("retracted", True)
    assert development.deltas[0].after == "retracted"
    assert development.deltas[0].quote == "Correction: no strike on Kyiv"
    event = tale.now
    assert (event.state, event.confidence, event.sources) == ("retracted", 0.0, 0)
    assert (event.killed, event.place) == ((6, 6), KYIV)
    assert tale.again() is None


def test_an_only_account_that_is_edited_into_a_retraction_retracts_the_event() -> None:
    tale = story(account(1, WIRE, strike(place=KYIV, killed=count(6)), title="Strike on Kyiv kills six people"))
    development = tale.tell(account(1, WIRE, strike(stance="retracts"), title="Retracted: strike on Kyiv"))
    assert development
    assert development.change == "retracted"
    assert (tale.now.state, tale.now.headline) == ("retracted", "Strike on Kyiv kills six people")


def test_a_retraction_by_one_of_several_takes_only_its_own_word_back() -> None:
    tale = story(killed(1, WIRE, 9), killed(2, DAILY, 6))
    development = tale.tell(account(3, WIRE, strike(stance="retracts"), hours=2))
    assert development
    assert (development.change, development.material) == ("corrected", True)
    assert (tale.now.state, tale.now.killed, tale.now.sources) == ("live", (6, 6), 1)


def test_an_outlet_may_report_again_after_its_retraction() -> None:
    tale = story(killed(1, WIRE, 9), account(2, WIRE, strike(stance="retracts"), hours=1))
    development = tale.tell(killed(3, WIRE, 4, hours=2))
    assert development
    assert (development.change, development.material) == ("corrected", True)
    assert (tale.now.state, tale.now.killed) == ("live", (4, 4))


def test_what_an_operator_says_outweighs_every_source() -> None:
    tale = story(killed(1, WIRE, 9), killed(2, DAILY, 9))
    tale.by_hand = [by_hand("killed", [7, 7])]
    tale.again()
    assert tale.now.killed == (7, 7)
    tale.by_hand.append(by_hand("state", "retracted"))
    development = tale.again()
    assert development
    assert development.change == "retracted"
    assert tale.tell(killed(3, POST, 12)) is None


def by_hand(field: str, value: object) -> Claim:
    return Claim(field=field, value=value, report_id=0, entry_id=0, outlet=OPERATOR, url=None, quote="", told_at=at(24))


def meeting(report_id: int, outlet: str, status: str, *, hours: float) -> Account:
    return account(
        report_id, outlet, talks(status=status, parties=("Northland", "Southland"), place=GENEVA), hours=hours
    )


def test_talks_move_forward_and_a_late_preview_does_not_turn_them_back() -> None:
    tale = story(meeting(1, WIRE, "proposed", hours=0))
    scheduled = tale.tell(meeting(2, DAILY, "scheduled", hours=1))
    assert scheduled
    assert (scheduled.change, scheduled.material) == ("status_changed", True)
    late = tale.tell(meeting(3, POST, "proposed", hours=2))
    assert late
    assert not late.material
    tale.tell(meeting(4, WIRE, "agreed", hours=9))
    collapsed = tale.tell(meeting(5, WIRE, "collapsed", hours=30))
    assert collapsed
    assert collapsed.deltas[0].before == "agreed"
    assert tale.now.status == "collapsed"
    assert tale.now.parties == ("Northland", "Southland")


def test_the_same_set_gives_the_same_picture_in_any_order() -> None:
    told = [
        account(1, WIRE, strike(place=UKRAINE, killed=count(1), weapon=("drone",)), title="Drones hit Kharkiv"),
        account(2, DAILY, strike(place=KHARKIV, killed=count(6), actor="Russia", occurred=night()), hours=1),
        account(3, POST, strike(place=KHARKIV, killed=count(9, None), weapon=("missile",)), hours=2),
        account(4, WIRE, strike(stance="retracts"), hours=3),
        account(5, DESK, strike(stance="denies"), hours=4),
    ]
    pictures = set()
    for order in permutations(told):
        tale = Story()
        tale.accounts = list(order)
        claims = tale.claims()[::-1]
        pictures.add(develop(None, 7, tale.accounts, claims, now=NOON)[0])
    assert len(pictures) == 1


def test_a_merged_event_is_left_alone() -> None:
    tale = story(killed(1, WIRE, 9))
    tale.event = replace(tale.now, state="merged", merged_into=3)
    assert tale.tell(killed(2, DAILY, 12)) is None
    assert tale.now.killed == (9, 9)


def test_a_headline_stays_while_its_account_stands() -> None:
    first = account(1, WIRE, strike(place=KYIV), title="Missiles hit Kyiv, several dead - Northern Wire", hours=1)
    tale = story(first, account(2, DAILY, strike(place=KYIV), title="Eight dead in attack on Kyiv", hours=0))
    assert tale.now.headline == "Missiles hit Kyiv, several dead"
    tale.tell(account(3, WIRE, strike(stance="retracts"), hours=2))
    assert tale.now.headline == "Eight dead in attack on Kyiv"


def test_claims_hold_json_values_and_quotes() -> None:
    report: Report = strike(place=KYIV, killed=count(8, None), weapon=("drone", "missile"), occurred=night())
    claims = {c.field: c for c in claims_of(report, 3, entry_of(account(3, WIRE, report)), copy=True)}
    assert claims["killed"].value == [8, None]
    assert claims["killed"].quote == "killed Count(min=8, max=None)"
    assert claims["weapon"].value == ["drone", "missile"]
    assert claims["place"].value == "Kyiv"
    assert claims["occurred"].value == {"from": "2026-03-03T18:00Z", "to": "2026-03-04T06:00Z"}
    assert all(claim.copy and claim.report_id == 3 for claim in claims.values())
