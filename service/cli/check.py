"""`tocsin check`: everything that can be wrong before starting."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from service.bootstrap import App
from service.cli import output
from service.core.errors import BadConfig, BadInput, TocsinError
from service.core.rules import check_rules
from service.core.subscription import masked
from service.settings import load, missing, unknown

TXT_PART = 255
MOST_CLOSED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How one part stands: fine, or what is wrong with it."""

    part: str
    findings: tuple[TocsinError, ...]


def check(*, as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False) -> None:
    """Check settings, rules, templates, database and channels. Exit 1 if anything is wrong, 2 if out of reach.

    Example: tocsin check
    """
    with silence(), App(load()) as app:
        checked = [_checked(part, look) for part, look in parts(app).items()]
        records = _records(app)
    if as_json:
        output.document({item.part: [_finding_json(error) for error in item.findings] for item in checked})
    else:
        for item in checked:
            output.say(f"{item.part}: {'fine' if not item.findings else f'{len(item.findings)} to mend'}")
            for error in item.findings:
                output.complain(error)
        for name, text in records:
            output.say(f"for mail signed by us to be believed, publish in the DNS:\n  {name}. TXT {quoted(text)}")
    raise typer.Exit(exit_code(error for item in checked for error in item.findings))


@contextmanager
def silence() -> Iterator[None]:
    """Log nothing: what is wrong is printed once, with its place; what looking at it logs would say it again."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


def quoted(text: str) -> str:
    """Return a TXT record's text as zone files want it: strings of at most 255 bytes, one after the other."""
    return " ".join(f'"{text[at : at + TXT_PART]}"' for at in range(0, len(text), TXT_PART))


def _records(app: App) -> list[tuple[str, str]]:
    try:
        return app.channels.records()
    except TocsinError:  # said above
        return []


def parts(app: App) -> dict[str, Callable[[], Iterable[TocsinError]]]:
    """Return what is checked, in order: each a call that yields, or raises, what is wrong."""
    return {
        "settings": lambda: [BadInput(said) for said in (*unknown(os.environ), *missing(app.settings))],
        "rules": lambda: _rules(app),
        "lexicon": lambda: [*_opened(app, "judge"), *app.check_lexicons()],
        "declared": app.check_declared,
        "templates": app.check_templates,
        "database": lambda: _opened(app, "store"),
        "channels": lambda: [*app.channels.check(), *_closed(app)],
        "map": lambda: _opened(app.maps, "countries"),
    }


def _rules(app: App) -> tuple[TocsinError, ...]:
    checked = check_rules(app.rulebook.current())
    return (*checked.rules.unreadable, *checked.findings, *_missing(app))


def _missing(app: App) -> Iterable[TocsinError]:
    """Return the rules that are asked for in vain; of a database out of reach its own part tells."""
    try:
        return app.desk.look_for_missing()
    except TocsinError:
        return ()


def _closed(app: App) -> Iterator[TocsinError]:
    """Yield the channels to which nothing is sent any more, each with the way back; by host, a path may hold a token.

    Of a database out of reach its own part tells.
    """
    try:
        with app.store.read() as tx:
            closed = tx.subscriptions.closed()
    except TocsinError:
        return
    for one in closed[:MOST_CLOSED]:
        where = masked(one.channel)
        words = f"subscription {one.subscription_id} gets nothing: its {one.channel.kind} ({where}) is disabled"
        hint = f"`tocsin subscriptions resume {one.subscription_id}` opens it again, `… remove …` ends it"
        yield BadInput(f"{words}: {one.channel.reason}", hint=hint)
    if len(closed) > MOST_CLOSED:
        yield BadInput(f"{len(closed) - MOST_CLOSED} more like that", hint="`tocsin subscriptions list` shows them")


def _opened(app: object, part: str) -> tuple[TocsinError, ...]:
    """Make the part; what stands in the way is raised."""
    getattr(app, part)
    return ()


def _checked(part: str, look: Callable[[], Iterable[TocsinError]]) -> Checked:
    try:
        return Checked(part=part, findings=tuple(look()))
    except TocsinError as error:
        return Checked(part=part, findings=(error,))
    except OSError as error:
        return Checked(part=part, findings=(output.unreadable(error),))


def exit_code(errors: Iterable[TocsinError]) -> int:
    """Return 2 if something is out of reach, 1 if something is wrong, 0 if all is fine."""
    found = list(errors)
    if any(not isinstance(error, BadInput) or (isinstance(error, BadConfig) and not error.line) for error in found):
        return output.UNREADABLE
    return output.FINDINGS if found else output.FINE


def _finding_json(error: TocsinError) -> dict[str, object]:
    place: dict[str, object] = {}
    if isinstance(error, BadInput):
        place = {"file": error.file, "line": error.line, "column": error.column}
    return {"code": error.code, "message": error.message, "hint": error.hint} | place
