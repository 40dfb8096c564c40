"""The one program, `tocsin`."""

import sys

import typer

from service import __version__
from service.cli import output
from service.cli.check import check
from service.cli.db import db
from service.cli.deliveries import deliveries, explain
from service.cli.demo.command import demo
from service.cli.events import events
from service.cli.feeds import feeds, poll
from service.cli.judge import judge
from service.cli.parse import parse
from service.cli.replay import replay
from service.cli.rules import rules
from service.cli.run import run
from service.cli.settings import settings
from service.cli.subscriptions import digest, subscriptions
from service.core.errors import TocsinError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watches news feeds for military strikes and ceasefire talks, and tells people once per happening. "
    "Example: tocsin demo",
)
for command in (run, demo, check, poll, parse, judge, replay, settings, explain):
    app.command()(command)
for name, group in (
    ("feeds", feeds),
    ("rules", rules),
    ("events", events),
    ("subscriptions", subscriptions),
    ("deliveries", deliveries),
    ("digest", digest),
    ("db", db),
):
    app.add_typer(group, name=name)


@app.command()
def version() -> None:
    """Print the version. Example: tocsin version"""  # noqa: D415
    output.say(__version__)


def main() -> None:
    """Run the command line; turn errors into a line on stderr and an exit code."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        sys.stderr.write(f"tocsin: {error.format_message()} (tocsin --help shows how)\n")
        code = output.USAGE
    except typer.Abort:
        code = 130
    except TocsinError as error:
        output.complain(error)
        code = output.UNREADABLE
    except BrokenPipeError:
        sys.stderr.close()
        code = output.FINE
    sys.exit(code if isinstance(code, int) else output.FINE)
