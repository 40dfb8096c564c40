"""Operators and events on the pages: merged by a pasted link, split, corrected, retracted, undone. Without script."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from service.core.event import Act, Event
from service.core.report import Count
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.settings import Settings
from service.web import create_app, serve
from tests.web.conftest import TestSite
from tests.web.story import KHARKIV, NOW, Told

TOKEN = "a-long-operator-token"


@pytest.fixture
def guarded(site: TestSite) -> Iterator[httpx.Client]:
    """The site with an operator's token, for somebody who is not signed in."""
    site.settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN)
    with serve(create_app(site), "127.0.0.1", 0) as server, httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.headers["Accept"] = "text/html"
        yield browser


@pytest.fixture
def desk(guarded: httpx.Client) -> httpx.Client:
    guarded.post("/sign-in", data={"token": TOKEN, "name": "ada"})
    return guarded


@pytest.fixture
def twin(site: TestSite, told: Told) -> int:
    """An event that may be the same as the strike."""
    with site.store.write() as tx:
        reports = tx.events.accounts(told.strike)
        twin = tx.events.create(
            Event(
                event_id=0,
                kind="strike",
                headline="Flats hit in the east of Kharkiv",
                place=KHARKIV,
                first_seen=NOW,
                last_seen=NOW,
                possibly=told.strike,
            )
        )
        tx.events.move([reports[-1].report_id], twin)
    return twin


def press(browser: httpx.Client, on: str, to: str, **filled: object) -> httpx.Response:
    """Send the form of a page that goes to this address, filled in."""
    text = browser.get(on).text
    form = re.search(rf'<form[^>]*action="{re.escape(to)}".*?</form>', text, re.DOTALL)
    assert form, (to, text)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return browser.post(to, data=hidden | filled)


def after(browser: httpx.Client, answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"]).text


def event(site: TestSite, event_id: int) -> Event:
    with site.store.read() as tx:
        return tx.events.get(event_id)


def acts(site: TestSite, event_id: int) -> list[Act]:
    with site.store.read() as tx:
        return list(tx.events.acts(event_id, limit=50))


def test_readers_see_no_forms_and_are_told_how_to_sign_in(guarded: httpx.Client, told: Told) -> None:
    text = guarded.get(f"/events/{told.strike}").text
    assert "Merge" not in text
    assert f"/sign-in?to=/events/{told.strike}" in text
    assert "Sign in to merge" not in guarded.get(f"/e/{told.strike}").text


def test_two_events_are_merged_by_a_pasted_link_and_the_old_address_leads_on(
    desk: httpx.Client, site: TestSite, told: Told, twin: int
) -> None:
    page = f"/events/{told.strike}"
    pasted = f"{desk.base_url}/events/{twin}?done=3#x"
    text = after(desk, press(desk, page, f"{page}/merge", other=pasted, reason="one block"))
    assert f"Event {twin} was merged into this one. Nothing was sent." in text
    for address in (f"/events/{twin}", f"/e/{twin}"):
        assert desk.get(address).headers["location"].endswith(f"/{told.strike}")
    assert event(site, told.strike).reports == 3
    undo = re.search(rf"{page}/undo/\d+", text)
    assert undo
    assert "Undone" in after(desk, press(desk, page, undo[0]))
    assert event(site, twin).state == "live"


def test_what_may_be_one_is_a_queue_and_leaves_it_either_way(
    desk: httpx.Client, site: TestSite, told: Told, twin: int
) -> None:
    assert f'href="/events/{twin}"' in desk.get("/events?state=review").text
    assert f'href="/events/{told.talks}"' not in desk.get("/events?state=review").text
    assert "1 may be the same as another event" in desk.get("/events").text
    page = f"/events/{twin}"
    assert f'Possibly the same as <a href="/events/{told.strike}"' in desk.get(page).text
    text = after(desk, press(desk, page, f"{page}/part"))
    assert f"This event and {told.strike} were said to be two" in text
    assert "Nothing is left to review" in desk.get("/events?state=review").text
    with site.store.read() as tx:
        assert frozenset({twin, told.strike}) in tx.events.tied("strike", together=False)
    undo = re.search(rf"{page}/undo/\d+", text)
    assert undo
    after(desk, press(desk, page, undo[0]))
    assert event(site, twin).possibly == told.strike


def test_a_report_is_taken_out_or_split_off(desk: httpx.Client, site: TestSite, told: Told) -> None:
    page = f"/events/{told.strike}"
    with site.store.read() as tx:
        last = tx.events.accounts(told.strike)[-2].report_id
    assert "A report was taken out" in after(desk, press(desk, page, f"{page}/reports/{last}/remove"))
    assert event(site, told.strike).reports == 2
    with site.store.read() as tx:
        other = tx.events.accounts(told.strike)[-1].report_id
    text = after(desk, press(desk, page, f"{page}/split", reports=[other], reason="another block"))
    assert "1 report was split off as event" in text
    assert event(site, told.strike).reports == 1


def test_a_fact_is_corrected_and_an_event_retracted(desk: httpx.Client, site: TestSite, told: Told) -> None:
    page = f"/events/{told.strike}"
    assert "Killed was corrected" in after(desk, press(desk, page, f"{page}/correct", field="killed", value="8–12"))
    assert event(site, told.strike).killed == Count(8, 12)
    assert "Place was corrected" in after(desk, press(desk, page, f"{page}/correct", field="place", value="Sumy, UA"))
    moved = event(site, told.strike).place
    assert moved is not None
    assert (moved.name, moved.country, moved.precision) == ("Sumy", "UA", "city")
    assert "The event was retracted" in after(desk, press(desk, page, f"{page}/dismiss", reason="a drill"))
    assert event(site, told.strike).state == "retracted"


def test_what_is_retracted_is_not_retracted_again_and_undoing_one_of_two_says_so(
    desk: httpx.Client, site: TestSite, told: Told
) -> None:
    page = f"/events/{told.strike}"
    with site.store.write() as tx:
        curate.retract(Hand(tx=tx, by="ada", now=NOW), told.strike)
        act = curate.withdraw(Hand(tx=tx, by="bo", now=NOW), told.strike)
    csrf = re.search(r'name="csrf" value="([^"]+)"', desk.get(page).text)
    assert csrf
    again = desk.post(f"{page}/dismiss", data={"csrf": csrf[1], "reason": "a drill"})
    assert (again.status_code, "retracted already, by bo on" in again.text) == (422, True)
    text = after(desk, press(desk, page, f"{page}/undo/{act.act_id}"))
    assert "Undone; the event is still retracted, as ada said. Nothing was sent." in text
    assert len(acts(site, told.strike)) == 3


def test_the_page_says_how_many_are_told_before_and_after_and_tells_nobody_where_asked(
    desk: httpx.Client, site: TestSite, told: Told
) -> None:
    page = f"/events/{told.strike}"
    text = desk.get(page).text
    assert "1 reader was alerted of this event." in text
    assert "with what you give as the reason: to the 1 reader alerted of it" in text
    quiet = after(desk, press(desk, page, f"{page}/correct", field="killed", value="7", quiet="true"))
    assert "Killed was corrected. Nothing was sent." in quiet
    text = after(desk, press(desk, page, f"{page}/correct", field="killed", value="5", reason="a slip"))
    assert "Killed was corrected. 1 reader is told." in text
    assert "5 killed, was 7 killed" in text
    assert "the desk of this service" in text
    assert site.engine.woken[-1][0] == "deliver"
    assert "Nobody was alerted of this event." in desk.get(f"/events/{told.talks}").text
    after(desk, press(desk, page, f"{page}/dismiss", reason="a drill"))
    assert "by whoever runs this service: a drill" in desk.get("/corrections").text


def test_several_facts_are_put_right_in_one_message_and_taken_back_in_one(
    desk: httpx.Client, site: TestSite, told: Told
) -> None:
    page, before = f"/events/{told.strike}", event(site, told.strike)
    fields = ["killed", "injured", "actor", "weapon"]

    def waiting() -> int:
        with site.store.read() as tx:
            return len(tx.outbox.list(state="pending"))

    first = waiting()
    wrong = press(desk, page, f"{page}/correct", field=fields, value=["4", "a few", "", ""], reason="recounted")
    assert wrong.status_code == 422
    assert all(kept in wrong.text for kept in ('value="4"', 'value="a few"', 'value="recounted"'))
    assert (event(site, told.strike), waiting()) == (before, first)
    answer = press(desk, page, f"{page}/correct", field=fields, value=["4", "31", " ", "drone"], reason="recounted")
    text = after(desk, answer)
    assert "Killed was corrected. Injured was corrected. Weapon was corrected. 1 reader is told." in text
    now = event(site, told.strike)
    assert (now.killed, now.injured, now.weapon) == (Count(4, 4), Count(31, 31), ("drone",))
    assert [act.field for act in acts(site, told.strike)] == ["weapon", "injured", "killed"]
    assert waiting() == 1
    undo = re.search(rf"{page}/undo/\d+", text)
    also = re.findall(r'name="also" value="(\d+)"', text)
    assert undo
    after(desk, press(desk, page, undo[0], also=also))
    back = event(site, told.strike)
    assert (back.killed, back.injured, back.weapon) != (now.killed, now.injured, now.weapon)
    assert all(act.undone for act in acts(site, told.strike) if act.verb == "correct")
    assert waiting() == 1
    for _ in range(2):
        text = after(desk, press(desk, page, f"{page}/correct", field="killed", value="5"))
    assert "Reported by another source: 3 reports, was 3" not in text
    assert "no fact is given" in press(desk, page, f"{page}/correct", field=fields, value=[""] * 4).text


@pytest.mark.parametrize(
    ("to", "filled", "says"),
    [
        ("merge", {"other": "the other one"}, "no id or link of an event"),
        ("merge", {"other": "4"}, "talks"),
        ("split", {}, "no report is ticked"),
        ("split", {"reports": [99999]}, "no such report in event"),
        ("correct", {"field": "killed", "value": "a few"}, "no number of people"),
        ("correct", {"field": "place", "value": "Nowhereville"}, "no place is known as"),
        ("correct", {"field": "place", "value": "Tripoli"}, "there are several called"),
        ("correct", {"field": "headline", "value": "War"}, "cannot be corrected"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    *, desk: httpx.Client, site: TestSite, told: Told, to: str, filled: dict[str, object], says: str
) -> None:
    before = event(site, told.strike)
    filled = filled | ({"other": str(told.talks)} if filled.get("other") == "4" else {})
    answer = press(desk, f"/events/{told.strike}", f"/events/{told.strike}/{to}", **filled)
    assert (answer.status_code, says in answer.text) == (422, True), answer.text
    assert event(site, told.strike) == replace(before)


@pytest.mark.parametrize("csrf", ["", "stolen"])
def test_a_form_that_is_not_ours_is_refused(
    desk: httpx.Client, guarded: httpx.Client, site: TestSite, told: Told, csrf: str
) -> None:
    address = f"/events/{told.strike}/dismiss"
    assert desk.post(address, data={"csrf": csrf, "reason": "x"}).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert desk.post(address, data={"csrf": csrf}, headers=elsewhere).status_code == 403
    guarded.cookies.clear()
    assert guarded.post(address, data={"csrf": csrf}).status_code == 403
    assert event(site, told.strike).state == "live"


def test_an_event_that_is_not_there_is_not_found(desk: httpx.Client, told: Told) -> None:
    csrf = re.search(r'name="csrf" value="([^"]+)"', desk.get(f"/events/{told.strike}").text)
    assert csrf
    assert desk.post("/events/4711/dismiss", data={"csrf": csrf[1], "reason": "x"}).status_code == 404
    assert desk.get("/events?state=odd").status_code == 422 or desk.get("/events?state=odd").status_code == 400
