"""`tocsin settings`: what is in force, and where each value came from."""

import os
from typing import Annotated

import typer

from service.cli import output
from service.core.errors import BadConfig
from service.settings import load, shown, unknown


def settings(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Print every setting with its value and where it came from; secrets are masked. Exit 1 if a variable is unknown.

    Example: TOCSIN_TICK_S=1 tocsin settings
    """
    rows, strange = list(shown(load())), unknown(os.environ)
    if as_json:
        output.document({row.name: {"value": row.value, "from": row.origin} for row in rows})
    else:
        output.table(("setting", "value", "from"), rows, empty="There are no settings.")
    for sentence in strange:
        output.complain(BadConfig(sentence))
    raise typer.Exit(output.FINDINGS if strange else output.FINE)
