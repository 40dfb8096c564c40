"""Health, errors, headers, static files, leaving, and the server itself."""

import json
import re
import socket
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import httpx
import pytest

from service.core.codec import instant
from service.core.errors import StoreUnavailable, Unavailable
from service.ports.store import Transaction
from service.web import create_app, serve
from tests.web.conftest import TestSite
from tests.web.story import Told


def test_alive_as_long_as_the_process_answers(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


def test_not_ready_before_the_clock_has_ticked(client: httpx.Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["problems"] == ["The clock has never ticked: is `tocsin run` or a worker running?"]


def test_ready_while_the_clock_ticks_and_not_when_it_stops(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        tx.heartbeats.beat("clock", site.clock.now())
    site.clock.forward(seconds=29)
    assert client.get("/readyz").json() == {"status": "ready"}
    site.clock.forward(seconds=2)
    assert client.get("/readyz").json()["problems"] == ["The clock last ticked 31 s ago; it should every 5 s."]


def test_an_outage_of_our_own_network_is_shown_and_no_reason_to_start_again(
    client: httpx.Client, site: TestSite
) -> None:
    with site.store.write() as tx:
        tx.heartbeats.beat("clock", site.clock.now())
    site.outage_since = site.clock.now()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "outage_since": instant(site.outage_since)}


def test_not_ready_for_what_the_house_says(client: httpx.Client, site: TestSite) -> None:
    site.wrong = ["migrations are behind"]
    assert "migrations are behind" in client.get("/readyz").json()["problems"]


class _GoneStore:
    """A database that another program holds."""

    def write(self) -> AbstractContextManager[Transaction]:
        raise StoreUnavailable("the database is locked", hint="another program holds it")

    read = write


def test_an_unreachable_database_is_a_503_and_says_why(site: TestSite) -> None:
    lost = replace(site, store=_GoneStore())
    with serve(create_app(lost), "127.0.0.1", 0) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert "the database is locked" in httpx.get(f"{server.url}/readyz").json()["detail"]
        page = httpx.get(f"{server.url}/events", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "the database is locked (another program holds it)" in page.text


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere", 404, "Not Found"),
        ("/events/999", 404, "999"),
        ("/events/abc", 400, "event_id"),
        ("/events?from=soon", 400, "`from` is no day: &#39;soon&#39; (write it as 2026-03-01"),
        ("/events?to=9999-12-31", 400, "`to` is no day"),
        ("/events?from=0001-01-01T00:00%2B14:00", 400, "`from` is no day"),
        ("/events?from=2026-03-02&to=2026-03-01", 400, "ends (2026-03-01) before it begins (2026-03-02)"),
        ("/events?from=2026-03-01&before=x", 400, "`before` is no place in the list"),
        ("/events?from=2026-03-01&before=999999999999999-1", 400, "`before` is no place in the list"),
        ("/events?kind=quake", 400, "there is no kind &#39;quake&#39; (use strike, talks, or leave it out)"),
        ("/deliveries?state=lost", 400, "use one of pending"),
        ("/s/unknown", 404, ""),
        ("/static/0/app.css", 404, "There is no such file."),
    ],
)
def test_browsers_get_pages_and_programs_problem_documents(
    client: httpx.Client, path: str, status: int, says: str
) -> None:
    page = client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in page.text
    answer = client.get(path, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


def test_a_mistake_of_ours_is_a_500_without_its_details(site: TestSite, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(site)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    with serve(app, "127.0.0.1", 0) as server:
        answer = httpx.get(f"{server.url}/broken")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert [record.exc_info is not None for record in caplog.records if record.levelname == "ERROR"] == [True]


@pytest.mark.parametrize("path", ["/events", "/feeds", "/deliveries", "/healthz", "/nowhere"])
def test_every_answer_forbids_what_it_does_not_need(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_pages_load_nothing_but_our_own_files_and_hold_no_inline_style(client: httpx.Client, told: Told) -> None:
    for path in ("/events", f"/events/{told.strike}", "/feeds", "/deliveries", f"/s/{told.key}"):
        html = client.get(path).text
        loads = re.findall(r'<(?:link rel="(?!alternate)|script|img|iframe)[^>]*(?:href|src)="([^"]+)"', html)
        assert loads
        assert all(client.get(url).status_code == 200 and url.startswith("/static/") for url in loads)
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script", html)


def test_static_files_stay_for_a_year_under_their_digest(client: httpx.Client) -> None:
    (css,) = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get("/events").text)
    answer = client.get(css)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


def test_looking_does_not_unsubscribe(client: httpx.Client, site: TestSite, told: Told) -> None:
    for path in (f"/s/{told.key}", f"/s/{told.key}/unsubscribe"):
        page = client.get(path)
        assert page.text.count("<button") == 1
        assert "a…@example.org gets alerts as things happen" in page.text
    assert _state(site, told.key) == "active"


def test_one_click_ends_the_subscription_without_cookies_or_redirect(
    client: httpx.Client, site: TestSite, told: Told
) -> None:
    for _ in range(2):
        answer = client.post(
            f"/s/{told.key}/unsubscribe", data={"List-Unsubscribe": "One-Click"}, headers={"Accept": "*/*"}
        )
        assert answer.status_code == 200
        assert "You have left" in answer.text
        assert "set-cookie" not in answer.headers
    assert _state(site, told.key) == "ended"
    with site.store.read() as tx:
        assert [delivery.state for delivery in tx.outbox.list()] == ["superseded"]
    assert "<button" not in client.get(f"/s/{told.key}").text


def test_addresses_with_a_key_are_told_to_nobody(client: httpx.Client, told: Told) -> None:
    headers = client.get(f"/s/{told.key}").headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex, nofollow"


def test_an_unknown_key_is_not_repeated_in_the_answer(client: httpx.Client) -> None:
    answer = client.post("/s/not-a-key/unsubscribe")
    assert answer.status_code == 404
    assert "not-a-key" not in answer.text


@pytest.mark.usefixtures("told")
def test_many_readers_at_once(client: httpx.Client) -> None:
    statuses: list[int] = []

    def read() -> None:
        statuses.append(httpx.get(f"{client.base_url}/events", timeout=60).status_code)

    readers = [threading.Thread(target=read) for _ in range(12)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert statuses == [200] * 12


def test_an_address_in_use_is_said_with_the_way_out(site: TestSite) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            Unavailable, match=rf"cannot listen on 127.0.0.1:{port}: Address already in use .*TOCSIN_BIND"
        ):
            serve(create_app(site), "127.0.0.1", port)


def test_a_stopped_server_is_gone_and_leaves_no_thread(site: TestSite) -> None:
    server = serve(create_app(site), "127.0.0.1", 0)
    httpx.get(f"{server.url}/healthz")
    assert server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/healthz")
    assert "web" not in [thread.name for thread in threading.enumerate()]


def test_the_api_describes_itself(client: httpx.Client) -> None:
    described: Sequence[str] = json.loads(client.get("/api/v1/openapi.json").text)["paths"]
    assert {"/healthz", "/readyz"} <= set(described)


def _state(site: TestSite, key: str) -> str:
    with site.store.read() as tx:
        return tx.subscriptions.by_key(key).state
