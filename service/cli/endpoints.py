"""`tocsin subscriptions test|rotate`: what is done about webhook endpoints."""

from collections.abc import Sequence
from typing import Annotated

import typer

from service.adapters.channels import new_key, new_secret, public_key
from service.bootstrap import App
from service.cli import output
from service.core.codec import instant
from service.core.errors import BadInput
from service.core.subscription import Channel, Subscription
from service.pipeline.manage import webhook_secret
from service.settings import load

KEY = "whsk_"
IdArgument = Annotated[int, typer.Argument(help="id, see tocsin subscriptions list")]


def test(subscription_id: IdArgument) -> None:
    """Queue a message that says nothing but that it is a test. Example: tocsin subscriptions test 3"""  # noqa: D415
    with App(load()) as app:
        outbox_id = app.endpoints.test(subscription_id, app.clock.now())
    output.say(f"queued as delivery {outbox_id}; `tocsin deliveries show {outbox_id}` says how it went")


def rotate(
    subscription_id: IdArgument,
    *,
    secret: Annotated[str | None, typer.Option(help="the new one, whsec_… or whsk_…; made up if not given")] = None,
    asymmetric: Annotated[bool, typer.Option("--asymmetric", help="sign with a key of ed25519 (v1a)")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Give a webhook a new secret. For 24 hours messages are signed with the old one too.

    Example: tocsin subscriptions rotate 3
    """
    fresh = secret or (new_key() if asymmetric else new_secret())
    with App(load()) as app, output.asked():
        webhook_secret(fresh)
        channel = app.endpoints.rotate(subscription_id, fresh, app.clock.now()).channel
    if as_json:
        until = instant(channel.old_secret_until)
        output.document({"subscription_id": subscription_id, "secret": fresh, "old_secret_until": until})
        return
    say_secret(channel)
    output.say(f"the old one signs too until {instant(channel.old_secret_until)}")


def has_secret(here: Sequence[Subscription], said: str | None, *, asymmetric: bool) -> bool:
    """Whether the endpoint has a secret already. Raises BadInput where another one, or another sort, is said."""
    known = next((one for one in here if one.channel.secret), None)
    if known is None or known.channel.secret is None:
        return False
    held = known.channel.secret
    if held != said if said else asymmetric and not held.startswith(KEY):
        hint = f"`tocsin subscriptions rotate {known.subscription_id}` changes it; for a day both sign"
        raise BadInput("this endpoint signs with another secret already", hint=hint)
    return True


def say_secret(channel: Channel, *, had: bool = False) -> None:
    """Print what a receiver verifies with. One that it had before was printed then."""
    if had:
        output.say("it signs with the secret it has already; `tocsin subscriptions rotate` gives it another")
        return
    secret = channel.secret or ""
    output.say(f"secret, shown this once: {secret}")
    if secret.startswith(KEY):
        output.say(f"public key, which is all a receiver needs: {public_key(secret)}")


def standing(channel: Channel) -> str:
    """Return how an endpoint stands where it does not stand well."""
    if channel.state != "active":
        return f", channel {channel.state}: {channel.reason}"
    words = f", failing since {instant(channel.failing_since)}" if channel.failing_since else ""
    return words + (f", left alone until {instant(channel.paused_until)}" if channel.trips else "")
