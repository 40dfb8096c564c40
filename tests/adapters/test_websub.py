"""Hubs are asked with a form; redirects are followed where they keep it, and answers are put into words."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from service.adapters.websub import HubClient
from service.core.websub import HubAnswer, HubRequest
from tests.authority import Authority
from tests.servers import LoopbackServer, Reply, Route

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def request(hub: str, *, leave: bool = False) -> HubRequest:
    return HubRequest(
        feed_id=7,
        hub=hub,
        mode="unsubscribe" if leave else "subscribe",
        topic="https://wire.example/feed?a=1&b=2",
        callback="https://tocsin.example/push/k",
        secret="s3cret",
    )


def ask(server: LoopbackServer, *, leave: bool = False, allow: list[str] = LOOPBACK) -> HubAnswer:
    client = HubClient(user_agent="Tocsin/test", allow_nets=allow, deadline_s=20)
    [answer] = client.ask([request(server.url("/hub"), leave=leave)])
    assert answer.feed_id == 7
    return answer


@pytest.mark.parametrize("leave", [False, True])
def test_a_hub_gets_a_form(server: LoopbackServer, leave: bool) -> None:  # noqa: FBT001
    server.routes["/hub"] = Reply(status=202)
    assert ask(server, leave=leave) == HubAnswer(feed_id=7, status=202)
    [asked] = server.asked
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
    form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    said = {"hub.topic": "https://wire.example/feed?a=1&b=2", "hub.callback": "https://tocsin.example/push/k"}
    rest = {"hub.secret": "s3cret", "hub.lease_seconds": "864000"}
    assert form == said | ({"hub.mode": "unsubscribe"} if leave else rest | {"hub.mode": "subscribe"})


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_form_is_followed(server: LoopbackServer, status: int) -> None:
    server.routes |= {"/hub": Reply(status=status, headers={"Location": "/new"}), "/new": Reply(status=202)}
    assert ask(server).status == 202
    first, second = server.asked
    assert (second.method, second.body) == ("POST", first.body)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        pytest.param(Reply(status=302, headers={"Location": "/new"}), "it answered 302", id="would lose the form"),
        pytest.param(Reply(status=307, headers={"Location": "/hub"}), "not followed", id="to itself"),
        pytest.param(Reply(status=307), "not followed", id="to nowhere"),
        pytest.param(Reply(status=307, headers={"Location": "http://[/"}), "no URL", id="to no URL"),
        pytest.param(
            lambda asked: Reply(status=307, headers={"Location": f"{asked.path}x"}), "redirects", id="without end"
        ),
        pytest.param(
            Reply(status=307, headers={"Location": "http://169.254.169.254/"}), "not on the open internet", id="inside"
        ),
        pytest.param(
            Reply(status=400, body=b"hub.topic\n\x1b[1m is   not <b>ours"), "it answered 400: hub.topic", id="no"
        ),
    ],
)
def test_what_is_no_agreement_is_an_error_in_words(server: LoopbackServer, route: Route, words: str) -> None:
    server.routes |= dict.fromkeys(("/hub", "/hubx", "/hubxx", "/hubxxx"), route)
    answer = ask(server)
    assert words in answer.error
    assert answer.error.isprintable()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("Wed, 04 Mar 2020 12:00:00 GMT", 0), ("later", None), ("", None), ("9" * 400, 9_999_999_999)],
)
def test_how_long_to_wait_is_read(server: LoopbackServer, said: str, seconds: float | None) -> None:
    server.routes["/hub"] = Reply(status=429, headers={"Retry-After": said})
    assert ask(server).retry_after_s == seconds


def test_a_hub_inside_is_never_connected_to(server: LoopbackServer) -> None:
    answer = ask(server, allow=[])
    assert (answer.status, server.asked) == (None, [])
    assert "not on the open internet" in answer.error


def test_the_secret_is_not_taken_off_tls(server: LoopbackServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with LoopbackServer(tls=authority.server("localhost")) as secure:
        secure.routes["/hub"] = Reply(status=307, headers={"Location": server.url("/hub")})
        client = HubClient(user_agent="Tocsin/test", allow_nets=LOOPBACK, ssl_context=authority.trusting())
        [answer] = client.ask([request(secure.url("/hub", host="localhost"))])
    assert "not followed" in answer.error
    assert server.asked == []
