"""`tocsin events merge|split|remove|retract|correct|undo|log`: what operators do to events, and what was done."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.bootstrap.curating import event_id_of, fact_about
from service.cli import output
from service.core.codec import instant
from service.core.errors import BadInput
from service.core.event import Act
from service.pipeline import curate, label
from service.pipeline.mend import Hand
from service.pipeline.said import stated
from service.settings import load

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]
Why = Annotated[str, typer.Option("--reason", help="why, for the journal")]
Told = Annotated[str, typer.Option("--reason", help="why, for the journal; who is told of it reads it too")]
Quiet = Annotated[bool, typer.Option("--quiet", help="tell nobody: for slips in what matters to no reader")]
Which = Annotated[str, typer.Argument(help="id or link of an event")]

NOT_SO = ("not a strike", "not talks", "not new")
"""What `correct` says of a judgement instead of a fact."""


def merge(kept: Which, gone: Which, reason: Why = "", *, as_json: JsonFlag = False) -> None:
    """Make one event of two; the first lives on, the other redirects to it.

    Example: tocsin events merge 17 https://desk.example/events/19
    """
    with hand(reason) as by:
        done = curate.merge(by, event_id_of(kept), event_id_of(gone))
    _say(done, f"event {done.other_id} is now event {done.event_id}", as_json=as_json)


def split(
    event: Which,
    reports: Annotated[list[int], typer.Argument(help="ids of the reports to part, see tocsin events show")],
    reason: Why = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Give these reports an event of their own.

    Example: tocsin events split 17 203 204
    """
    with hand(reason) as by:
        done = curate.split(by, event_id_of(event), reports)
    _say(done, f"{len(done.report_ids)} reports are now event {done.other_id}", as_json=as_json)


def part(event: Which, other: Which, reason: Why = "", *, as_json: JsonFlag = False) -> None:
    """Say that two events are two, so that neither is possibly the other any more.

    Example: tocsin events part 17 19
    """
    with hand(reason) as by:
        done = curate.part(by, event_id_of(event), event_id_of(other))
    _say(done, f"events {done.event_id} and {done.other_id} are two", as_json=as_json)


def remove(
    event: Which,
    report: Annotated[int, typer.Argument(help="id of the report, see tocsin events show")],
    reason: Why = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Take one report out of its event for good.

    Example: tocsin events remove 17 204
    """
    with hand(reason) as by:
        done = curate.remove(by, event_id_of(event), report)
    _say(done, f"report {report} is of no event", as_json=as_json)


def retract(event: Which, reason: Told = "", *, quiet: Quiet = False, as_json: JsonFlag = False) -> None:
    """Say that an event did not happen. Who was alerted of it is told so.

    Example: tocsin events retract 17 --reason "a drill"
    """
    with hand(reason, quiet=quiet) as by:
        done = curate.retract(by, event_id_of(event))
    _say(done, f"event {done.event_id} is retracted{_told(done)}", as_json=as_json)


def correct(
    event: Which,
    facts: Annotated[
        list[str],
        typer.Argument(help='field=value; a range as 8-12 or 8-, a list with commas; or "not a strike", "not new"'),
    ],
    reason: Told = "",
    *,
    quiet: Quiet = False,
    as_json: JsonFlag = False,
) -> None:
    """State facts over what every source says, or that the judgement was wrong: kept as labelled examples then.

    Who was alerted of the event is told, and who asked for what it only now turns out to be.

    Example: tocsin events correct 17 killed=8-12 actor=Northland weapon=drone,missile

    Example: tocsin events correct 17 "place=Kharkiv, UA"

    Example: tocsin events correct 17 "not a strike" --reason "a drill"
    """
    with hand(reason, quiet=quiet) as by:
        done = [_corrected(by, event_id_of(event), fact) for fact in facts]
    if as_json:
        output.document([act_json(act) | {"told": act.told} for act in done])
        return
    for act in done:
        said = f"event {act.event_id} is retracted, its entries are labelled examples"
        told = said if act.verb == "retract" else f"event {act.event_id}: {act.field} is {output.dumps(act.value)}"
        _say(act, told + _told(act), as_json=False)


def _corrected(by: Hand, event_id: int, fact: str) -> Act:
    """Do what one argument of `correct` says. Raises BadInput."""
    words = " ".join(fact.lower().split())
    if words in NOT_SO:
        kind = by.tx.events.get(by.tx.events.living(event_id)).kind
        if words in {"not a strike", "not talks"} and kind != ("strike" if "strike" in words else "talks"):
            raise BadInput(f"event {event_id} is {kind}", hint=f'say "not {"a strike" if kind == "strike" else kind}"')
        return label.label(by, event_id, kind if words == "not new" else "none", new=False)
    return curate.correct(by, event_id, *fact_about(by, event_id, fact))


def undo(
    act: Annotated[int, typer.Argument(help="number of what was done, see tocsin events log")],
    reason: Told = "",
    *,
    quiet: Quiet = False,
    as_json: JsonFlag = False,
) -> None:
    """Take back what was done to events. Who was told of a correction is told that it is put back.

    Example: tocsin events undo 5
    """
    with hand(reason, quiet=quiet) as by:
        done = curate.undo(by, act)
        still = stated(by.tx, done.event_id, done.field) if done.field else None
    if as_json:
        output.document(act_json(done) | {"told": done.told, "still": still.act_id if still else None})
        return
    output.say(f"{act} is undone{_told(done)}.{_still(still) if still else ''}")


def _still(act: Act) -> str:
    said = "The event is still retracted" if act.field == "state" else f"{act.field} is still {output.dumps(act.value)}"
    return f" {said}, as {act.by} said on {act.at:%d %b %H:%M} UTC. To take that back: tocsin events undo {act.act_id}"


def log(
    event: Annotated[str | None, typer.Argument(help="id or link of an event; all where none is given")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many at most")] = 50,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show what operators and the repair pass did, newest first.

    Example: tocsin events log 17
    """
    with App(load()) as app, app.store.read() as tx:
        acts = tx.events.acts(event_id_of(event) if event else None, limit=limit)
    if as_json:
        output.document([act_json(act) for act in acts])
        return
    output.table(
        ("number", "at", "by", "what", "event", "other", "reason"),
        [
            (act.act_id, f"{act.at:%d %b %H:%M}", act.by, _what(act), act.event_id, act.other_id, act.reason)
            for act in acts
        ],
        empty="Nothing was done by hand yet.",
    )


@contextmanager
def hand(reason: str, *, quiet: bool = False) -> Iterator[Hand]:
    """Open a writing transaction for whoever sits at the keyboard. What is wrong with the arguments is wrong usage."""
    with output.asked(), App(load()) as app, app.events.hand(_user(), reason=reason, quiet=quiet) as opened:
        yield opened


def act_json(act: Act) -> dict[str, Any]:
    """Return what was done, as JSON types."""
    return {
        "act_id": act.act_id,
        "at": instant(act.at),
        "by": act.by,
        "what": act.verb,
        "event_id": act.event_id,
        "other_id": act.other_id,
        "report_ids": list(act.report_ids),
        "field": act.field or None,
        "value": act.value,
        "reason": act.reason,
        "undone": act.undone,
    }


def _told(act: Act) -> str:
    return f", and {act.told} reader{'s are' if act.told > 1 else ' is'} told" if act.told else ""


def _say(act: Act, words: str, *, as_json: bool) -> None:
    if as_json:
        output.document(act_json(act) | {"told": act.told})
    else:
        output.say(f"{words}. To take it back: tocsin events undo {act.act_id}")


def _what(act: Act) -> str:
    words = f"{act.verb} {act.field}".strip() if act.verb == "correct" else act.verb
    return f"{words} (undone)" if act.undone else words


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "operator"
