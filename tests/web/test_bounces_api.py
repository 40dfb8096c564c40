"""Returned mail over HTTP: for whoever has a token, with the same outcome as through the pipe."""

from collections.abc import Iterator, Mapping

import httpx
import pytest

from service.settings import Settings
from service.web.app import create_app
from service.web.serve import serve
from tests.adapters.store.making import queue, subscribe
from tests.pipeline.test_returned import report
from tests.web.conftest import TestSite

TOKEN = "a-token-of-our-own-for-tests"
PATH = "/api/v1/bounces"
NOTICE: Mapping[str, object] = {"message_id": "12345678", "kind": "hard", "words": "550 5.1.1 unknown"}


@pytest.fixture
def server(site: TestSite) -> Iterator[httpx.Client]:
    """A mail server's script with the token, for a site that has sent Ada a mail."""
    site.settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN)
    with site.store.write() as tx:
        queue(tx, subscribe(tx), "12345678")
    with serve(create_app(site), "127.0.0.1", 0) as running, httpx.Client(base_url=running.url, timeout=60) as script:
        script.headers["Authorization"] = f"Bearer {TOKEN}"
        yield script


def given_up(site: TestSite) -> list[str]:
    with site.store.read() as tx:
        return [row.address for row in tx.returns.suppressed()]


def test_a_mail_is_taken_in_as_it_is(site: TestSite, server: httpx.Client) -> None:
    headers = {"Content-Type": "message/rfc822"}
    to = "bounces+msg_12345678@t.example"
    (taken,) = server.post(PATH, params={"to": to}, content=report(message_id="lost"), headers=headers).json()["taken"]
    assert (taken["address"], taken["suppressed"]) == ("ada@example.org", True)
    assert given_up(site) == ["ada@example.org"]


@pytest.mark.parametrize("message_id", ["msg_12345678", "<msg_12345678@t.example>"])
@pytest.mark.parametrize(("kind", "suppressed", "state"), [("hard", 1, "active"), ("complaint", 1, "ended")])
def test_a_notice_says_the_same_in_our_terms(
    *, site: TestSite, server: httpx.Client, message_id: str, kind: str, suppressed: int, state: str
) -> None:
    answer = server.post(PATH, json=[{**NOTICE, "message_id": message_id, "kind": kind}])
    assert answer.json()["taken"][0]["suppressed"] is True
    assert len(given_up(site)) == suppressed
    with site.store.read() as tx:
        assert [one.state for one in tx.subscriptions.all()] == [state]


def test_leaving_by_a_providers_page_ends_that_subscription_only(site: TestSite, server: httpx.Client) -> None:
    server.post(PATH, json={**NOTICE, "message_id": "msg_12345678", "kind": "leave"})
    assert given_up(site) == []
    with site.store.read() as tx:
        assert [one.state for one in tx.subscriptions.all()] == ["ended"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"\xff\x00noise", "message/rfc822", 200),
        (b'{"message_id": "nobody", "kind": "soft"}', "application/json", 200),
        (b"noise", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"kind": "soft"}', "application/json", 400),
        (b'{"message_id": "x", "kind": ["soft"]}', "application/json", 400),
        (b'[{"message_id": "msg_12345678", "kind": "hard"}, {}]', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"<x/>", "text/xml", 415),
    ],
)
def test_what_cannot_be_understood_changes_nothing(
    site: TestSite, server: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    assert server.post(PATH, content=content, headers={"Content-Type": kind}).status_code == status
    assert given_up(site) == []


def test_strangers_give_up_nobody(site: TestSite, server: httpx.Client) -> None:
    for token in ("", "Bearer wrong"):
        assert server.post(PATH, json=NOTICE, headers={"Authorization": token}).status_code == 401
    assert given_up(site) == []
