"""Lists of subscriptions in and out, as CSV or JSON lines; and one person's data, given to them or forgotten."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from service.bootstrap import App
from service.bootstrap.wishes import wish_of
from service.cli import output
from service.core.errors import BadInput
from service.core.subscription import Subscription, Wish
from service.pipeline.manage import DAYS
from service.settings import load

COLUMNS = ("email", "webhook", "mode", "rules", "tz", "at", "days", "empty_day", "quiet", "quiet_unless", "state")
LISTS = ("rules", "days")
STATES = ("active", "paused", "pending", "ended")
Format = Literal["csv", "jsonl"]


def export(
    *,
    csv_too: Annotated[bool, typer.Option("--csv", help="CSV instead of JSON lines")] = False,
    secrets: Annotated[bool, typer.Option("--secrets", help="with the secrets of webhooks")] = False,
) -> None:
    """Print all subscriptions, those that ended too, as JSON lines or CSV that import reads.

    Example: tocsin subscriptions export > readers.jsonl
    """
    with App(load()) as app, app.store.read() as tx:
        rows = [_row(one, secrets=secrets) for one in tx.subscriptions.all()]
    if not csv_too:
        for row in rows:
            output.line({name: value for name, value in row.items() if value not in {"", None}})
        return
    columns = (*COLUMNS, "secret") if secrets else COLUMNS
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _row(one: Subscription, *, secrets: bool) -> dict[str, Any]:
    quiet = one.quiet
    row: dict[str, Any] = {one.channel.kind: one.channel.address, "mode": one.mode, "rules": ",".join(one.rules)}
    row |= {"tz": one.tz, "at": f"{one.at:%H:%M}", "days": ",".join(DAYS[day - 1] for day in one.days)}
    row |= {"empty_day": one.empty_day, "quiet": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else ""}
    row |= {"quiet_unless": (quiet.unless if quiet else None) or "", "state": one.state}
    return row | ({"secret": one.channel.secret or ""} if secrets else {})


def load_list(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSON lines")],
    *,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="everybody listed has agreed already: ask nobody")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Add the subscriptions of a list. Who has not agreed is asked by mail; who left is not brought back.

    Exit 1 if a line is wrong; the others are added all the same.

    Example: tocsin subscriptions import readers.csv --confirmed
    """
    counts = dict.fromkeys(("added", "known", "left", "refused"), 0)
    faults: list[BadInput] = []
    with App(load()) as app:
        for line, values in _lines(file):
            try:
                counts[_add(app, values, confirmed=confirmed)] += 1
            except BadInput as error:
                faults.append(BadInput(error.message, hint=error.hint, code=error.code, file=str(file), line=line))
    counts["refused"] = len(faults)
    if as_json:
        output.document(counts | {"faults": [fault.located() for fault in faults]})
    else:
        output.say("{added} added, {known} known already, {left} had left, {refused} refused".format_map(counts))
    for fault in faults:
        output.complain(fault)
    raise typer.Exit(output.FINDINGS if faults else output.FINE)


def _add(app: App, values: dict[str, Any], *, confirmed: bool) -> str:
    state = values.pop("state", "active") or "active"
    if state not in STATES:
        raise BadInput(f"no state: {state!r}", hint=f"one of {', '.join(STATES)}")
    wish: Wish = replace(
        wish_of(values), source="cli", confirmed=(confirmed and state != "pending") or "webhook" in values
    )
    with app.store.read() as tx:
        here = tx.subscriptions.at_address(wish.kind, wish.address.strip())
    twin = next((one for one in here if one.mode == wish.mode and set(one.rules) == set(wish.rules)), None)
    if state == "ended" or (twin and twin.state == "ended"):
        return "left"
    made = app.subscribe(wish)
    if state == "paused" and made.state == "active":
        app.readers.pause(made)
    return "known" if twin else "added"


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and values. Raises BadInput for what is no such list at all."""
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _read(json_object(line, file, number), file, number)
        return
    reader = csv.DictReader(io.StringIO(text))
    strange = set(reader.fieldnames or ()) - {*COLUMNS, "secret"}
    if strange or not {"email", "webhook"} & set(reader.fieldnames or ()):
        hint = f"the first line names the columns: {','.join(COLUMNS)}"
        raise BadInput(
            f"no list of subscriptions{': ' + ', '.join(sorted(strange)) if strange else ''}", hint=hint, file=str(file)
        )
    for row in reader:
        yield reader.line_num, _read({name: value for name, value in row.items() if name}, file, reader.line_num)


def json_object(line: str, file: Path, number: int) -> dict[str, Any]:
    """Read one line. Raises BadInput."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadInput(f"no JSON: {error}", file=str(file), line=number) from error
    if not isinstance(found, dict) or set(found) - {*COLUMNS, "secret"}:
        raise BadInput("no subscription", hint=f"keys: {', '.join(COLUMNS)}", file=str(file), line=number)
    return found


def _read(found: dict[str, Any], file: Path, number: int) -> dict[str, Any]:
    values = {name: value for name, value in found.items() if value not in ("", None)}
    for name in LISTS:
        if isinstance(values.get(name), str):
            words = [part.strip() for part in values[name].split(",") if part.strip() not in {"", "all"}]
            values[name] = words
    try:
        unless = {"quiet_unless": int(values["quiet_unless"])} if "quiet_unless" in values else {}
    except ValueError as error:
        raise BadInput("quiet_unless must be a number", file=str(file), line=number) from error
    return values | unless


def export_person(address: Annotated[str, typer.Argument(help="an email address")]) -> None:
    """Print all that is held of one person, as JSON. Example: tocsin subscriptions export-person a@example.org"""  # noqa: D415
    with App(load()) as app:
        output.document(app.coming.export(address))


def erase_person(
    address: Annotated[str, typer.Argument(help="an email address")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Forget one person: what they get ends, and their address and every message to it are emptied. For good.

    So are endpoints' owners, and names and reasons in the histories of rules and events. Files that have the address
    still are named; it is not taken up from subscriptions.yaml again. Not where an operator has it.

    Example: tocsin subscriptions erase a@example.org
    """
    if not yes:
        typer.confirm(f"Forget all about {address}?", abort=True)
    with App(load()) as app:
        counts = app.readers.erase(address)
    output.say(", ".join(f"{count} {what}" for what, count in counts.items()) + " emptied")
    output.say("not touched: backups, logs, and what your mail server keeps")
