"""`tocsin subscriptions`: readers and channels."""

from typing import Annotated, Any, cast, get_args

import typer

from service.adapters.channels import check_url, new_key
from service.bootstrap import App
from service.cli import endpoints, output, reader_lists
from service.core.codec import instant
from service.core.errors import BadInput
from service.core.subscription import Format, Mode, Quiet, Subscription
from service.pipeline.manage import DAYS, Wish, days_in, quiet_in
from service.settings import load

subscriptions = typer.Typer(no_args_is_help=True, help="Readers and channels. Example: tocsin subscriptions list")
subscriptions.command("import")(reader_lists.load_list)
subscriptions.command("export")(reader_lists.export)
subscriptions.command("export-person")(reader_lists.export_person)
subscriptions.command("erase")(reader_lists.erase_person)
subscriptions.command("test")(endpoints.test)
subscriptions.command("rotate")(endpoints.rotate)

FORMATS = ", ".join(get_args(Format))
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
        ("id", "state", "mode", "channel", "to", "rules", "zone", "at", "quiet", "source"),
        [
            (
                row.subscription_id,
                row.state + endpoints.standing(row.channel),
                row.mode,
                row.channel.kind,
                row.channel.address,
                ", ".join(row.rules) or "all",
                row.tz if row.wants_digests or row.quiet else "",
                at_words(row) if row.wants_digests else "",
                quiet_words(row.quiet),
                row.source,
            )
            for row in rows
        ],
        empty="No subscriptions yet. Add one: tocsin subscriptions add --email a@example.org --mode digest",
    )


@subscriptions.command("add")
def add_subscription(
    *,
    mode: Annotated[str, typer.Option(help="alert, digest or both")],
    email: Annotated[str | None, typer.Option(help="an email address")] = None,
    webhook: Annotated[str | None, typer.Option(help="a web address that takes signed POSTs")] = None,
    rules: Annotated[str, typer.Option(help="ids of watch rules with commas between, or all")] = "all",
    tz: Annotated[str | None, typer.Option(help="time zone of digest and quiet hours, as IANA name; else UTC")] = None,
    at: Annotated[str | None, typer.Option(help="local time of a digest; else 07:00")] = None,
    days: Annotated[str | None, typer.Option(help="weekdays of a digest, such as mon,thu, or all")] = None,
    skip_empty: Annotated[
        bool | None, typer.Option("--skip-empty/--tell-empty", help="whether a digest without events is sent")
    ] = None,
    quiet: Annotated[
        str | None, typer.Option(help='when alerts wait, in local time, such as 22:00-06:30; "" for never')
    ] = None,
    quiet_unless: Annotated[
        int | None, typer.Option(help="severity, 1 to 5, from which they come all the same")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="the webhook's secret, whsec_…; made up if not given")] = None,
    asymmetric: Annotated[bool, typer.Option("--asymmetric", help="sign with a key of ed25519 (v1a) instead")] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help=f"what the webhook takes: {FORMATS}; else standard")
    ] = None,
    owner: Annotated[str, typer.Option(help="whom to write to when the webhook has to be disabled")] = "",
    confirmed: Annotated[bool, typer.Option("--confirmed", help="the address's owner has agreed already")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a subscription. An email address counts once its owner has confirmed it, or with --confirmed.

    One that is there already is set as said; what is not said stays as it was.

    Example: tocsin subscriptions add --email a@example.org --mode digest --tz Europe/Kyiv --at 07:30 --confirmed
    """
    if (email is None) == (webhook is None):
        raise typer.BadParameter("give either --email or --webhook")
    if mode not in get_args(Mode):
        raise typer.BadParameter("alert, digest or both", param_hint="--mode")
    if format_ is not None and format_ not in get_args(Format):
        raise typer.BadParameter(FORMATS, param_hint="--format")
    if format_ == "apprise" and (fault := check_url(webhook or "")):
        raise typer.BadParameter(fault, param_hint="--webhook")
    said: dict[str, Any] = {"tz": tz, "at": at, "format": format_}
    with App(load()) as app, output.asked():
        said |= {
            "days": None if days is None else days_in(days),
            "empty_day": None if skip_empty is None else "skip" if skip_empty else "tell",
        }
        wish = Wish(
            kind="email" if email is not None else "webhook",
            address=email or webhook or "",
            mode=cast("Mode", mode),
            rules=_rules_in(rules),
            quiet=quiet_in(quiet or "", quiet_unless),
            secret=new_key() if asymmetric and not secret else secret,
            owner=owner,
            confirmed=confirmed or webhook is not None,
            named=frozenset(name for name, value in (*said.items(), ("quiet", quiet)) if value is not None),
            **{name: value for name, value in said.items() if value is not None},
        )
        with app.store.read() as tx:
            here = tx.subscriptions.at_address(wish.kind, wish.address.strip())
        had = endpoints.has_secret(here, secret, asymmetric=asymmetric)
        added = app.subscribe(wish)
    if as_json:
        output.document(subscription_json(added) | ({"secret": added.channel.secret} if webhook else {}))
        return
    output.say(f"subscription {added.subscription_id}: {added.mode} to {added.channel.address}, {added.state}")
    if webhook and added.channel.format == "standard":
        endpoints.say_secret(added.channel, had=had)
    if added.state == "pending":
        output.say(
            "its owner is asked by mail; nothing else is sent before they agree, or before it is added --confirmed"
        )


def _pause(subscription_id: int, *, off: bool) -> None:
    with App(load()) as app:
        with app.store.read() as tx:
            found = tx.subscriptions.get(subscription_id)
        state = app.readers.pause(found, off=off).state
        opened = off and app.endpoints.reopen(subscription_id, app.clock.now())
    output.say(f"subscription {subscription_id} is {state}{f', its {found.channel.kind} open again' * opened}")


@subscriptions.command("pause")
def pause(subscription_id: IdArgument, *, off: Annotated[bool, typer.Option("--off", help="go on")] = False) -> None:
    """Send nothing for a while, or with --off go on. Example: tocsin subscriptions pause 3"""  # noqa: D415
    _pause(subscription_id, off=off)


@subscriptions.command("resume")
def resume(subscription_id: IdArgument) -> None:
    """Go on after a pause, or where nothing was sent any more as the far side failed.

    Example: tocsin subscriptions resume 3
    """
    _pause(subscription_id, off=True)


@subscriptions.command("remove")
def remove(subscription_id: IdArgument) -> None:
    """End a subscription; what is not sent yet never will be. Example: tocsin subscriptions remove 3"""  # noqa: D415
    with App(load()) as app, app.store.write() as tx:
        tx.subscriptions.set_state(subscription_id, "ended")
    output.say(f"subscription {subscription_id} is ended")


def at_words(row: Subscription) -> str:
    """Return `07:30`, or `07:30 mon,thu`."""
    return " ".join([f"{row.at:%H:%M}", ",".join(DAYS[day - 1] for day in row.days)]).strip()


def quiet_words(quiet: Quiet | None) -> str:
    """Return `22:00-06:30`."""
    return f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else ""


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
        "days": [DAYS[day - 1] for day in row.days] or "all",
        "empty_day": row.empty_day,
        "quiet": quiet_words(row.quiet) or None,
        "quiet_unless": row.quiet.unless if row.quiet else None,
        "source": row.source,
        "format": row.channel.format,
        "owner": row.channel.owner,
        "failing_since": instant(row.channel.failing_since),
        "paused_until": instant(row.channel.paused_until),
        "created_at": instant(row.created_at),
    }


def _rules_in(text: str) -> tuple[str, ...]:
    """Read ids of rules. Raises BadInput where none is named: an empty list stands for all, which was not asked for."""
    if text.strip() == "all":
        return ()
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    if not named:
        raise BadInput("no watch rule is named", hint="ids with commas between, or all")
    return named
