"""`tocsin rules`: watch rules."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service import resources
from service.adapters.rulefiles import excerpt, load, load_paths
from service.cli import output
from service.core.errors import BadRule
from service.core.rules import Checked, RuleSet, Trial, check_rules
from service.settings import load as load_settings

rules = typer.Typer(no_args_is_help=True, help="Watch rules. Example: tocsin rules check config/rules")


@rules.callback()
def _rules() -> None:
    """Watch rules. Example: tocsin rules check config/rules"""  # noqa: D415


@rules.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="rule files or folders; without any, those in use")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Read rules, say all that is wrong, and run the tests beside them. Example: tocsin rules check config/rules"""  # noqa: D415
    checked = check_rules(_read(paths or ()))
    if as_json:
        output.document(checked_json(checked))
    else:
        show(checked)
    raise typer.Exit(exit_code(checked))


def _read(paths: tuple[Path, ...] | list[Path]) -> RuleSet:
    """Read what is pointed at, with the shipped word lists underneath; without any, what the service would use."""
    if paths:
        return load_paths(paths, [resources.shipped("config") / "lists.yaml"])
    folder = load_settings().config_dir
    return load(resources.folders("config", folder)[::-1])


def show(checked: Checked) -> None:
    """Print findings on stderr, each with its line and a caret, and the outcome."""
    for error in (*checked.rules.unreadable, *checked.rules.errors):
        output.complain(error)
        _show_place(error)
    for trial in checked.trials:
        if not trial.passed and trial.match:
            output.complain(trial.finding())
            typer.echo(_indented(trial.match.explain()), err=True)
    output.say(summary(checked))


def _show_place(error: BadRule) -> None:
    place = excerpt(error)
    if place:
        typer.echo(_indented(place), err=True)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def summary(checked: Checked) -> str:
    """Return one line: how many rules and tests, and what is wrong."""
    skipped = sum(trial.match is None for trial in checked.trials)
    failed = sum(not trial.passed for trial in checked.trials)
    errors = len(checked.rules.errors) + len(checked.rules.unreadable)
    parts = [
        _count(len(checked.rules.rules), "rule"),
        _count(len(checked.trials) - skipped, "test"),
        f"{failed} failed",
        _count(errors, "error"),
    ]
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


def checked_json(checked: Checked) -> dict[str, Any]:
    """Return the outcome as `tocsin rules check --json` prints it."""
    return {
        "ok": not checked.findings and not checked.rules.unreadable,
        "files": list(checked.rules.files),
        "rules": [
            {"id": rule.rule_id, "title": rule.title, "state": rule.state, "file": rule.file, "line": rule.line}
            for rule in checked.rules.rules
        ],
        "findings": [_finding_json(error) for error in (*checked.rules.unreadable, *checked.findings)],
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
    outcome = "skipped" if trial.match is None else "passed" if trial.passed else "failed"
    return {
        "rule": trial.rule.rule_id,
        "file": trial.rule.file,
        "line": trial.test.line,
        "fires": trial.test.fires,
        "outcome": outcome,
        "explain": trial.match.explain().split("\n") if trial.match and not trial.passed else [],
    }
