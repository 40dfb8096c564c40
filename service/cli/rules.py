"""`tocsin rules`: watch rules."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from service import resources
from service.adapters.rulefiles import excerpt, load, load_paths, schema
from service.adapters.undisturbed import undisturbed
from service.bootstrap import App
from service.bootstrap.subjects import subjects_if_known, subjects_of
from service.cli import output, rule_edits, rule_fmt, rule_states
from service.cli.junit import junit_xml
from service.core.errors import BadRule, NotFound
from service.core.rules import Checked, Draft, Rule, RuleSet, Subject, Trial, check_rules, lint, match
from service.pipeline.preview import Previewing
from service.settings import load as load_settings

_PATIENCE_S = 60.0
LAST_ID = 2**63 - 1

rules = typer.Typer(no_args_is_help=True, help="Watch rules. Example: tocsin rules check config/rules")


@rules.callback()
def _rules() -> None:
    """Watch rules. Example: tocsin rules check config/rules"""  # noqa: D415


Paths = Annotated[list[Path] | None, typer.Argument(help="rule files or folders; without any, those in use")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


@rules.command()
def check(
    paths: Paths = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="exit 1 for warnings too")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read rules, say all that is wrong or unwise, and run the tests beside them.

    Example: tocsin rules check config/rules
    """
    checked = check_rules(_read(paths or ()))
    warnings = lint(checked.rules.rules)
    if as_json:
        output.document(checked_json(checked, warnings))
    else:
        show(checked, warnings)
    code = exit_code(checked)
    raise typer.Exit(output.FINDINGS if code == output.FINE and strict and warnings else code)


@rules.command("test")
def run_tests(
    paths: Paths = None,
    *,
    history: Annotated[bool, typer.Option(help="ask the database too: pinned entries, noise budgets")] = False,
    junit: Annotated[Path | None, typer.Option(help="write the outcome for a build server")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Run the tests beside rules. Example: tocsin rules test --history --junit rules.xml"""  # noqa: D415
    checked = _on_history(_read(paths or ())) if history else check_rules(_read(paths or ()))
    if junit is not None:
        try:
            junit.write_text(junit_xml(checked), encoding="utf-8")
        except OSError as error:
            raise output.unreadable(error) from error
    if as_json:
        output.document(checked_json(checked, ()))
    else:
        show(checked, ())
    raise typer.Exit(exit_code(checked))


@rules.command()
def explain(
    rule_id: Annotated[str, typer.Argument(help="the rule's id")],
    paths: Paths = None,
    *,
    event: Annotated[int | None, typer.Option(min=1, max=LAST_ID, help="a stored event, by its id")] = None,
    entry: Annotated[int | None, typer.Option(min=1, max=LAST_ID, help="a stored entry, by its id")] = None,
    text: Annotated[str, typer.Option(help="a headline of your own")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Say why a rule holds or not, part by part. Exit 1 if it does not.

    Example: tocsin rules explain mass-casualties --event 17
    """
    if (event is None) + (entry is None) + (not text) != 2:  # noqa: PLR2004  one of three
        raise typer.BadParameter("one of --event, --entry and --text")
    rule = next((rule for rule in _read(paths or ()).rules if rule.rule_id == rule_id), None)
    if rule is None:
        raise NotFound(f"no rule {rule_id!r}", hint="tocsin rules check --json lists them")
    subjects = [Subject(accounts=(Draft(title=text),))] if text else _stored(event, entry)
    found = max((match(rule, subject) for subject in subjects), key=lambda one: one.matched)
    if as_json:
        output.document({"rule": rule_id, "matched": found.matched, "outlet": found.outlet, "tree": asdict(found.tree)})
    else:
        output.say(found.explain())
    raise typer.Exit(output.FINE if found.matched else output.FINDINGS)


for name, command in {**rule_states.COMMANDS, **rule_edits.COMMANDS, "fmt": rule_fmt.fmt}.items():
    rules.command(name)(command)


@rules.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of rule files, for editors. Example: tocsin rules schema > rules.schema.json"""  # noqa: D415
    output.document(schema())


def _stored(event_id: int | None, entry_id: int | None) -> Sequence[Subject]:
    with App(load_settings()) as app, app.store.read() as tx:
        if event_id is not None:
            return [Subject(event=tx.events.get(event_id), accounts=tuple(tx.events.accounts(event_id)))]
        return subjects_of(tx, entry_id or 0)


def _on_history(found: RuleSet) -> Checked:
    """Run all tests, those pinned to stored entries among them, and hold each rule against its noise budget."""
    with App(load_settings()) as app, app.store.read() as tx:
        now = app.clock.now()

        def counted(rule: Rule, last: timedelta) -> int:
            patient = Previewing(store=app.store, timer=time.monotonic, budget_s=_PATIENCE_S, undisturbed=undisturbed)
            return patient.run(rule, None, now=now, last=last).edited.matched

        return check_rules(found, stored=lambda entry_id: subjects_if_known(tx, entry_id), counted=counted)


def _read(paths: tuple[Path, ...] | list[Path]) -> RuleSet:
    """Read what is pointed at, with the shipped word lists underneath; without any, what the service would use."""
    if paths:
        return load_paths(paths, [resources.shipped("config") / "lists.yaml"])
    folder = load_settings().config_dir
    return load(resources.folders("config", folder)[::-1])


def show(checked: Checked, warnings: Sequence[BadRule]) -> None:
    """Print findings on stderr, each with its line and a caret, and the outcome."""
    for error in (*checked.rules.unreadable, *checked.rules.errors):
        output.complain(error)
        _show_place(error)
    for trial in checked.trials:
        if not trial.passed:
            output.complain(trial.finding())
            if trial.match:
                typer.echo(_indented(trial.match.explain()), err=True)
    for finding in (*(budget.finding() for budget in checked.budgets if not budget.passed), *warnings):
        output.complain(finding)
    output.say(summary(checked, warnings))


def _show_place(error: BadRule) -> None:
    place = excerpt(error)
    if place:
        typer.echo(_indented(place), err=True)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def summary(checked: Checked, warnings: Sequence[BadRule]) -> str:
    """Return one line: how many rules and tests, and what is wrong."""
    skipped = sum(not trial.run for trial in checked.trials)
    failed = sum(not item.passed for item in checked.trials) + sum(not item.passed for item in checked.budgets)
    errors = len(checked.rules.errors) + len(checked.rules.unreadable)
    parts = [
        _count(len(checked.rules.rules), "rule"),
        _count(len(checked.trials) - skipped, "test"),
        f"{failed} failed",
        _count(errors, "error"),
    ]
    parts += [_count(len(checked.budgets), "noise budget")] if checked.budgets else []
    parts += [_count(len(warnings), "warning")] if warnings else []
    if skipped:
        parts.append(f"{_count(skipped, 'test')} not run (pinned to stored entries)")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def exit_code(checked: Checked) -> int:
    """Return 2 where a file could not be opened, 1 where something is wrong, else 0."""
    if checked.rules.unreadable:
        return output.UNREADABLE
    return output.FINDINGS if checked.findings else output.FINE


def checked_json(checked: Checked, warnings: Sequence[BadRule]) -> dict[str, Any]:
    """Return the outcome as `tocsin rules check --json` prints it."""
    return {
        "ok": not checked.findings and not checked.rules.unreadable,
        "files": list(checked.rules.files),
        "rules": [
            {"id": rule.rule_id, "title": rule.title, "state": rule.state, "file": rule.file, "line": rule.line}
            for rule in checked.rules.rules
        ],
        "findings": [_finding_json(error) for error in (*checked.rules.unreadable, *checked.findings)],
        "warnings": [_finding_json(warning) for warning in warnings],
        "tests": [_trial_json(trial) for trial in checked.trials],
    }


def _finding_json(error: BadRule) -> dict[str, Any]:
    return {
        "file": error.file,
        "line": error.line,
        "column": error.column,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    outcome = "skipped" if not trial.run else "passed" if trial.passed else "failed"
    return {
        "rule": trial.rule.rule_id,
        "file": trial.rule.file,
        "line": trial.test.line,
        "fires": trial.test.fires,
        "outcome": outcome,
        "explain": trial.match.explain().split("\n") if trial.match and not trial.passed else [],
    }
