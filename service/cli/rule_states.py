"""`tocsin rules list|snooze|pause|resume|preview`: how watch rules are doing, and keeping one quiet for a while."""

import getpass
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from service.adapters.rulefiles import load_paths
from service.adapters.undisturbed import undisturbed
from service.bootstrap import App
from service.bootstrap.shown import preview_json
from service.cli import output
from service.core.codec import instant
from service.core.errors import BadRule, NotFound
from service.core.rules import Rule
from service.core.rules.settings import duration
from service.pipeline.preview import Previewing
from service.ports.rules import HoldKind, RuleFigures, RuleHold
from service.settings import load

RuleId = Annotated[str, typer.Argument(help="the rule's id")]
By = Annotated[str, typer.Option(help="who; without it, your name on this machine")]
Comment = Annotated[str, typer.Option(help="why; `tocsin explain` tells it with what was not sent")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]
DAY, MONTH = timedelta(days=1), timedelta(days=30)
NOTHING = RuleFigures()


def list_rules(*, as_json: JsonFlag = False) -> None:
    """List watch rules: their state, who keeps them quiet, and what they did in the last day and in 30 days.

    Example: tocsin rules list
    """
    with App(load()) as app, app.store.read() as tx:
        now = app.clock.now()
        holds, day, month = tx.rule_states.holds(now), *(tx.rule_states.figures(now - span) for span in (DAY, MONTH))
        rules = app.rules().rules
    rows = [_row(rule, holds.get(rule.rule_id, ()), day, month) for rule in rules]
    if as_json:
        output.document(rows)
        return
    cells = [(row["rule"], row["state"], _counts(row["last_24_h"]), _counts(row["last_30_d"])) for row in rows]
    output.table(("rule", "state", "24 h", "30 d"), cells, empty="There are no watch rules.")
    output.say("Counted are events it held for / messages it sent / developments held back.")
    for row in rows:
        for hold in row["holds"]:
            output.say(f"{row['rule']}: {_words(hold)}")


def _row(
    rule: Rule, holds: Sequence[RuleHold], day: Mapping[str, RuleFigures], month: Mapping[str, RuleFigures]
) -> dict[str, Any]:
    return {
        "rule": rule.rule_id,
        "title": rule.title,
        "state": _state(rule, holds),
        "file": rule.file,
        "holds": [_hold_json(hold) for hold in holds],
        "last_24_h": _figures_json(day.get(rule.rule_id, NOTHING)),
        "last_30_d": _figures_json(month.get(rule.rule_id, NOTHING)),
    }


def _state(rule: Rule, holds: Sequence[RuleHold]) -> str:
    """Return what the rule is now: a pause set here counts as one in its file does."""
    if rule.state != "active" or not holds:
        return rule.state
    return "paused" if any(hold.kind == "pause" for hold in holds) else "snoozed"


def _hold_json(hold: RuleHold) -> dict[str, Any]:
    told = {"kind": hold.kind, "by": hold.author, "at": instant(hold.at), "until": instant(hold.until)}
    return told | {"comment": hold.comment}


def _figures_json(figures: RuleFigures) -> dict[str, int]:
    return {"matched": figures.matched, "sent": figures.sent, "held_back": figures.held_back}


def _words(hold: dict[str, Any]) -> str:
    until = f" until {hold['until']}" if hold["until"] else ""
    comment = f": {hold['comment']}" if hold["comment"] else ""
    return f"{hold['kind']} by {hold['by']}{until}{comment}"


def _counts(figures: dict[str, int]) -> str:
    return " / ".join(str(count) for count in figures.values())


def snooze(
    rule_id: RuleId,
    *,
    last: Annotated[str, typer.Option("--for", help="how long, as in 30m, 2h or 3d")],
    comment: Comment = "",
    by: By = "",
    as_json: JsonFlag = False,
) -> None:
    """Keep a rule's alerts back for a while. It goes on counting; corrections of what it told still go out.

    Example: tocsin rules snooze harbour-watch --for 2h --comment "the port holds a drill"
    """
    try:
        span = duration(last)
    except BadRule as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    until = _hold(rule_id, "snooze", by, comment, span)
    _say(f"{rule_id} is snoozed until {instant(until)}", rule_id, "snoozed", until=instant(until), as_json=as_json)


def pause(rule_id: RuleId, *, comment: Comment = "", by: By = "", as_json: JsonFlag = False) -> None:
    """Keep a rule quiet until it is resumed, in digests too, and leave its file alone.

    Example: tocsin rules pause harbour-watch --comment "too noisy, to be rewritten"
    """
    _hold(rule_id, "pause", by, comment, None)
    _say(f"{rule_id} is paused; `tocsin rules resume {rule_id}` ends it", rule_id, "paused", as_json=as_json)


def resume(rule_id: RuleId, *, by: By = "", as_json: JsonFlag = False) -> None:
    """End a rule's snooze and pause. Exit 1 if there was none. Example: tocsin rules resume harbour-watch"""  # noqa: D415
    with App(load()) as app:
        rule = _known(app, rule_id)
        with app.store.write() as tx:
            ended = tx.rule_states.resume(rule_id, author=_who(by), now=app.clock.now())
    if rule.state != "active" and not as_json:
        output.say(f"{rule_id} is {rule.state} in {rule.file}; that is changed there")
    words = f"{rule_id} is resumed" if ended else f"nothing kept {rule_id} quiet"
    _say(words, rule_id, rule.state, ended=ended, as_json=as_json)
    raise typer.Exit(output.FINE if ended else output.FINDINGS)


def _say(words: str, rule_id: str, state: str, *, as_json: bool, **more: object) -> None:
    if as_json:
        output.document({"rule": rule_id, "state": state} | more)
    else:
        output.say(words)


def _hold(rule_id: str, kind: HoldKind, by: str, comment: str, span: timedelta | None) -> datetime | None:
    with App(load()) as app:
        _known(app, rule_id)
        now = app.clock.now()
        until = now + span if span else None
        author = _who(by)
        hold = RuleHold(rule_id=rule_id, kind=kind, author=author, at=now, until=until, comment=comment)
        with app.store.write() as tx:
            tx.rule_states.hold(hold)
    return until


def _who(by: str) -> str:
    try:
        return by.strip() or getpass.getuser()
    except (KeyError, OSError) as error:
        raise typer.BadParameter("say who you are: this machine has no name for you", param_hint="--by") from error


def _known(app: App, rule_id: str) -> Rule:
    found = next((rule for rule in app.rules().rules if rule.rule_id == rule_id), None)
    if found is None:
        raise NotFound(f"no rule {rule_id!r}", hint="tocsin rules list shows them")
    return found


def preview(
    rule_id: RuleId,
    *,
    file: Annotated[Path | None, typer.Option(help="a rule file with the edited rule")] = None,
    days: Annotated[float, typer.Option(min=0.01, help="how far back to look")] = 30.0,
    as_json: JsonFlag = False,
) -> None:
    """Say what a rule would have sent over stored history; with --file, how that differs from the one in use.

    Example: tocsin rules preview harbour-watch --file harbour.yaml
    """
    with App(load()) as app:
        edited, saved = _edited(app, rule_id, file)
        previewing = Previewing(store=app.store, timer=time.monotonic, undisturbed=undisturbed)
        said = previewing.run(edited, saved, now=app.clock.now(), last=timedelta(days=days))
    if as_json:
        output.document(preview_json(rule_id, said))
        return
    output.say(f"{said.verdict}: {rule_id} {said.sentence}")
    for sign, events in (("+", said.gained), ("−", said.lost)):
        for event in events:
            output.say(f"{sign} event {event.event_id}: {event.headline}")


def _edited(app: App, rule_id: str, file: Path | None) -> tuple[Rule, Rule | None]:
    """Return the rule to hold against history and the one to compare it with. Raises a file's first BadRule."""
    if file is None:
        return _known(app, rule_id), None
    named = [folder / "lists.yaml" for folder in reversed(app.config)]
    found = load_paths([file], [path for path in named if path.exists()])
    for error in (*found.unreadable, *found.errors):
        raise error
    edited = next((rule for rule in found.rules if rule.rule_id == rule_id), None)
    if edited is None:
        raise NotFound(f"no rule {rule_id!r} in {file}", hint="give the file that has the edited rule")
    return edited, next((rule for rule in app.rules().rules if rule.rule_id == rule_id), None)


COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_rules,
    "snooze": snooze,
    "pause": pause,
    "resume": resume,
    "preview": preview,
}
