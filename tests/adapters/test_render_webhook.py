"""Webhook bodies: what a receiver can rely on."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from service import resources
from service.adapters.render import Renderer
from service.adapters.render.samples import (
    sample_claims,
    sample_digest,
    sample_event,
    sample_events,
    sample_gap,
    sample_strike,
    sample_talks,
)
from service.core.codec import event_json
from service.core.event import Before
from service.core.subscription import Told
from service.ports.world import DigestItem


@cache
def renderer() -> Renderer:
    """Return a renderer of the shipped templates."""
    shipped = resources.folders("templates", None)
    return Renderer(shipped, base_url="https://t.example/", mail_from="a@t.example", on_fallback=pytest.fail)


def document(body: bytes) -> dict[str, Any]:
    """Read a body back; it must be minified JSON of at most 20 kB."""
    assert len(body) <= 20_000
    out: dict[str, Any] = json.loads(body)
    assert json.dumps(out, ensure_ascii=False, separators=(",", ":")).encode() == body
    return out


def test_an_event_is_given_in_the_shape_the_api_gives_it() -> None:
    out = document(renderer().event(sample_event("webhook")).body)
    assert out["type"] == "event.updated"
    assert out["timestamp"] == "2026-11-22T18:33:00Z"
    data = out["data"]
    assert data["event"] == event_json(sample_strike())
    assert data["development"]["change"] == "toll_changed"
    assert data["development"]["changed"][0]["to"] == [6, 9]
    assert data["claims"][0]["quote"].startswith("Rescuers")
    assert data["urls"] == {"event": "https://t.example/e/1042"}
    assert data["truncated"] is False


def test_a_breach_names_its_truce_and_a_round_the_one_before() -> None:
    truce = Before(how="violates", event=sample_talks(), reason="it breaks the truce of A and B")
    (said,) = document(renderer().event(replace(sample_event("webhook"), before=[truce])).body)["data"]["relations"]
    about = sample_talks()
    assert said == {
        "how": "violates",
        "event_id": about.event_id,
        "headline": about.headline,
        "reason": "it breaks the truce of A and B",
        "url": f"https://t.example/e/{about.event_id}",
    }
    mail = renderer().event(replace(sample_event("email"), before=[truce])).body
    assert b"Breaks a truce: " in mail.replace(b"=\r\n", b"").replace(b"=\n", b"")


def test_a_digest_says_so_too() -> None:
    truce = Before(how="violates", event=sample_talks(), reason="it breaks the truce of A and B")
    digest = sample_digest()
    items = [replace(digest.items[0], before=[truce]), *digest.items[1:]]
    hook = replace(digest, items=items, subscription=sample_digest("webhook").subscription)
    first, second, *_ = document(renderer().digest(hook).body)["data"]["events"]
    assert [one["event_id"] for one in first["relations"]] == [sample_talks().event_id]
    assert second["relations"] == []
    mail = renderer().digest(replace(digest, items=items)).body.replace(b"=\r\n", b"").replace(b"=\n", b"")
    assert mail.count(b"Breaks a truce: ") == len(("text", "html"))


def test_revisions_let_a_receiver_order_what_it_gets() -> None:
    """`previous_revision` is the last this receiver was told of, and null the first time."""
    first = next(sample_events("webhook"))
    assert document(renderer().event(first).body)["data"]["previous_revision"] is None
    told = [
        Told(kind="event.new", revision=1, state="sent", created_at=first.now),
        Told(kind="event.updated", revision=2, state="superseded", created_at=first.now),
    ]
    data = document(renderer().event(replace(first, told_before=told)).body)["data"]
    assert (data["previous_revision"], data["revision"]) == (1, 3)


@pytest.mark.parametrize("words", ["x" * 10_000, "слово " * 3_000, "\ud800\r\n\u2028", "\N{FIRE}" * 5_000])
def test_a_body_never_grows_over_20_kb_and_says_what_it_left_out(words: str) -> None:
    """Claims go first, ids and links never."""
    claims = [replace(claim, quote=words, outlet=words, report_id=n) for n in range(60) for claim in sample_claims()]
    development = sample_event().development
    deltas = tuple(replace(delta, quote=words, outlet=words) for delta in development.deltas * 40)
    message = replace(
        sample_event("webhook"),
        event=replace(sample_strike(), headline=words, actor=words, parties=(words,) * 300),
        claims=claims,
        development=replace(development, deltas=deltas, reason=words),
        history=[replace(development, deltas=deltas)] * 50,
        rule=words,
    )
    data = document(renderer().event(message).body)["data"]
    assert data["truncated"] is True
    assert (data["event_id"], data["revision"]) == (1042, 3)
    assert data["event"]["event_id"] == 1042
    items = [DigestItem(event=message.event, developments=message.history, claims=claims)] * 200
    digest = replace(sample_digest("webhook"), items=items, gaps=[replace(sample_gap(), names=(words,))] * 50)
    data = document(renderer().digest(digest).body)["data"]
    assert data["truncated"] is True
    assert data["events_total"] == 200
    assert len(data["events"]) >= 20


def test_a_digest_lists_its_events_window_and_coverage() -> None:
    out = document(renderer().digest(replace(sample_digest("webhook"), items=sample_digest().items[:2])).body)
    assert out["type"] == "digest"
    data = out["data"]
    assert data["local_date"] == "2026-11-23"
    assert data["window"] == {"from": "2026-11-22T06:00:00Z", "to": "2026-11-23T06:00:00Z"}
    assert [item["event"]["event_id"] for item in data["events"]] == [1042, 1045]
    assert data["events"][0]["previous_revision"] == 1
    assert data["coverage"]["feeds_ok"] == 40
    assert not data["truncated"]


def test_an_unsafe_address_is_not_passed_on() -> None:
    claims = [replace(claim, url="javascript:alert(1)") for claim in sample_claims()]
    data = document(renderer().event(replace(sample_event("webhook"), claims=claims)).body)["data"]
    assert {claim["url"] for claim in data["claims"]} == {None}


def test_what_comes_under_the_id_of_what_was_rolled_back_is_told_as_it_is() -> None:
    """A transaction that failed leaves its ids to the next one, which may tell of something else at the same moment."""
    rolled_back = sample_event("webhook")
    assert document(renderer().event(rolled_back).body)["data"]["event"]["headline"] == sample_strike().headline
    message = replace(rolled_back, event=replace(sample_strike(), headline="Depot hit near the port"))
    assert document(renderer().event(message).body)["data"]["event"]["headline"] == "Depot hit near the port"
