"""`tocsin users`: operators and API tokens."""

from datetime import timedelta
from typing import Annotated

import typer

from service.bootstrap import App
from service.bootstrap.operators import Given
from service.bootstrap.shown import token_json, user_json
from service.cli import output
from service.core.codec import instant
from service.core.errors import BadRule
from service.core.rules.settings import duration
from service.settings import load

users = typer.Typer(no_args_is_help=True, help="Operators and API tokens. Example: tocsin users add ada")


@users.callback()
def _users() -> None:
    """Operators and API tokens. Example: tocsin users add ada"""  # noqa: D415


Name = Annotated[str, typer.Argument(help="the operator's name, as histories show it")]
Label = Annotated[str, typer.Option(help="what the token is for, as in ci")]
Last = Annotated[str, typer.Option("--for", help="how long it works, as in 12h or 90d; without, until it is revoked")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


@users.command()
def add(name: Name, *, label: Label = "", last: Last = "", as_json: JsonFlag = False) -> None:
    """Add an operator and print their token, this once. It signs in on the pages and is the bearer of the API.

    Example: tocsin users add ada
    """
    span = _span(last)
    with App(load()) as app, output.asked():
        given = app.operators.add(name, label=label, last=span)
    _say(given, as_json=as_json)


@users.command("list")
def list_users(*, as_json: JsonFlag = False) -> None:
    """List operators and what is known of their tokens; a token itself is kept nowhere.

    Example: tocsin users list
    """
    with App(load()) as app:
        now = app.clock.now()
        found = app.operators.all()
    if as_json:
        output.document([user_json(user, now) for user in found])
        return
    rows = []
    for user in found:
        state = "removed" if user.ended_at else ""
        rows += [
            (
                user.name,
                str(token.token_id),
                f"{token.hint}…",
                token.label,
                instant(token.used_at) or "never",
                state or ("works" if token.works(now) else "ended"),
            )
            for token in user.tokens
        ] or [(user.name, "", "", "", "", state or "no token")]
    empty = "There are no operators; `tocsin users add NAME` adds one."
    output.table(("operator", "token", "begins", "for", "last used", ""), rows, empty=empty)


@users.command()
def token(
    name: Annotated[str, typer.Argument(help="the operator's name")] = "",
    *,
    label: Label = "",
    last: Last = "",
    revoke: Annotated[
        int | None, typer.Option(min=1, max=2**63 - 1, help="end the token of this number instead")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Give an operator another token, printed this once; or end one, which signs out whoever signed in with it.

    Example: tocsin users token ada --label ci --for 90d
    """
    if (revoke is None) == (not name):
        raise typer.BadParameter("a name for a new token, or --revoke and a number")
    span = _span(last)
    with App(load()) as app, output.asked():
        if revoke is not None:
            app.operators.revoke(revoke)
        else:
            given = app.operators.give(name, label=label, last=span)
    if revoke is None:
        _say(given, as_json=as_json)
    elif as_json:
        output.document({"token_id": revoke, "revoked": True})
    else:
        output.say(f"token {revoke} is revoked")


@users.command()
def remove(name: Name, *, as_json: JsonFlag = False) -> None:
    """End an operator and all their tokens. What they did keeps their name. Example: tocsin users remove ada"""  # noqa: D415
    with App(load()) as app:
        app.operators.remove(name)
    if as_json:
        output.document({"user": name, "removed": True})
    else:
        output.say(f"{name} is removed")


def _span(last: str) -> timedelta | None:
    if not last:
        return None
    try:
        return duration(last)
    except BadRule as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error


def _say(given: Given, *, as_json: bool) -> None:
    if as_json:
        output.document({"user": given.token.user, "token": given.secret} | token_json(given.token))
        return
    output.say(given.secret)
    until = f" until {instant(given.token.until)}" if given.token.until else ""
    output.say(f"This is {given.token.user}'s token{until}; it is shown once and kept nowhere.")
