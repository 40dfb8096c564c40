"""Values as JSON types for every face: what the command line prints is what the API gives."""

from typing import Any

from service.core.codec import instant
from service.ports.outbox import Delivery


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
