"""`tocsin labels list|add|export`: what operators say entries report, for measuring an edit of a lexicon."""

from pathlib import Path
from typing import Annotated

import typer

from service.bootstrap import App
from service.cli import output
from service.cli.event_edits import hand
from service.core.codec import instant
from service.core.errors import BadInput
from service.core.example import LABELS, Label, example_json
from service.pipeline import label as labelling
from service.settings import load

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]
labels = typer.Typer(no_args_is_help=True, help="Labelled examples. Example: tocsin labels export > labels.jsonl")


@labels.command("list")
def list_labels(*, as_json: JsonFlag = False) -> None:
    """Show what was labelled. Example: tocsin labels list"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        examples = tx.examples.all()
    if as_json:
        output.document([example_json(example) for example in examples])
        return
    output.table(
        ("entry", "kind", "new", "event", "by", "when", "title"),
        (
            (
                example.entry_id,
                example.kind,
                "" if example.new is None else "yes" if example.new else "no",
                example.event_id,
                example.by,
                instant(example.at),
                example.title[:80],
            )
            for example in examples
        ),
        empty='nothing is labelled; `tocsin events correct ID "not a strike"` labels, and so does `tocsin labels add`',
    )


@labels.command("add")
def add(
    entry: Annotated[int, typer.Argument(help="id of the entry, see tocsin events show")],
    kind: Annotated[str, typer.Argument(help=f"one of {', '.join(LABELS)}")],
    *,
    new: Annotated[bool, typer.Option("--new/--not-new", help="whether it reports what just happened")] = True,
    country: Annotated[str | None, typer.Option(help="where it was, as two letters")] = None,
    reason: Annotated[str, typer.Option("--reason", help="why, for the list")] = "",
) -> None:
    """Say what an entry reports, such as one that was missed. Example: tocsin labels add 204 strike --country UA"""  # noqa: D415
    with hand(reason) as by:
        example = labelling.label_entry(by, entry, _label(kind), new=new and kind != "none", country=country)
    output.say(f"entry {example.entry_id} is labelled {example.kind}{'' if example.new else ', not new'}")


@labels.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="where to; - for standard output")] = Path("-"),
) -> None:
    """Write the examples as JSON lines that `tocsin judge --backtest` reads.

    Example: tocsin labels export labels.jsonl
    """
    with App(load()) as app, app.store.read() as tx:
        lines = [output.dumps(example_json(example)) + "\n" for example in tx.examples.all()]
    if str(file) == "-":
        for line in lines:
            output.say(line.rstrip("\n"))
        return
    file.write_text("".join(lines), encoding="utf-8")
    output.say(f"{len(lines)} examples written to {file}")


def _label(text: str) -> Label:
    for label in LABELS:
        if text == label:
            return label
    raise BadInput(f"{text!r} is no label", hint=f"one of {', '.join(LABELS)}")
