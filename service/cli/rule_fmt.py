"""`tocsin rules fmt`: queries in rule files, tidied where they stand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from service import resources
from service.adapters.rulefiles import (
    find,
    load,
    load_paths,
    locked,
    put_file,
    read_file,
    rule_hash,
    set_field,
)
from service.bootstrap.app import own_rules
from service.bootstrap.rule_edits import unified
from service.cli import output
from service.core.errors import BadRule
from service.core.rules import RuleSet
from service.core.rules.tidy import tidy
from service.settings import load as load_settings


def fmt(
    paths: Annotated[list[Path] | None, typer.Argument(help="rule files or folders; without any, your own")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="change nothing; exit 1 if something would change")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Tidy the queries in rule files: spaces and capitals that mean nothing, and no other line. Says what it changes.

    Example: tocsin rules fmt --check config/rules
    """
    found = _read(paths or ())
    patches: dict[str, str] = {}
    for file in found.files:
        if patch := _tidied(Path(file), found, write=not check):
            patches[file] = patch
    for error in (*found.unreadable, *found.errors):
        output.complain(error)
    if as_json:
        output.document(_json(patches, found))
    else:
        for patch in patches.values():
            output.say(patch.rstrip("\n"))
        output.say(f"{len(patches)} file{'' if len(patches) == 1 else 's'} {'would change' if check else 'changed'}")
    if found.unreadable:
        raise typer.Exit(output.UNREADABLE)
    raise typer.Exit(output.FINDINGS if found.errors or (check and patches) else output.FINE)


def _read(paths: Sequence[Path]) -> RuleSet:
    """Read what is pointed at; without anything, the operator's own files."""
    shipped = resources.shipped("config") / "lists.yaml"
    if paths:
        return load_paths(paths, [shipped])
    folder = load_settings().config_dir
    own = own_rules(folder)
    if own is None or not own.is_dir():
        return RuleSet()
    whole = load(resources.folders("config", folder)[::-1])
    mine = {file for file in whole.files if Path(file).parent == own}
    return RuleSet(
        rules=whole.rules,
        errors=tuple(error for error in whole.errors if error.file in mine),
        unreadable=whole.unreadable,
        lists=whole.lists,
        files=tuple(sorted(mine)),
    )


def _tidied(path: Path, found: RuleSet, *, write: bool) -> str:
    """Tidy one file. Return the difference, "" where there is none. Raises BadRule where it changes under our hands."""
    with locked(path.parent):
        before = read_file(path)
        text = before.text
        for rule in found.rules:
            wanted = tidy(rule.query_text, found.lists) if rule.file == str(path) else ""
            if wanted.split() != rule.query_text.split() and wanted:
                base = rule_hash(find(text, rule.rule_id).text)
                text = set_field(text, rule.rule_id, "match", wanted, base=base)
        if text != before.text and write and not put_file(before, text):
            raise BadRule("somebody else is writing to it", hint="try again", code="E162", file=str(path))
    return unified(before.text, text, path.name)


def _json(patches: dict[str, str], found: RuleSet) -> dict[str, Any]:
    faults = (*found.unreadable, *found.errors)
    return {
        "files": list(found.files),
        "changed": [{"file": file, "patch": patch} for file, patch in patches.items()],
        "findings": [{"file": e.file, "line": e.line, "code": e.code, "message": e.message} for e in faults],
    }
