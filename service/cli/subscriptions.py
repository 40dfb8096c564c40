"""`tocsin subscriptions`: readers and channels. `tocsin digest`: what a digest would say now."""

from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.cli import output
from service.core.codec import instant
from service.core.errors import BadInput
from service.core.subscription import Subscription
from service.pipeline.manage import Wish
from service.settings import load

subscriptions = typer.Typer(no_args_is_help=True, help="Readers and channels. Example: tocsin subscriptions list")
digest = typer.Typer(no_args_is_help=True, help="Digests. Example: tocsin digest preview 3")

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]
IdArgument = Annotated[int, typer.Argument(help="id, see tocsin subscriptions list")]


@subscriptions.command("list")
def list_subscriptions(*, as_json: JsonFlag = False) -> None:
    """List subscriptions. Example: tocsin subscriptions list --json"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        rows = tx.subscriptions.all()
    if as_json:
        output.document([subscription_json(row) for row in rows])
        return
    output.table(
        ("id", "state", "mode", "channel", "to", "rules", "zone", "at", "source"),
        [
            (
                row.subscription_id,
                row.state
                if row.channel.state == "active"
                else f"{row.state}, channel {row.channel.state}: {row.channel.reason}",
                row.mode,
                row.channel.kind,
                row.channel.address,
                ", ".join(row.rules) or "all",
                row.tz if row.mode == "digest" else "",
                f"{row.at:%H:%M}" if row.mode == "digest" else "",
                row.source,
            )
            for row in rows
        ],
        empty="No subscriptions yet. Add one: tocsin subscriptions add --email a@example.org --mode digest",
    )


@subscriptions.command("add")
def add_subscription(
    *,
    mode: Annotated[str, typer.Option(help="alert or digest")],
    email: Annotated[str | None, typer.Option(help="an email address")] = None,
    webhook: Annotated[str | None, typer.Option(help="a web address that takes signed POSTs")] = None,
    rules: Annotated[str, typer.Option(help="ids of watch rules with commas between, or all")] = "all",
    tz: Annotated[str, typer.Option(help="time zone of a digest, as IANA name")] = "UTC",
    at: Annotated[str, typer.Option(help="local time of a digest")] = "07:00",
    secret: Annotated[str | None, typer.Option(help="the webhook's secret, whsec_…; made up if not given")] = None,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="the address's owner has agreed already")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a subscription. An email address counts once its owner has confirmed it, or with --confirmed.

    Example: tocsin subscriptions add --email a@example.org --mode digest --tz Europe/Kyiv --at 07:30 --confirmed
    """
    if (email is None) == (webhook is None):
        raise typer.BadParameter("give either --email or --webhook")
    if mode not in {"alert", "digest"}:
        raise typer.BadParameter("alert or digest", param_hint="--mode")
    wish = Wish(
        kind="email" if email is not None else "webhook",
        address=email or webhook or "",
        mode="alert" if mode == "alert" else "digest",
        rules=() if rules == "all" else tuple(part.strip() for part in rules.split(",") if part.strip()),
        tz=tz,
        at=at,
        secret=secret,
        confirmed=confirmed or webhook is not None,
    )
    with App(load()) as app, output.asked():
        added = app.subscribe(wish)
    if as_json:
        output.document(subscription_json(added) | ({"secret": added.channel.secret} if webhook else {}))
        return
    output.say(f"subscription {added.subscription_id}: {added.mode} to {added.channel.address}, {added.state}")
    if webhook:
        output.say(f"secret, shown this once: {added.channel.secret}")
    if added.state == "pending":
        output.say("nothing is sent before it is confirmed; if the owner has agreed already, add it with --confirmed")


def _set(subscription_id: int, state: Any) -> None:
    with App(load()) as app, app.store.write() as tx:
        tx.subscriptions.set_state(subscription_id, state)
    output.say(f"subscription {subscription_id} is {state}")


@subscriptions.command("pause")
def pause(subscription_id: IdArgument, *, off: Annotated[bool, typer.Option("--off", help="go on")] = False) -> None:
    """Send nothing for a while, or with --off go on. Example: tocsin subscriptions pause 3"""  # noqa: D415
    _set(subscription_id, "active" if off else "paused")


@subscriptions.command("remove")
def remove(subscription_id: IdArgument) -> None:
    """End a subscription; what is not sent yet never will be. Example: tocsin subscriptions remove 3"""  # noqa: D415
    _set(subscription_id, "ended")


@digest.command("preview")
def preview(
    subscription_id: Annotated[int | None, typer.Argument(help="id; without one, a digest of everything")] = None,
    *,
    html: Annotated[bool, typer.Option("--html", help="print the HTML part instead of the text")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="print the very bytes that would be sent")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Print what a digest would say now. Nothing is sent or noted. Example: tocsin digest preview 3"""  # noqa: D415
    with App(load()) as app:
        rendered = app.preview_digest(subscription_id)
    if as_json:
        text, markup = (output.part(rendered.body, subtype) for subtype in ("plain", "html"))
        output.document({"subject": rendered.subject, "text": text, "html": markup})
        return
    output.say(
        rendered.body.decode("utf-8", "replace") if raw else output.part(rendered.body, "html" if html else "plain")
    )


@digest.command("send")
def send(subscription_id: IdArgument) -> None:
    """Send a subscription's digest now instead of at its hour. Example: tocsin digest send 3"""  # noqa: D415
    with App(load()) as app:
        outbox_id = app.send_digest(subscription_id)
    if outbox_id is None:
        raise BadInput("today's digest of this subscription is made already", hint="tocsin deliveries list")
    output.say(f"queued as delivery {outbox_id}")


def subscription_json(row: Subscription) -> dict[str, Any]:
    """Return a subscription as the API gives it, without its secret and key."""
    return {
        "subscription_id": row.subscription_id,
        "state": row.state,
        "mode": row.mode,
        "channel": row.channel.kind,
        "channel_state": row.channel.state,
        "to": row.channel.address,
        "rules": list(row.rules) or "all",
        "tz": row.tz,
        "at": f"{row.at:%H:%M}",
        "source": row.source,
        "created_at": instant(row.created_at),
    }
