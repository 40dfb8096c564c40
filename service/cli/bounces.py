"""`tocsin bounces`: mail that came back, and addresses that are given up."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.bootstrap import App
from service.cli import output
from service.core.codec import instant
from service.core.errors import StoreUnavailable
from service.settings import load

bounces = typer.Typer(no_args_is_help=True, help="Mail that came back. Example: tocsin bounces list")

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]
TRY_AGAIN = 75
"""What tells a mail server that it may try later: EX_TEMPFAIL of sysexits.h."""


@bounces.command("take")
def take_bounces(
    files: Annotated[list[Path] | None, typer.Argument(help="mails; - or none for one on standard input")] = None,
    *,
    to: Annotated[str, typer.Option(help="the envelope's recipient, bounces+ID@…, where it is known")] = "",
) -> None:
    """Take in returned mail: made for a mail server's pipe, so what cannot be understood is no error.

    Example: tocsin bounces take --to bounces+msg_1@example.org < mail.eml
    """
    paths = files or [Path("-")]
    mails = [sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes() for path in paths]
    try:
        with App(load()) as app:
            for mail in mails:
                taken = app.returned_mail.take(mail, to=to)
                output.say(f"{taken.address or 'nobody'}: {taken.what}")
    except StoreUnavailable as error:
        output.complain(error)
        raise typer.Exit(TRY_AGAIN) from error


@bounces.command("list")
def list_bounces(*, as_json: JsonFlag = False) -> None:
    """List addresses that nothing is mailed to any more, and why. Example: tocsin bounces list --json"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        rows = tx.returns.suppressed()
    if as_json:
        output.document(
            [
                {"to": row.address, "reason": row.reason, "returned": row.returned, "last_at": instant(row.at)}
                for row in rows
            ]
        )
        return
    output.table(
        ("to", "returned", "last", "why"),
        [(row.address, row.returned, instant(row.at), row.reason) for row in rows],
        empty="No address is given up.",
    )


@bounces.command("lift")
def lift_bounce(address: Annotated[str, typer.Argument(help="an email address, see tocsin bounces list")]) -> None:
    """Write to an address again. What its reader ended stays ended. Example: tocsin bounces lift ada@example.org"""  # noqa: D415
    with App(load()) as app, app.store.write() as tx:
        lifted = tx.returns.lift(address)
    if not lifted:
        output.say(f"{address} is not given up")
        raise typer.Exit(output.FINDINGS)
    output.say(f"{address} is written to again")
