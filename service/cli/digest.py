"""`tocsin digest`: what a digest would say now, and sending it before its hour."""

from typing import Annotated

import typer

from service.bootstrap import App
from service.cli import output
from service.cli.subscriptions import IdArgument, JsonFlag
from service.core.errors import BadInput
from service.settings import load

digest = typer.Typer(no_args_is_help=True, help="Digests. Example: tocsin digest preview 3")


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
