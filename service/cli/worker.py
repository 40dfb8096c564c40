"""`tocsin worker`: steps without pages, on as many machines as you like. Ends cleanly on SIGINT and SIGTERM."""

import logging
import os
from typing import Annotated

import typer

from service.bootstrap import App
from service.cli.run import start_logging, steps, stop_signal, warn
from service.core.errors import BadConfig
from service.scheduler import Scheduler
from service.settings import load

log = logging.getLogger("tocsin")


def worker(
    wanted: Annotated[str, typer.Option("--steps", help="which, with commas between")] = "poll,ingest,deliver",
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error")] = "info",
) -> None:
    """Run steps only, beside a `tocsin run` on the same PostgreSQL. Rows are leased, so no two do the same.

    Example: DATABASE_URL=postgresql://tocsin@db.example.org/tocsin tocsin worker --steps deliver
    """
    start_logging(log_level)
    stop = stop_signal()
    settings = load()
    if settings.database_url.startswith("sqlite"):
        hint = "set DATABASE_URL to a PostgreSQL that `tocsin run` uses too; on SQLite `tocsin run` does everything"
        raise BadConfig("workers share their work through PostgreSQL", hint=hint, file="DATABASE_URL")
    warn(settings, os.environ)
    with App(settings) as app:
        known = steps(app)
        chosen = [name.strip() for name in wanted.split(",") if name.strip()]
        strange = [name for name in chosen if name not in known]
        if strange or not chosen:
            raise typer.BadParameter(f"some of {', '.join(known)}", param_hint="--steps")
        mine = {name: made() for name, made in known.items() if name in chosen}
        scheduler = Scheduler(
            store=app.store,
            clock=app.clock,
            engine=app.engine,
            steps=mine,
            tick_s=settings.tick_s,
            on_tick=lambda: _look_at_rules(app),
            beats="worker",
        )
        scheduler.start()
        log.info("working at %s", ", ".join(mine))
        stop.wait()
        log.info("stopping")
        if "poll" in mine:
            app.poll.pause()
        if "deliver" in mine:
            app.deliver.pause()
        if not scheduler.stop():
            log.warning("a step is still busy; its leases will run out and the work is done again")


def _look_at_rules(app: App) -> None:
    """Take up edited watch rules."""
    app.rulebook.refresh()
