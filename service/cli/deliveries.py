"""`tocsin deliveries` and `tocsin explain`: what was sent, and why, and why not."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.bootstrap.shown import delivery_json
from service.cli import output
from service.core.codec import instant, parse_instant
from service.core.errors import BadInput
from service.core.event import Account
from service.core.subscription import Subscription
from service.ports.outbox import Delivery
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
    with App(load()) as app:
        app.endpoints.retry(outbox_id, app.clock.now())
    output.say(f"delivery {outbox_id} is due again")


@deliveries.command("replay")
def replay_deliveries(
    since: Annotated[
        str, typer.Option(help="from when on they were queued: ISO time, or how long ago, such as 2h, 3d")
    ],
    subscription: Annotated[int | None, typer.Option(help="only those of this one")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="also what arrived; receivers know it by its id")] = False,
) -> None:
    """Send again, under their old ids, the messages that were given up since a time.

    Example: tocsin deliveries replay --since 12h --subscription 3
    """
    with App(load()) as app, output.asked():
        now = app.clock.now()
        due = app.endpoints.replay(since_in(since, now), now, subscription_id=subscription, all_=all_)
    output.say(f"{due} due again")


def explain(
    subscription: Annotated[int, typer.Option(help="id, see tocsin subscriptions list")],
    event: Annotated[int, typer.Option(help="id, see tocsin events list")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say why this subscription was told of this event, or why not, and what became of each message.

    Example: tocsin explain --subscription 1 --event 17
    """
    with App(load()) as app, app.store.read() as tx:
        reader = tx.subscriptions.get(subscription)
        tx.events.get(event)
        made = tx.decisions.of(subscription, event)
        copies = [told for told in tx.events.accounts(event) if told.decision == "copy"]
        sent = tx.outbox.about(subscription, event)
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
    rows += [_became(row) for row in sent]
    if not made and not reader.wants_alerts:
        rows.append(_digest_only(reader))
    rows.sort(key=lambda row: str(row["at"]))
    if as_json:
        output.document(rows)
        return
    output.table(
        ("at", "revision", "rule", "sent", "code", "reason"),
        [tuple(row.values()) for row in rows],
        empty="No decision yet: the event had no development since the subscription began.",
    )


def _became(row: Delivery) -> dict[str, Any]:
    """Return what became of a message about the event, or one that mentions it."""
    number, tries = row.message.outbox_id, row.message.attempts
    words = f"delivery {number}, {tries} {'try' if tries == 1 else 'tries'}"
    if row.state == "pending":
        words += f", due at {instant(row.due_at)}"
        if row.message.channel.paused_until and row.message.channel.paused_until > row.due_at:
            words += f"; its endpoint is left alone until {instant(row.message.channel.paused_until)}"
    words += f": {row.last_error}" if row.last_error else ""
    about = {"at": instant(row.sent_at or row.message.created_at), "revision": row.message.revision, "rule": ""}
    return about | {"sent": row.message.kind, "code": row.state, "reason": words}


def _digest_only(reader: Subscription) -> dict[str, Any]:
    reason = "the subscription wants digests, not alerts; what is in one is decided when it is made"
    about = {"at": instant(reader.created_at), "revision": None, "rule": "", "sent": None}
    return about | {"code": "digest_mode", "reason": reason}


def since_in(text: str, now: datetime) -> datetime:
    """Read an ISO time, or how long ago: 90m, 12h, 3d. Raises BadInput."""
    ago = re.fullmatch(r"(\d{1,6})\s*([mhd])", text.strip())
    if ago:
        return now - int(ago[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[ago[2]]
    try:
        return parse_instant(text.strip())
    except ValueError as error:
        raise BadInput(
            f"no time: {text[:40]!r}", hint="write 2026-03-01T12:00, or how long ago, such as 12h"
        ) from error


def _duplicate(told: Account) -> dict[str, Any]:
    """Return why an account that only repeats another one's text was nothing to decide about."""
    reason = f"entry {told.entry_id} of {told.outlet} adds nothing: {told.reason}"
    return {"at": instant(told.told_at), "revision": None, "rule": "", "sent": None} | {
        "code": "duplicate",
        "reason": reason,
    }
