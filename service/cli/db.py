"""`tocsin db`: looking after the database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from service.adapters import store
from service.cli import output
from service.settings import load

db = typer.Typer(no_args_is_help=True, help="Look after the database. Example: tocsin db status")

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


def database_url() -> str:
    """Return the URL of the database the settings name."""
    return load().database_url


@db.command()
def upgrade(*, as_json: JsonFlag = False) -> None:
    """Make the database, or bring its tables up to date; safe while the service runs. Example: tocsin db upgrade"""  # noqa: D415
    standing = store.upgrade(database_url())
    _tell(_standing_json(standing), f"the database is at {standing.current}", as_json=as_json)


@db.command()
def status(*, as_json: JsonFlag = False) -> None:
    """Say where the database stands; exit 1 if it needs an upgrade. Example: tocsin db status --json"""  # noqa: D415
    url = database_url()
    standing = store.status(url)
    said = f"{store.shown(url)} is at {standing.current or 'nothing yet'}, this version needs {standing.head}"
    newer = "it was written by a newer Tocsin: install that version, or restore a backup made by this one"
    way_out = "" if standing.ready else "; run: tocsin db upgrade" if standing.known else f"; {newer}"
    _tell({"database": store.shown(url)} | _standing_json(standing), said + way_out, as_json=as_json)
    if not standing.ready:
        raise typer.Exit(output.FINDINGS)


@db.command()
def backup(
    file: Annotated[Path, typer.Argument(help="a file that does not exist yet")], *, as_json: JsonFlag = False
) -> None:
    """Copy the SQLite database to a file, checked, while the service runs. It holds secrets: keep it safe.

    Example: tocsin db backup tocsin-2026-01-05.db
    """
    size = store.backup(database_url(), file)
    _tell({"file": str(file), "bytes": size}, f"{file}: {size} bytes", as_json=as_json)


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(help="what `tocsin db backup` made")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="replace the database; a copy of it is kept beside it")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup back and bring its tables up to date. Example: tocsin db restore tocsin-2026-01-05.db --force"""  # noqa: D415
    url = database_url()
    kept = store.restore(url, file, force=force)
    said = f"{store.shown(url)} holds {file} now" + (f"; what was there is in {kept}" if kept else "")
    _tell({"database": store.shown(url), "kept": str(kept) if kept else None}, said, as_json=as_json)


@db.command()
def prune(
    *,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, help="how much to keep of what is of no use any more")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Forget old texts that were set aside, old messages' bytes, and why old alerts were not sent.

    Events, reports, claims and what they were made from stay. Example: tocsin db prune --keep-days 90
    """
    before = datetime.now(UTC) - timedelta(days=keep_days)
    with store.open_store(database_url()) as opened:
        done = opened.prune(before=before)
    said = ", ".join(f"{number} {what}" for what, number in done.items())
    _tell({"before": before.isoformat()} | dict(done), f"forgotten: {said}", as_json=as_json)


def _standing_json(standing: store.Standing) -> dict[str, Any]:
    return {"current": standing.current, "head": standing.head, "ready": standing.ready}


def _tell(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    output.document(document) if as_json else output.say(sentence)
