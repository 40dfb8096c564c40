"""Deliveries on the page and in the API: looked at by all, sent again by operators only, with what was answered."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.core.subscription import Channel, Subscription, Wish, masked
from service.pipeline.manage import subscribe
from service.ports.store import Transaction
from service.ports.world import Attempt, Rendered
from service.settings import Settings
from service.web.app import create_app
from service.web.serve import serve
from tests.adapters.store.making import event, queue
from tests.web.conftest import TestSite
from tests.web.story import NOW, tell

TOKEN = "a-token-of-our-own-for-tests"


def hook(site: TestSite) -> Subscription:
    wish = Wish(kind="webhook", address="https://desk.example/token-1", mode="alert", secret="whsec_c2VjcmV0")
    with site.store.write() as tx:
        return subscribe(tx, wish, known_rules=(), now=NOW)


def given_up(site: TestSite) -> int:
    """Queue a message to a webhook and let it be given up."""
    reader = hook(site)
    with site.store.write() as tx:
        outbox_id = tx.outbox.put(
            dedup_key="1",
            message_id="msg_1",
            kind="event.new",
            subscription=reader,
            rendered=Rendered(subject="Strike, Kharkiv", body=b"{}"),
            due_at=NOW,
            now=NOW,
        )
        (message,) = tx.outbox.claim(NOW, limit=1, lease=timedelta(minutes=1))
        attempt = Attempt(
            outbox_id=message.outbox_id, at=NOW, ok=False, status=500, error="desk.example answered 500", response="<b>"
        )
        tx.outbox.record(message, attempt, retry_at=None)
    assert outbox_id is not None
    return outbox_id


@pytest.fixture
def editor(site: TestSite) -> Iterator[httpx.Client]:
    """A browser of an operator who is signed in, and who has the token for the API."""
    site.settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN)
    with serve(create_app(site), "127.0.0.1", 0) as server, httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.headers["Accept"] = "text/html"
        assert browser.post("/sign-in", data={"token": TOKEN, "name": "ada", "to": "/deliveries"}).status_code == 303
        yield browser


def state(site: TestSite, outbox_id: int) -> str:
    with site.store.read() as tx:
        return tx.outbox.get(outbox_id).state


def test_readers_see_how_many_are_in_each_state_and_nobody_s_address(site: TestSite, client: httpx.Client) -> None:
    given_up(site)
    for path in ("/deliveries", "/deliveries?state=gave_up"):
        page = client.get(path).text
        assert re.search(r"<dt>Gave up</dt><dd>1</dd>", page)
        assert "desk.example" not in page
        assert "Strike, Kharkiv" not in page
        assert "<form" not in page


def test_operators_see_each_message_and_its_address_in_part(site: TestSite, editor: httpx.Client) -> None:
    assert "Nothing has been sent yet." in editor.get("/deliveries").text
    tell(site.store)
    page = editor.get("/deliveries").text
    assert "a…@example.org" in page
    assert "ada.reader" not in page
    assert "No message is in this state." in editor.get("/deliveries?state=gave_up").text


def test_hooks_at_one_host_are_told_apart_by_their_subscription(site: TestSite, editor: httpx.Client) -> None:
    given_up(site)
    wish = Wish(kind="webhook", address="https://desk.example/token-2", mode="alert", secret="whsec_c2VjcmV0")
    with site.store.write() as tx:
        other = subscribe(tx, wish, known_rules=(), now=NOW)
        queue(tx, other, "2", event_id=tx.events.create(event()))
    page = editor.get("/deliveries").text
    assert page.count("desk.example<br>") == 2
    assert {f"subscription {number}" in page for number in (other.subscription_id, other.subscription_id - 1)} == {True}
    assert "token-" not in page


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (lambda tx: tx.subscriptions.set_state(1, "ended"), "Not sent: its reader left"),
        (lambda tx: tx.subscriptions.set_state(1, "paused"), "Not sent: paused"),
        (lambda tx: tx.people.erase("ada@home.example", mark="erased:1", now=NOW), "Not sent: its reader was erased"),
        (lambda tx: tx.outbox.supersede(1, 1), "Replaced by a newer one, or withdrawn"),
    ],
)
def test_what_was_dropped_says_why(
    site: TestSite, editor: httpx.Client, done: Callable[[Transaction], object], words: str
) -> None:
    wish = Wish(kind="email", address="ada@home.example", mode="alert", confirmed=True)
    with site.store.write() as tx:
        reader = subscribe(tx, wish, known_rules=(), now=NOW)
        queue(tx, reader, "1", event_id=tx.events.create(event()))
        done(tx)
    rows = editor.get("/deliveries").text.partition("<tbody>")[2]
    assert words in rows


def test_only_operators_read_what_went_wrong_since_servers_repeat_the_whole_address(
    site: TestSite, client: httpx.Client, editor: httpx.Client
) -> None:
    outbox_id = given_up(site)
    with site.store.write() as tx:
        tx.outbox.retry(outbox_id, NOW)
        (message,) = tx.outbox.claim(NOW, limit=1, lease=timedelta(minutes=1))
        words = "refused the recipient: 550 5.1.1 <ada@home.example>: rejected"
        tx.outbox.record(message, Attempt(outbox_id=outbox_id, at=NOW, ok=False, error=words), retry_at=None)
    assert "ada@home.example" not in client.get("/deliveries").text
    assert "ada@home.example" in editor.get("/deliveries").text


def test_strangers_send_nothing_again(site: TestSite, client: httpx.Client) -> None:
    outbox_id = given_up(site)
    for path in (f"/deliveries/{outbox_id}/retry", "/deliveries/replay"):
        assert client.post(path, data={"csrf": "x", "hours": "3"}).status_code == 403
    for path in (f"/api/v1/deliveries/{outbox_id}/retry", "/api/v1/deliveries/replay", "/api/v1/subscriptions/1/test"):
        assert client.post(path, json={"since": "2026-01-01T00:00:00Z"}).status_code in {401, 403}
    assert state(site, outbox_id) == "gave_up"


@pytest.mark.parametrize("path", ["/deliveries/{}/retry", "/deliveries/replay"])
def test_an_operator_sees_what_was_answered_and_sends_again(site: TestSite, editor: httpx.Client, path: str) -> None:
    outbox_id = given_up(site)
    page = editor.get("/deliveries").text
    assert "answered 500 after 0.0 s" in page
    assert "&lt;b&gt;" in page
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    assert csrf
    answer = editor.post(path.format(outbox_id), data={"csrf": csrf[1], "hours": "24"})
    assert (answer.status_code, state(site, outbox_id)) == (303, "pending")


def test_the_api_lists_retries_replays_tests_and_rotates(site: TestSite, editor: httpx.Client) -> None:
    outbox_id = given_up(site)
    editor.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"})
    (row,) = editor.get("/api/v1/deliveries", params={"state": "gave_up"}).json()
    assert (row["outbox_id"], row["attempts"][0]["response"]) == (outbox_id, "<b>")
    assert editor.get("/api/v1/deliveries/99").status_code == 404
    assert editor.post(f"/api/v1/deliveries/{outbox_id}/retry").json()["state"] == "pending"
    since = {"since": (NOW - timedelta(days=1)).isoformat()}
    assert editor.post("/api/v1/deliveries/replay", json=since).json() == {"due": 0}
    assert editor.post("/api/v1/deliveries/replay", json={"since": "2026-01-01T00:00:00"}).status_code == 400
    rotated = editor.post("/api/v1/subscriptions/1/rotate", json={"asymmetric": True}).json()
    assert rotated["secret"].startswith("whsk_")
    assert rotated["public_key"].startswith("whpk_")
    assert editor.post("/api/v1/subscriptions/1/test").status_code == 202
    assert editor.post("/api/v1/subscriptions/1/pause").json()["state"] == "paused"
    assert editor.post("/api/v1/subscriptions/1/test").status_code == 400
    assert editor.post("/api/v1/subscriptions/1/resume").json()["state"] == "active"


def test_the_api_lists_events_of_any_time_by_the_page(site: TestSite, editor: httpx.Client) -> None:
    with site.store.write() as tx:
        for days in range(5):
            at = NOW - timedelta(days=100 * days)
            tx.events.create(event(first_seen=at, last_seen=at))
    assert httpx.get(f"{editor.base_url}/api/v1/events").status_code == 401
    editor.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"})
    seen: list[int] = []
    before: str | None = ""
    while before is not None:
        page = editor.get("/api/v1/events", params={"limit": 2, "before": before, "country": "ua"}).json()
        seen += [one["event_id"] for one in page["events"]]
        before = page["older"]
    assert seen == [1, 2, 3, 4, 5]
    past = {"from": f"{NOW - timedelta(days=300):%Y-%m-%d}", "to": f"{NOW - timedelta(days=200):%Y-%m-%d}"}
    assert [one["event_id"] for one in editor.get("/api/v1/events", params=past).json()["events"]] == [3, 4]
    for wrong in ({"from": "soon"}, {"limit": 501}, {"before": "x"}, {"kind": "fire"}):
        assert editor.get("/api/v1/events", params=wrong).status_code == 400


def test_resuming_by_the_api_opens_a_channel_that_was_disabled(site: TestSite, editor: httpx.Client) -> None:
    given_up(site)
    with site.store.write() as tx:
        channel_id = tx.subscriptions.get(1).channel.channel_id
        tx.subscriptions.disable_channel(channel_id, "410 Gone")
    editor.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"})
    assert editor.post("/api/v1/subscriptions/1/resume").json()["state"] == "active"
    with site.store.read() as tx:
        assert tx.subscriptions.channel(channel_id).state == "active"


@pytest.mark.parametrize(
    ("kind", "format_", "address", "shown"),
    [
        ("email", "standard", "ada@example.org", "a…@example.org"),
        ("webhook", "standard", "https://desk.example/hook?token=s3cret", "desk.example"),
        ("webhook", "slack", "https://[broken", "webhook"),
        ("webhook", "apprise", "tgram://123456:s3cret/789", "tgram by Apprise"),
    ],
)
def test_an_address_is_shown_in_part_and_no_token(kind: Any, format_: Any, address: str, shown: str) -> None:
    assert masked(Channel(channel_id=1, kind=kind, address=address, format=format_)) == shown


@pytest.mark.parametrize("state", ["ended", "pending"])
def test_the_api_begins_nothing_again_that_its_reader_ended_or_never_agreed_to(
    site: TestSite, editor: httpx.Client, state: str
) -> None:
    given_up(site)
    with site.store.write() as tx:
        tx.subscriptions.set_state(1, state)  # type: ignore[arg-type]
    editor.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"})
    for verb in ("resume", "pause"):
        assert editor.post(f"/api/v1/subscriptions/1/{verb}").status_code == 400
    with site.store.read() as tx:
        assert tx.subscriptions.get(1).state == state
