"""`tocsin rules add|edit|set|remove|history|restore|diff`: edits of rule files, and every text a rule ever had."""

import getpass
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import typer

from service.adapters.rulefiles import shown
from service.adapters.yamlfile import BadYaml, compose, plain
from service.bootstrap import App
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Saved, Unwritable, unified
from service.bootstrap.rules import RuleDesk
from service.cli import output
from service.core.codec import instant
from service.ports.versions import RuleVersion
from service.settings import load

RuleId = Annotated[str, typer.Argument(help="the rule's id")]
Reason = Annotated[str, typer.Option(help="why; it is kept in the history")]
By = Annotated[str, typer.Option(help="who; without it, your name on this machine")]
File = Annotated[typer.FileText, typer.Argument(help="a file with the rule's text, - for standard input")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


def add(
    text: File,
    *,
    reason: Reason,
    by: By = "",
    into: Annotated[str, typer.Option(help="the rule file it goes to, without a folder")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Add a rule.

    Example: tocsin rules add harbour.yaml --reason "the desk asked for it"
    """
    words = text.read()
    with _desk(as_json) as desk:
        edit = Edit(
            rule_id=_id_of(desk, words), text=shown(words), author=_who(by), channel="cli", reason=reason, file=into
        )
        _say(desk.save(edit), as_json=as_json)


def edit(
    rule_id: RuleId,
    text: Annotated[
        typer.FileText | None, typer.Argument(help="a file with its new text; without, your editor")
    ] = None,
    *,
    reason: Reason,
    by: By = "",
    as_json: JsonFlag = False,
) -> None:
    """Give a rule another text. Only the lines that differ are changed in its file.

    Example: tocsin rules edit harbour --reason "drones only"
    """
    with _desk(as_json) as desk:
        standing = desk.standing(rule_id)
        words = text.read() if text else _in_editor(shown(standing.text))
        change = _edit(rule_id, standing.base, by, reason)
        _say(desk.save(change.with_text(shown(words))), as_json=as_json)


def set_keys(
    rule_id: RuleId,
    values: Annotated[list[str], typer.Argument(help="key=value, the value as YAML; key= takes the key out")],
    *,
    reason: Reason,
    by: By = "",
    as_json: JsonFlag = False,
) -> None:
    """Give keys of a rule other values.

    Example: tocsin rules set harbour state=paused cooldown=30m --reason "too loud at night"
    """
    wanted = dict(map(_value, values))
    with _desk(as_json) as desk:
        change = _edit(rule_id, desk.standing(rule_id).base, by, reason)
        _say(desk.set_fields(change, wanted), as_json=as_json)


def remove(rule_id: RuleId, *, reason: Reason, by: By = "", as_json: JsonFlag = False) -> None:
    """Remove a rule; `restore` brings it back.

    Example: tocsin rules remove harbour --reason "covered by ports"
    """
    with _desk(as_json) as desk:
        _say(desk.save(_edit(rule_id, desk.standing(rule_id).base, by, reason)), as_json=as_json)


def history(rule_id: RuleId, *, as_json: JsonFlag = False) -> None:
    """List every text a rule ever had, newest first.

    Example: tocsin rules history harbour
    """
    with App(load()) as app:
        found = app.desk.history(rule_id)
    if as_json:
        output.document([version_json(version) for version in found])
        return
    rows = ((v.number, instant(v.at), v.author, v.channel, v.reason, "" if v.text else "removed") for v in found)
    output.table(("version", "at", "by", "from", "why", ""), rows, empty="There is none.")


def diff(
    rule_id: RuleId,
    *,
    before: Annotated[int | None, typer.Option("--from", help="a version; without, the one before the last")] = None,
    after: Annotated[int | None, typer.Option("--to", help="a version; without, the last")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what changed between two versions of a rule. Exit 1 if they differ.

    Example: tocsin rules diff harbour --from 3
    """
    with App(load()) as app:
        newest = app.desk.history(rule_id)[0].number
        last = newest if after is None else after
        first = last - 1 if before is None else before
        texts = [_text(app.desk, rule_id, number) for number in (first, last)]
    found = unified(texts[0], texts[1], f"{rule_id}.yaml")
    if as_json:
        output.document({"rule": rule_id, "from": first, "to": last, "diff": found})
    else:
        output.say(found.rstrip("\n") or "no difference")
    raise typer.Exit(output.FINDINGS if found else output.FINE)


def restore(
    rule_id: RuleId,
    *,
    version: Annotated[int, typer.Option(help="its number, as `history` lists it")],
    reason: Reason,
    by: By = "",
    as_json: JsonFlag = False,
) -> None:
    """Save an earlier text of a rule anew. The history goes on: nothing is taken out of it.

    Example: tocsin rules restore harbour --version 3 --reason "missed the ferry"
    """
    with _desk(as_json) as desk:
        _say(desk.restore(_edit(rule_id, desk.base(rule_id), by, reason), version), as_json=as_json)


def accept(*, as_json: JsonFlag = False) -> None:
    """Make this machine's rule files the accepted ones, where several machines share a database and differ.

    Example: tocsin rules accept
    """
    with _desk(as_json) as desk:
        desk.note()
        changed = desk.accept()
    if as_json:
        output.document({"changed": changed})
    else:
        output.say("these files are the accepted ones now" if changed else "they were the accepted ones already")


COMMANDS: dict[str, Callable[..., None]] = {
    "add": add,
    "edit": edit,
    "set": set_keys,
    "remove": remove,
    "history": history,
    "diff": diff,
    "restore": restore,
    "accept": accept,
}


def version_json(version: RuleVersion) -> dict[str, Any]:
    """Return a version as `tocsin rules history --json` prints it."""
    return {
        "version": version.number,
        "at": instant(version.at),
        "author": version.author,
        "channel": version.channel,
        "reason": version.reason,
        "file": version.file,
        "text": version.text,
    }


def saved_json(saved: Saved) -> dict[str, Any]:
    """Return what became of an edit, for programs."""
    return {
        "id": saved.rule_id,
        "file": saved.file,
        "base": saved.base,
        "changed": saved.changed,
        "copied": saved.copied,
        "patch": saved.patch,
    }


@contextmanager
def _desk(as_json: bool) -> Iterator[RuleDesk]:  # noqa: FBT001  passed on as it came
    """Open the house; say why an edit was not made. Exit 1 for one that is refused, 2 where it cannot be written."""
    try:
        with App(load()) as app:
            yield app.desk
    except Refused as error:
        for fault in error.errors:
            output.complain(fault)
        raise typer.Exit(output.FINDINGS) from error
    except Conflict as error:
        output.complain(error)
        if as_json:
            output.document({"base": error.base, "theirs": error.theirs, "yours": error.yours})
        else:
            _show_sides(error)
        raise typer.Exit(output.FINDINGS) from error
    except Unwritable as error:
        output.complain(error)
        output.say(error.patch.rstrip("\n"))
        raise typer.Exit(output.UNREADABLE) from error


def _show_sides(error: Conflict) -> None:
    for name, text in (("based on", error.base), ("theirs", error.theirs), ("yours", error.yours)):
        output.say(f"--- {name}\n{text.rstrip() or '(nothing)'}")


def _say(saved: Saved, *, as_json: bool) -> None:
    if as_json:
        output.document(saved_json(saved))
    elif not saved.changed:
        output.say("nothing changed")
    else:
        output.say(saved.patch.rstrip("\n"))
        output.say(f"saved in {saved.file}")
        if saved.copied:
            output.say("a copy of the shipped file, which it replaces from now on, its other rules included")


def _edit(rule_id: str, base: str, by: str, reason: str) -> Edit:
    return Edit(rule_id=rule_id, base=base, author=_who(by), channel="cli", reason=reason)


def _who(by: str) -> str:
    if by.strip():
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise typer.BadParameter("say who you are: this machine has no name for you", param_hint="--by") from error


def _id_of(desk: RuleDesk, text: str) -> str:
    checked = desk.check(text)
    if checked.rule is None:
        raise Refused("the rule", list(checked.errors))
    return checked.rule.rule_id


def _text(desk: RuleDesk, rule_id: str, number: int) -> str:
    if number == 0:
        return ""
    text = desk.version(rule_id, number).text
    return shown(text) if text else ""


def _in_editor(text: str) -> str:
    """Return the text as it comes back from the editor the environment names."""
    program = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with NamedTemporaryFile("w+", suffix=".yaml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        try:
            done = subprocess.run([*program, file.name], check=False)  # noqa: S603  the operator's own editor
        except OSError as error:
            raise typer.BadParameter(f"{program[0]} cannot be started; set EDITOR, or give a file") from error
        if done.returncode:
            raise typer.BadParameter(f"{program[0]} failed; nothing is saved")
        return Path(file.name).read_text(encoding="utf-8")  # editors may put another file in its place


def _value(given: str) -> tuple[str, Any]:
    """Read `key=value`; an empty value takes the key out."""
    key, equals, written = given.partition("=")
    if not key or not equals:
        raise typer.BadParameter(f"{given!r} is not key=value")
    try:
        node = compose(written) if written.strip() else None
    except BadYaml as error:
        raise typer.BadParameter(f"the value of {key} cannot be read: {error.message}") from error
    return key, plain(node) if node is not None else None
