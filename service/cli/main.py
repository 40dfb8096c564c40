"""The one program, `tocsin`. Only the module of the command that was asked for is imported, so it starts at once."""

import gc
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from service import __version__
from service.adapters.undisturbed import undisturbed
from service.cli import output
from service.core.errors import TocsinError

COMMANDS: Mapping[str, str] = {
    "run": "run",
    "worker": "worker",
    "demo": "demo.command",
    "check": "check",
    "poll": "feeds",
    "parse": "parse",
    "judge": "judge",
    "replay": "replay",
    "feeds": "feeds",
    "rules": "rules",
    "events": "events",
    "subscriptions": "subscriptions",
    "deliveries": "deliveries",
    "labels": "labels",
    "digest": "digest",
    "bounces": "bounces",
    "explain": "deliveries",
    "db": "db",
    "users": "users",
    "settings": "settings",
}
"""Each command and the module of service.cli that has it, under the command's own name."""

HELP = """Watches news feeds for military strikes and ceasefire talks, and tells people once per happening.

Example: tocsin demo
"""


def program(arguments: Sequence[str]) -> typer.Typer:
    """Return the program with the command these arguments ask for, or with all of them where they ask for none."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=HELP, add_completion=False)
    app.callback(help=HELP)(_options)
    wanted = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for name in [wanted] if wanted else COMMANDS:
        command: Any = getattr(import_module(f"service.cli.{COMMANDS[name]}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _imported(arguments: Sequence[str]) -> typer.Typer:
    """Return the program. No garbage is looked for meanwhile, nor ever among what is imported: that takes a tenth."""
    with undisturbed():
        made = program(arguments)
    gc.freeze()
    return made


def _version(asked: bool) -> None:  # noqa: FBT001  the option's value
    if asked:
        output.say(f"tocsin {__version__}")
        raise typer.Exit


def _options(
    *, _version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="print it")] = False
) -> None:
    """Take what stands before the command."""


def main() -> None:
    """Run the command line; turn errors into a line on stderr and an exit code."""
    try:
        code = _imported(sys.argv[1:])(standalone_mode=False)
    except typer.TyperException as error:
        sys.stderr.write(f"tocsin: {error.format_message() or 'say which command'} (tocsin --help shows how)\n")
        code = output.USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except TocsinError as error:
        output.complain(error)
        code = output.UNREADABLE
    except BrokenPipeError:
        sys.stderr.close()
        code = output.FINE
    except OSError as error:
        output.complain(output.unreadable(error))
        code = output.UNREADABLE
    sys.exit(code if isinstance(code, int) else output.FINE)
