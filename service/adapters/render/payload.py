"""What a webhook's receiver gets: one JSON document, at most 20 kB.

Receivers put bodies into queues with limits, so a document that would be larger is thinned, the least important first,
and says so with `truncated`. The ids and the links always stay: everything left out can be fetched.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from service.adapters.render.clean import HEADLINE, scrub, web_url
from service.adapters.render.coverage import gap_words
from service.adapters.render.view import event_url
from service.core.codec import Json, development_json, event_json, instant
from service.core.event import Before, Claim, Development, Event
from service.ports.world import DigestItem, DigestMessage, EventMessage

MAX_BYTES = 20_000
MAX_CLAIMS = 24
MAX_HISTORY = 12
MAX_ITEMS = 40
MAX_ITEM_CLAIMS = 6
MAX_STEPS = 4
MAX_GAPS = 20
MAX_DELTAS = 8
TOLD = ("pending", "sent")


def event_payload(message: EventMessage, *, base_url: str) -> bytes:
    """Return the document about one development of one event."""
    event = message.event
    before = [told.revision for told in message.told_before if told.state in TOLD]
    data = {
        "event_id": event.event_id,
        "revision": event.revision,
        "previous_revision": before[-1] if before else None,
        "event": _event(event),
        "development": _development(message.development),
        "history": [_development(step) for step in message.history[-MAX_HISTORY:]],
        "claims": _claims(message.claims, MAX_CLAIMS),
        "relations": [_before(one, base_url) for one in message.before],
        "rule": scrub(message.rule, HEADLINE),
        "note": scrub(message.note, HEADLINE),
        "urls": {"event": event_url(base_url, event.event_id)},
        "truncated": len(message.claims) > MAX_CLAIMS or len(message.history) > MAX_HISTORY,
    }
    return _fit({"type": message.kind, "timestamp": instant(message.now), "data": data}, _EVENT_THINNING)


def digest_payload(message: DigestMessage, *, base_url: str) -> bytes:
    """Return the document about a period."""
    gaps = [gap_words(gap, message.now) for gap in message.gaps[:MAX_GAPS]]
    data = {
        "local_date": message.local_date.isoformat(),
        "window": {"from": instant(message.window_start), "to": instant(message.window_end)},
        "events": [_item(item, base_url) for item in message.items[:MAX_ITEMS]],
        "events_total": len(message.items),
        "note": scrub(message.note, HEADLINE),
        "coverage": {"feeds_ok": message.feeds_ok, "feeds_all": message.feeds_all, "gaps": gaps},
        "urls": {"home": base_url},
        "truncated": len(message.items) > MAX_ITEMS,
    }
    return _fit({"type": "digest", "timestamp": instant(message.now), "data": data}, _DIGEST_THINNING)


def _before(one: Before, base_url: str) -> Json:
    about = one.event
    said = {"how": one.how, "event_id": about.event_id, "headline": about.headline, "reason": one.reason}
    out: Json = scrub(said, HEADLINE)
    return out | {"url": event_url(base_url, about.event_id)}


def _event(event: Event) -> Json:
    out: Json = scrub(event_json(event), HEADLINE)
    return out | {key: value[:20] for key, value in out.items() if isinstance(value, list)}


def _development(development: Development) -> Json:
    out: Json = scrub(development_json(replace(development, deltas=development.deltas[:MAX_DELTAS])))
    for change in out["changed"]:
        change["source"]["url"] = web_url(change["source"]["url"]) or None
    return out


def _item(item: DigestItem, base_url: str) -> Json:
    return {
        "event": _event(item.event),
        "previous_revision": item.earlier[-1].revision if item.earlier else None,
        "developments": [_development(step) for step in item.developments[-MAX_STEPS:]],
        "claims": _claims(item.claims, MAX_ITEM_CLAIMS),
        "relations": [_before(one, base_url) for one in item.before],
        "urls": {"event": event_url(base_url, item.event.event_id)},
    }


def _claims(claims: Sequence[Claim], limit: int) -> list[Json]:
    """Return the latest claims, originals before copies."""
    ordered = sorted(claims, key=lambda claim: (not claim.copy, claim.told_at), reverse=True)
    return [scrub(_claim(claim)) for claim in ordered[:limit]]


def _claim(claim: Claim) -> Json:
    return {
        "field": claim.field,
        "value": claim.value,
        "quote": claim.quote,
        "outlet": claim.outlet,
        "url": web_url(claim.url) or None,
        "told_at": instant(claim.told_at),
        "copy": claim.copy,
    }


def _fit(document: Json, thinning: Sequence[Callable[[Json], None]]) -> bytes:
    """Thin the document step by step until it fits."""
    body = _dump(document)
    for thin in thinning:
        if len(body) <= MAX_BYTES:
            break
        thin(document["data"])
        document["data"]["truncated"] = True
        body = _dump(document)
    return body


def _dump(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _fewer_claims(data: Json) -> None:
    data["claims"] = data["claims"][:6]


def _no(key: str) -> Callable[[Json], None]:
    def drop(data: Json) -> None:
        data[key] = []

    return drop


def _bare_development(data: Json) -> None:
    data["development"]["changed"] = []
    data["development"]["reason"] = data["development"]["reason"][:HEADLINE]


def _bare_event(data: Json) -> None:
    data["event"] = {key: value for key, value in data["event"].items() if not isinstance(value, (list, dict))}


_EVENT_THINNING = (_fewer_claims, _no("claims"), _no("history"), _bare_development, _bare_event)


def _each(change: Callable[[Any], None]) -> Callable[[Json], None]:
    def apply(data: Json) -> None:
        for item in data["events"]:
            change(item)

    return apply


def _only_ids(item: Json) -> None:
    event = item["event"]
    item["event"] = {key: event[key] for key in ("event_id", "kind", "revision", "state")}
    item.pop("urls")


def _fewer_items(data: Json) -> None:
    data["events"] = data["events"][:20]
    data["coverage"]["gaps"] = []


_DIGEST_THINNING = (
    _each(_fewer_claims),
    _each(_no("claims")),
    _each(_no("developments")),
    _each(_only_ids),
    _fewer_items,
)
