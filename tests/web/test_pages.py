"""What the pages say, and to whom."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service.web.pages import Pages
from service.web.problems import Problem
from tests.web.conftest import TestSite
from tests.web.story import Told


def test_an_event_says_who_is_missing_and_when_talks_are_planned(client: httpx.Client, told: Told) -> None:
    assert "<dt>Missing</dt><dd><b>at least 12</b> reported</dd>" in client.get(f"/e/{told.strike}").text
    text = client.get(f"/e/{told.talks}").text
    assert "<dt>Planned for</dt><dd>26 November 2026</dd>" in text
    assert "<dt>Held in</dt><dd>Geneva, Switzerland</dd>" in text


def test_an_empty_house_says_so(client: httpx.Client) -> None:
    page = client.get("/events")
    assert page.status_code == 200
    assert "No events yet." in page.text
    assert "No feeds yet." in client.get("/feeds").text


def test_a_head_is_what_a_get_is_without_its_body(client: httpx.Client, told: Told) -> None:
    for path in ("/healthz", "/events", f"/e/{told.strike}", "/feed.atom", "/nowhere"):
        head, page = client.head(path), client.get(path)
        assert (head.status_code, head.content, bool(page.content)) == (page.status_code, b"", True)
        assert head.headers["content-length"] == page.headers["content-length"]
        assert head.headers["content-type"] == page.headers["content-type"]
    assert client.head("/sign-out").status_code == client.get("/sign-out").status_code == 405


def test_home_leads_to_the_events(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/events")


def test_what_does_not_fit_on_the_list_is_counted_found_and_a_page_further(
    client: httpx.Client, site: TestSite, told: Told
) -> None:
    with site.store.write() as tx:
        pattern = tx.events.get(told.strike)
        for number in range(620):
            at = pattern.last_seen - timedelta(seconds=number + 1)
            words = f"Harbour {number} hit"
            tx.events.create(replace(pattern, event_id=0, headline=words, first_seen=at, last_seen=at))
    first = client.get("/events?q=harbour").text
    assert "1 to 100 of 620 events" in _words(first)
    assert 'href="/events?q=harbour&amp;page=2"' in first
    last = client.get("/events?q=harbour&page=7").text
    assert "Harbour 619 hit" in last
    assert ("Newer" in last, "Older" in last) == (True, False)
    assert "Harbour 619 hit" in client.get("/events?q=619").text
    today = re.search(r"new events today.*?</dt><dd>(\d+)", first, re.DOTALL)
    assert today
    assert int(today[1]) > 600


def test_events_of_any_time_are_listed_page_by_page(client: httpx.Client, site: TestSite, told: Told) -> None:
    """However long ago, each once, also where several were heard of last in the same instant."""
    with site.store.write() as tx:
        pattern = tx.events.get(told.strike)
        for number in range(230):
            at = pattern.last_seen - timedelta(days=200, minutes=number // 3)
            words = f"Quay {number} hit"
            tx.events.create(replace(pattern, event_id=0, headline=words, first_seen=at, last_seen=at))
    first, last = (f"{pattern.last_seen - timedelta(days=days):%Y-%m-%d}" for days in (201, 200))
    assert "Quay" not in client.get("/events?q=quay").text
    seen: list[str] = []
    address, pages = f"/events?from={first}&to={last}&q=quay&country=ua", 0
    while address:
        page = client.get(address).text
        seen += re.findall(r"Quay \d+ hit", page)
        older = re.search(r'href="([^"]+)">Older', page)
        address, pages = (older[1].replace("&amp;", "&") if older else ""), pages + 1
        assert f'name="from" type="date" value="{first}"' in page
    assert (pages, len(seen), len(set(seen))) == (3, 230, 230)
    assert "Quay" not in client.get(f"/events?to={first}").text
    for nothing in (f"from=1999-01-01&to={first}", "from=0001-01-01&before=0-999999999999999999"):
        assert "No event matches." in client.get(f"/events?{nothing}").text


def test_a_search_through_years_looks_at_so_many_at_a_time_and_says_where_to_go_on(
    client: httpx.Client, site: TestSite, told: Told
) -> None:
    with site.store.write() as tx:
        pattern = tx.events.get(told.strike)
        for number in range(2100):
            at = pattern.last_seen - timedelta(days=100, minutes=number)
            tx.events.create(replace(pattern, event_id=0, headline=f"Quay {number} hit", first_seen=at, last_seen=at))
    page = client.get("/events?to=2999-01-01&q=quay+2050").text
    assert "None of the 2,000 events looked at matches" in page
    older = re.search(r'href="([^"]+)">Older', page)
    assert older
    assert "Quay 2050 hit" in client.get(older[1].replace("&amp;", "&")).text


def test_events_stand_under_their_day_with_toll_place_and_confidence(client: httpx.Client, told: Told) -> None:
    page = _words(client.get("/events").text)
    assert page.index("Today") < page.index("Apartment block hit") < page.index("Delegations") < page.index("Yesterday")
    assert "6–9 killed" in page
    assert "31–40 injured" in page
    assert "Kharkiv, Ukraine 3 reports, 2 independent Medium confidence" in page
    assert "Scheduled" in page
    assert "Retracted" in page
    assert f'href="/events/{told.strike}"' in client.get("/events").text


@pytest.mark.usefixtures("told")
def test_failing_feeds_are_said_above_the_list(client: httpx.Client) -> None:
    page = _words(client.get("/events").text)
    assert (
        "Sudan coverage is thin. 1 of 2 feeds for Sudan has failed since 09:00 UTC (Khartoum Post); "
        "events there may be missing. See the feeds"
    ) in page


def test_an_event_says_when_feeds_for_its_country_are_missing(client: httpx.Client, told: Told) -> None:
    assert "Sudan coverage is thin." in _words(client.get(f"/events/{told.retracted}").text)
    assert "coverage is thin" not in client.get(f"/events/{told.strike}").text


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("kind=strike", "Apartment block", "Delegations"),
        ("kind=talks", "Delegations", "Apartment block"),
        ("kind=", "Delegations", "No event matches"),
        ("country=UA", "Apartment block", "Delegations"),
        ("country=ch", "Delegations", "Apartment block"),
        ("q=SALTIVKA", "Apartment block", "Delegations"),
        ("q=geneva+scheduled", "Delegations", "Apartment block"),
        ("q=russian", "Apartment block", "Delegations"),
        ("q=nowhere", "No event matches", "Apartment block"),
    ],
)
def test_the_address_holds_the_whole_filter(client: httpx.Client, query: str, found: str, not_found: str) -> None:
    page = client.get(f"/events?{query}").text
    assert found in page
    assert not_found not in page


def test_merged_events_are_not_listed_and_send_the_visitor_on(client: httpx.Client, told: Told) -> None:
    assert f'href="/events/{told.merged}"' not in client.get("/events").text
    for folder in ("e", "events"):
        answer = client.get(f"/{folder}/{told.merged}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{folder}/{told.strike}")


@pytest.mark.parametrize("at", ["events", "e"])
def test_a_strike_names_the_truce_it_breaks_and_the_truce_the_strike(
    at: str, client: httpx.Client, site: TestSite, told: Told
) -> None:
    with site.store.write() as tx:
        later, earlier, *_ = tx.events.accounts(told.strike)
        tx.events.move([earlier.report_id], told.talks)
        tx.events.relate(later.report_id, "violates", earlier.report_id, "it breaks the truce of Northland")
    strike, talks = (client.get(f"/{at}/{event_id}").text for event_id in (told.strike, told.talks))
    assert f'<a href="/{at}/{told.talks}"><bdi>Delegations agree to meet' in strike
    assert "Before and after Breaks the truce: Delegations agree" in _words(strike)
    assert f'<a href="/{at}/{told.strike}"><bdi>Apartment block hit' in talks
    assert "Reported broken by: Apartment block hit" in _words(talks)
    assert "Before and after" not in client.get(f"/{at}/{told.retracted}").text


def test_an_event_shows_its_facts_each_with_the_words_it_came_from(client: httpx.Client, told: Told) -> None:
    html = client.get(f"/events/{told.strike}").text
    page = _words(html)
    assert "Killed 6–9 reported Injured 31–40 reported" in page
    assert (
        "Rescuers have <mark>recovered nine bodies</mark> from the block in Saltivka, the regional governor said."
        in html
    )
    assert (
        '<blockquote lang="uk">“<bdi>Унаслідок удару по Салтівці постраждали <mark>щонайменше 40 людей</mark>.' in html
    )
    assert "at least 40 injured" in page
    assert "Attributed to Russian forces" in page


def test_copies_sit_under_the_report_they_repeat(client: httpx.Client, told: Told) -> None:
    page = _words(client.get(f"/events/{told.strike}").text)
    assert "3 reports, 2 independent." in page
    assert re.search(r"Northern Wire Northern Wire: apartment.*?1 copy Harbour Post. Counted once", page)


def test_history_tells_what_changed_and_who_said_so(client: httpx.Client, told: Told) -> None:
    page = _words(client.get(f"/events/{told.strike}").text)
    assert "Toll changed: 6–9 killed, was 6–7 killed ( Northern Wire )" in page


def test_mails_link_to_the_same_page_without_what_is_for_operators(client: httpx.Client, told: Told) -> None:
    public, ours = (client.get(f"/{folder}/{told.strike}").text for folder in ("e", "events"))
    main = [re.findall(r"<h1>.*?<aside", html, re.DOTALL) for html in (public, ours)]
    assert main[0] == main[1] != []
    assert 'href="/deliveries"' in ours
    assert 'href="/deliveries"' not in public


def test_a_retracted_event_says_so_first(client: httpx.Client, told: Told) -> None:
    assert "The report behind this event has been withdrawn." in client.get(f"/events/{told.retracted}").text


def test_strangers_words_stay_words(client: httpx.Client, told: Told) -> None:
    for path in ("/events", f"/events/{told.retracted}", "/events?q=%3Cscript%3Ealert(1)%3C/script%3E"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.usefixtures("told")
def test_feeds_are_listed_problems_first(client: httpx.Client) -> None:
    html = client.get("/feeds").text
    page = _words(html)
    assert page.index("Khartoum Post") < page.index("Northern Wire")
    assert "5 feeds, 1 failing. Problems first" in page
    assert "Failing Failing since 10:00 UTC: HTTP 403" in page
    assert 'aria-label="1 of the last 4 polls brought news, 2 failed; the latest failed"' in html


def test_an_operators_template_wins_and_a_broken_one_falls_back(site: TestSite, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "pages").mkdir(parents=True)
    (own / "pages" / "error.html").write_text("Ours: {{ m.title }}")
    site.settings = site.settings.model_copy(update={"templates_dir": own})
    problem = Problem(status=404, title="Not here", detail="")
    assert Pages(site).render("error", problem) == "Ours: Not here"
    (own / "pages" / "error.html").write_text("{{ m.nonsense }}")
    assert "<h1>Not here</h1>" in Pages(site).render("error", problem)


def _words(html: str) -> str:
    """Return what a reader reads: no tags, one space between words."""
    bare = re.sub(r"<(style|title)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split()).replace(" .", ".").replace(" ,", ",")
