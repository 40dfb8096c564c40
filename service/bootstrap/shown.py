"""Values as JSON types for every face: what the command line prints is what the API gives."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from service.core.codec import instant
from service.core.event import Event
from service.pipeline.preview import Preview
from service.pipeline.replay import Run
from service.ports.outbox import Delivery
from service.ports.users import Token, User


def delivery_json(row: Delivery) -> dict[str, Any]:
    """Return a delivery with its attempts."""
    return {
        "outbox_id": row.message.outbox_id,
        "message_id": row.message.message_id,
        "kind": row.message.kind,
        "state": row.state,
        "channel": row.message.channel.kind,
        "to": row.message.channel.address,
        "subscription_id": row.subscription_id,
        "event_id": row.message.event_id,
        "revision": row.message.revision,
        "subject": row.subject,
        "created_at": instant(row.message.created_at),
        "due_at": instant(row.due_at),
        "sent_at": instant(row.sent_at),
        "last_error": row.last_error,
        "fell_back": row.fell_back,
        "attempts": [
            {"at": instant(a.at), "ok": a.ok, "status": a.status, "error": a.error, "elapsed_ms": a.elapsed_ms}
            | {"response": a.response}
            for a in row.attempts
        ],
    }


def preview_json(rule_id: str, said: Preview) -> dict[str, Any]:
    """Return a preview: what both rules would have sent, by day where they sent anything, and why events changed."""
    return {
        "rule": rule_id,
        "verdict": said.verdict,
        "sentence": said.sentence,
        "since": instant(said.since),
        "covered": instant(said.covered),
        "complete": said.complete,
        "developments": said.moments,
        "edited": _run_json(said.edited),
        "saved": _run_json(said.saved) if said.saved else None,
        "days": list(_days(said)),
        "gained": [_changed_json(event, said) for event in said.gained],
        "lost": [_changed_json(event, said) for event in said.lost],
        "dead": list(said.dead),
        "parts": [{"text": part.text, "developments": part.moments} for part in said.parts],
    }


def _run_json(run: Run) -> dict[str, Any]:
    others = {kind: count for kind, count in run.others.items() if count}
    unsent = {code: count for code, count in run.unsent.items() if count}
    return {"alerts": len(run.alerts), "events": list(run.alerts), "matched": run.matched} | {
        "others": others,
        "unsent": unsent,
    }


def _days(said: Preview) -> Iterator[dict[str, Any]]:
    """Yield the alerts of each day in UTC that has any."""
    edited, saved = (Counter(at.date() for at in run.alerts.values()) for run in (said.edited, said.saved or Run()))
    for day in sorted(edited.keys() | saved.keys()):
        yield {"day": day.isoformat(), "alerts": edited[day], "saved": saved[day] if said.saved else None}


def _changed_json(event: Event, said: Preview) -> dict[str, Any]:
    """Return an event and, where it is known, what the edited rule found in which text or what it lacks."""
    known = {"event_id": event.event_id, "headline": event.headline, "last_seen": instant(event.last_seen)}
    why = said.why.get(event.event_id)
    if why is None:
        return known | {"why": None}
    because = why.because
    about = {"matched": because.matched, "entry_id": why.entry_id, "outlet": why.outlet}
    return known | {
        "why": about
        | {
            "quote": "".join(text for text, _ in because.quote),
            "lacks": list(because.lacks),
            "left_out_by": list(because.left_out_by),
        }
    }


def user_json(user: User, now: datetime) -> dict[str, Any]:
    """Return an operator and what is known of their tokens; a token itself is kept nowhere."""
    return {
        "user": user.name,
        "added": instant(user.at),
        "removed": instant(user.ended_at),
        "tokens": [token_json(token) | {"works": token.works(now)} for token in user.tokens],
    }


def token_json(token: Token) -> dict[str, Any]:
    """Return what is known of a token."""
    return {
        "token_id": token.token_id,
        "begins": token.hint,
        "label": token.label,
        "made": instant(token.at),
        "until": instant(token.until),
        "last_used": instant(token.used_at),
        "revoked": instant(token.revoked_at),
    }
