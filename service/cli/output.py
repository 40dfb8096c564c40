"""How commands speak: JSON for programs, aligned text for people, progress and errors on stderr.

The only place that imports rich.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from service.core.errors import BadInput, TocsinError, Unavailable

FINE, FINDINGS, UNREADABLE, USAGE = 0, 1, 2, 64
"""Exit codes: fine; findings or failed checks; cannot read or reach something; wrong usage."""


def dumps(value: Any) -> str:
    """Return one JSON document on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def line(value: Any) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(dumps(value) + "\n")


def document(value: Any) -> None:
    """Print one JSON document for people and programs alike."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows in aligned columns, or say that there are none."""
    grid = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(soft_wrap=not sys.stdout.isatty())
    console.print(grid if grid.row_count else empty, markup=False, highlight=False)


def say(text: str) -> None:
    """Print a line for people."""
    sys.stdout.write(text + "\n")


def complain(error: TocsinError) -> None:
    """Print an error on stderr as `file:line:col: CODE message (hint)`."""
    text = error.located() if isinstance(error, BadInput) else f"{error.code} {error}"
    sys.stderr.write(text + "\n")


def unreadable(error: OSError) -> Unavailable:
    """Put what the system refused into one line."""
    return Unavailable(
        f"{error.filename or 'the system'}: {error.strerror or error}", hint="check the path and its permissions"
    )


@contextmanager
def asked() -> Iterator[None]:
    """Turn what is wrong with the arguments of a command into wrong usage."""
    try:
        yield
    except BadInput as error:
        raise typer.BadParameter(str(error)) from error


def part(mail: bytes, subtype: str) -> str:
    """Return the text or html part of a mail."""
    found = message_from_bytes(mail, policy=policy.default).get_body((subtype,))
    return str(found.get_content()) if found is not None else ""


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Any]:
    """Yield a call to be made with the number of things done since the last; draws a bar on a terminal only."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done=1: bar.advance(task, done)
