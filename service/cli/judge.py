"""`tocsin judge`: entries in, judgements out, just as the ingest step would have them. Nothing is stored."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from service.bootstrap import App
from service.cli import backtest, output
from service.cli.entries import Row, read_rows
from service.cli.why import why_json
from service.core.codec import judgement_json
from service.core.entry import Entry
from service.core.errors import BadInput
from service.core.report import Judgement
from service.pipeline.judge import Judging
from service.settings import load

_BATCH = 50
_MOST_TEXT = 10_000_000


def judge(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE|-]", help="JSON lines of entries; - for standard input.")
    ] = Path("-"),
    *,
    text: Annotated[bool, typer.Option("--text", help="The input is one plain text, told now.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which words decided, what nearly did, and what would change it.")
    ] = False,
    against: Annotated[
        bool, typer.Option("--backtest", help="The entries have labels: say how well they are judged, and each error.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --backtest: one JSON document.")] = False,
) -> None:
    """Say what entries report: strikes, talks, or why they are set aside.

    Example: tocsin judge entries.jsonl

    Example: tocsin judge --backtest labels.jsonl
    """
    bad = 0
    with App(load(flags={})) as app:
        if against:
            bad = backtest.run(file, app.judge, as_json=as_json)
            raise typer.Exit(output.FINDINGS if bad else output.FINE)
        rows = iter([_plain(file)]) if text else read_rows(file)
        while batch := list(islice(rows, _BATCH)):
            bad += _answer(batch, app.judge, explain=explain)
    raise typer.Exit(output.FINDINGS if bad else output.FINE)


def _answer(batch: Sequence[Row | BadInput], judging: Judging, *, explain: bool) -> int:
    """Print the judgements of a batch, complain about what could not be read, and return how many that were."""
    now, bad = datetime.now(UTC), 0
    judged = _judged([row.entry(now=now) for row in batch if isinstance(row, Row)], judging)
    for row in batch:
        said = row if isinstance(row, BadInput) else next(judged)
        if isinstance(said, Judgement) and isinstance(row, Row):
            why = {"why": why_json(judging.explain(row.entry(now=now)))} if explain else {}
            output.line({"id": row.row_id, **judgement_json(said, explain=explain), **why})
        elif isinstance(said, BadInput):
            output.complain(said)
            bad += 1
    return bad


def _judged(entries: Sequence[Entry], judging: Judging) -> Iterator[Judgement | BadInput]:
    """Yield each judgement; an entry that cannot be judged takes no other down with it."""
    try:
        yield from judging.judge(entries)
    except Exception:  # noqa: BLE001  found out one by one below
        for entry in entries:
            try:
                yield judging.judge([entry])[0]
            except Exception as error:  # noqa: BLE001  said, with the entry's name
                yield BadInput(f"entry {entry.uid!r} cannot be judged: {error!r}", hint="please report this entry")


def _plain(file: Path) -> Row:
    """Return a whole file as one entry without a title. Raises BadInput where it cannot be read."""
    try:
        raw = sys.stdin.buffer.read(_MOST_TEXT) if str(file) == "-" else _head(file)
    except OSError as error:
        raise BadInput(f"cannot read: {error.strerror}", file=str(file), hint="give a text file, or -") from error
    content = raw.decode("utf-8", errors="replace")
    return Row(row_id="text", feed="text", title="", summary="", content=content, link=None, lang=None, published=None)


def _head(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(_MOST_TEXT)
