"""`tocsin deliveries` and `tocsin explain`: what was sent, and why, and why not."""

from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.cli import output
from service.core.codec import instant
from service.core.event import Account
from service.ports.store import Delivery
from service.settings import load

deliveries = typer.Typer(no_args_is_help=True, help="The outbox. Example: tocsin deliveries list --state gave_up")

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


@deliveries.command("list")
def list_deliveries(
    state: Annotated[str | None, typer.Option(help="pending, sent, gave_up or superseded")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many at most")] = 100,
    *,
    as_json: JsonFlag = False,
) -> None:
    """List messages, newest first. Example: tocsin deliveries list --state gave_up"""  # noqa: D415
    if state not in {None, "pending", "sent", "gave_up", "superseded"}:
        raise typer.BadParameter("pending, sent, gave_up or superseded", param_hint="--state")
    with App(load()) as app, app.store.read() as tx:
        rows = tx.outbox.list(state=state, limit=limit)
    if as_json:
        output.document([delivery_json(row) for row in rows])
        return
    output.table(
        ("id", "state", "kind", "to", "attempts", "due", "sent", "subject", "last error"),
        [
            (
                row.message.outbox_id,
                row.state,
                row.message.kind,
                row.message.channel.address,
                row.message.attempts,
                instant(row.due_at) if row.state == "pending" else "",
                instant(row.sent_at),
                row.subject,
                row.last_error,
            )
            for row in rows
        ],
        empty="Nothing has been queued.",
    )


@deliveries.command("show")
def show_delivery(
    outbox_id: Annotated[int, typer.Argument(help="id, see tocsin deliveries list")],
    *,
    body: Annotated[bool, typer.Option("--body", help="print the very bytes that are sent")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show one message and every attempt to send it. Example: tocsin deliveries show 9 --body"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        row = tx.outbox.get(outbox_id)
    if body:
        output.say(row.message.body.decode("utf-8", errors="replace"))
    elif as_json:
        output.document(delivery_json(row))
    else:
        for name, value in delivery_json(row).items():
            output.say(f"{name}: {output.dumps(value)}")


@deliveries.command("retry")
def retry_delivery(outbox_id: Annotated[int, typer.Argument(help="id, see tocsin deliveries list")]) -> None:
    """Send a message that was given up once more, under the same id. Example: tocsin deliveries retry 9"""  # noqa: D415
    with App(load()) as app, app.store.write() as tx:
        tx.outbox.retry(outbox_id, app.clock.now())
    output.say(f"delivery {outbox_id} is due again")


def explain(
    subscription: Annotated[int, typer.Option(help="id, see tocsin subscriptions list")],
    event: Annotated[int, typer.Option(help="id, see tocsin events list")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say why this subscription was told of this event, or why not.

    Example: tocsin explain --subscription 1 --event 17
    """
    with App(load()) as app, app.store.read() as tx:
        tx.subscriptions.get(subscription)
        tx.events.get(event)
        made = tx.decisions.of(subscription, event)
        copies = [told for told in tx.events.accounts(event) if told.decision == "copy"]
    rows: list[dict[str, Any]] = [
        {
            "at": instant(at),
            "revision": revision,
            "rule": rule,
            "sent": notice.kind,
            "code": notice.code,
            "reason": notice.reason,
        }
        for at, revision, rule, notice in made
    ]
    rows += [_duplicate(told) for told in copies]
    rows.sort(key=lambda row: str(row["at"]))
    if as_json:
        output.document(rows)
        return
    output.table(
        ("at", "revision", "rule", "sent", "code", "reason"),
        [tuple(row.values()) for row in rows],
        empty="No decision yet: the event had no development since the subscription began.",
    )


def _duplicate(told: Account) -> dict[str, Any]:
    """Return why an account that only repeats another one's text was nothing to decide about."""
    reason = f"entry {told.entry_id} of {told.outlet} adds nothing: {told.reason}"
    return {"at": instant(told.told_at), "revision": None, "rule": "", "sent": None} | {
        "code": "duplicate",
        "reason": reason,
    }


def delivery_json(row: Delivery) -> dict[str, Any]:
    """Return a delivery as the API gives it."""
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
            for a in row.attempts
        ],
    }
