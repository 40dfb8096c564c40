"""What stands behind the news, for everybody: the method, corrections and maps."""

import httpx
import pytest

from service.core.event import Delta, Development
from tests.web.conftest import TestSite
from tests.web.story import NOW, Told


def correct(site: TestSite, event_id: int, *, times: int = 1, change: str = "corrected") -> None:
    """Correct an event's toll so many times, each time from one lower number."""
    with site.store.write() as tx:
        for nth in range(times):
            delta = Delta(field="killed", before=[nth, nth], after=[nth + 1, nth + 1], outlet="Harbour Post", quote="")
            development = Development(change=change, revision=nth + 2, at=NOW, deltas=(delta,))  # type: ignore[arg-type]
            tx.events.add_development(event_id, development, None)


def test_every_page_leads_to_the_method_and_to_corrections(client: httpx.Client, told: Told) -> None:
    for path in (
        "/events",
        f"/events/{told.strike}",
        f"/e/{told.strike}",
        "/digest/2026-11-22",
        "/method",
        "/corrections",
    ):
        html = client.get(path).text
        assert '<a href="/method">How this works</a>' in html
        assert '<a href="/corrections">Corrections</a>' in html


@pytest.mark.usefixtures("told")
def test_the_method_says_what_the_figures_mean(client: httpx.Client) -> None:
    html = client.get("/method").text
    assert "reads 5 news feeds" in html
    assert "3 or more independent sources" in html
    assert "15 minutes apart" in html
    assert 'href="/deliveries"' not in html


def test_corrections_are_listed_newest_first_and_nothing_else_is(
    client: httpx.Client, site: TestSite, told: Told
) -> None:
    correct(site, told.strike, change="toll_changed")
    assert "Nothing has been corrected or withdrawn." in client.get("/corrections").text
    correct(site, told.strike)
    correct(site, told.retracted, change="retracted")
    html = client.get("/corrections").text
    assert html.index(f"/e/{told.retracted}") < html.index(f"/e/{told.strike}")
    assert "1 killed, was 0 killed" in html
    assert "Harbour Post" in html
    assert "<script>alert" not in html


def test_who_withdrew_an_event_is_named(client: httpx.Client, site: TestSite, told: Told) -> None:
    with site.store.write() as tx:
        for outlet in ("Harbour Post", "operator"):
            delta = Delta(field="state", before="live", after="retracted", outlet=outlet, quote="")
            development = Development(change="retracted", revision=2, at=NOW, deltas=(delta,), reason="withdrawn")
            tx.events.add_development(told.retracted, development, None)
    for path in ("/corrections", f"/e/{told.retracted}"):
        html = client.get(path).text
        assert "by Harbour Post" in html
        assert "by whoever runs this service" in html
        assert "was live" not in html


def test_older_corrections_are_a_page_further(client: httpx.Client, site: TestSite, told: Told) -> None:
    correct(site, told.strike, times=51)
    first = client.get("/corrections").text
    assert first.count("<li>") == 50
    older = first.partition('href="/corrections?before=')[2].partition('"')[0]
    last = client.get(f"/corrections?before={older}").text
    assert last.count("<li>") == 1
    assert "1 killed, was 0 killed" in last
    assert "Older" not in last


def test_the_map_of_an_event_is_a_picture_of_its_own_that_is_asked_for_once(client: httpx.Client, told: Told) -> None:
    answer = client.get(f"/maps/{told.strike}.png")
    assert answer.content.startswith(b"\x89PNG")
    again = client.get(f"/maps/{told.strike}.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"/maps/{told.merged}.png").headers["location"] == f"/maps/{told.strike}.png"
    assert client.get(f"/maps/{told.retracted}.png").status_code == 404


def test_an_events_page_shows_where_it_was(client: httpx.Client, told: Told) -> None:
    for folder in ("e", "events"):
        assert 'aria-label="Map: Kharkiv, Ukraine."' in client.get(f"/{folder}/{told.strike}").text
    assert 'class="map"' not in client.get(f"/events/{told.retracted}").text
