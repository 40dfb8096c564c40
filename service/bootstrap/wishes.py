"""What operators ask for as a Wish: as they declare it, with what its address has already."""

from dataclasses import replace
from typing import Any, get_args

from service.adapters.channels import new_secret
from service.core.errors import BadInput
from service.core.subscription import ChannelKind, EmptyDay, Format, Mode, Subscription, Wish
from service.pipeline import manage
from service.ports.store import Transaction


def wish_of(values: dict[str, Any]) -> Wish:
    """Read a declared or listed subscription. Raises BadInput unless it names one channel and a mode."""
    if ("email" in values) == ("webhook" in values):
        raise BadInput("a subscription needs either `email` or `webhook`")
    if values.get("mode") not in get_args(Mode):
        raise BadInput("`mode` must be alert, digest or both")
    if values.get("empty_day", "tell") not in get_args(EmptyDay):
        raise BadInput("`empty_day` must be tell or skip")
    kind: ChannelKind = "email" if "email" in values else "webhook"
    rules = [str(rule) for rule in values.get("rules", ())]
    days = manage.days_in(",".join(str(day) for day in values.get("days", ())))
    quiet = manage.quiet_in(values.get("quiet", ""), values.get("quiet_unless"))
    if values.get("format", "standard") not in get_args(Format):
        raise BadInput(f"`format` must be one of {', '.join(get_args(Format))}")
    names = ("mode", "tz", "at", "empty_day", "secret", "format", "owner")
    rest = {name: values[name] for name in names if name in values}
    rest |= {"days": days, "quiet": quiet, "named": frozenset(values)}
    return Wish(kind=kind, address=values[kind], rules=rules, source="file", **rest)


def completed(tx: Transaction, wish: Wish) -> Wish:
    """Return the wish for a webhook with the format that its address has, where it names none, and with a secret.

    One that has a secret keeps it: a file that names none must not change it at every start.
    """
    if wish.kind != "webhook":
        return wish
    here = tx.subscriptions.at_address("webhook", wish.address.strip())
    known = here[0].channel if here else None
    if known and not wish.names("format"):
        wish = replace(wish, format=known.format)
    needs = wish.format == "standard" and not wish.secret and not (known and known.secret)
    return replace(wish, secret=new_secret()) if needs else wish


def wish_for(made: Subscription) -> Wish:
    """Return what the owner of an address is asked to agree to: all of the subscription as it is by now."""
    return Wish(
        kind=made.channel.kind,
        address=made.channel.address,
        mode=made.mode,
        rules=made.rules,
        tz=made.tz,
        at=f"{made.at:%H:%M}",
        days=made.days,
        empty_day=made.empty_day,
        quiet=made.quiet,
        source=made.source,
    )
