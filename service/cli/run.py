"""`tocsin run`: the whole service in one process. Ends cleanly on SIGINT and SIGTERM."""

import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from service.bootstrap import App
from service.ports.store import Step
from service.scheduler import Scheduler
from service.settings import Settings, load, unknown
from service.web.app import create_app
from service.web.serve import serve

log = logging.getLogger("tocsin")


def run(
    bind: Annotated[str | None, typer.Option(help="address and port of the pages")] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error")] = "info",
) -> None:
    """Run the whole service: pages, clock and workers in one process.

    Example: TOCSIN_SMTP_URL=smtp://mail.example.org:25 tocsin run
    """
    start_logging(log_level)
    stop = stop_signal()
    settings = load(flags={"bind": bind})
    warn(settings, os.environ)
    with App(settings) as app, running(app):
        log.info("pages on %s; data in %s", settings.base_url, settings.data_dir)
        stop.wait()
        log.info("stopping")


@contextmanager
def running(app: App) -> Iterator[None]:
    """Hold pages, clock and workers up for as long as the context lasts; then let them finish what they are at."""
    app.start()
    scheduler = Scheduler(
        store=app.store,
        clock=app.clock,
        engine=app.engine,
        steps={name: made() for name, made in steps(app).items()},
        tick_s=app.settings.tick_s,
        on_tick=app.refresh,
    )
    host, port = app.settings.address
    with serve(create_app(app), host, port):
        scheduler.start()
        try:
            yield
        finally:
            app.poll.pause()
            app.deliver.pause()
            if scheduler.stop():
                app.poll.resume()
                app.deliver.resume()
            else:
                log.warning("a worker is still busy; its lease will run out and the work is done again")


Run = Callable[[datetime], Sized]


def steps(app: App) -> dict[Step, Callable[[], Run]]:
    """Return what there is to run, by name: each as what makes it, with all it needs and nothing that others need."""
    always: dict[Step, Callable[[], Run]] = {
        "poll": lambda: app.poll.run,
        "ingest": lambda: app.ingest.run,
        "repair": lambda: app.repair.run,
        "websub": lambda: app.websub.run,
        "deliver": lambda: app.deliver.run,
        "digest": lambda: app.periodic,
    }
    return always | ({"articles": lambda: app.articles.run} if app.settings.articles else {})


def warn(settings: Settings, environ: Mapping[str, str]) -> None:
    """Log what starts well and goes wrong later: variables nothing reads, sites that cannot write to us."""
    for sentence in unknown(environ):
        log.warning("%s", sentence)
    if not settings.contact_url and settings.origins.get("base_url") == "default":
        log.warning("sites we poll cannot tell who we are: set TOCSIN_CONTACT_URL or TOCSIN_BASE_URL")


def stop_signal() -> threading.Event:
    """Return an event that is set by the first SIGINT or SIGTERM; a second one ends the process at once."""
    stop = threading.Event()

    def handle(number: int, _frame: object) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return stop


class Masked(logging.Formatter):
    """Shows of each mail address its first letter and its domain: whoever is erased must not live on in logs."""

    _ADDRESS = re.compile(r"([\w.%+-])[\w.%+-]{0,63}@([\w-]+(?:\.[\w-]+)+)")

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and what failed below it."""
        return self._ADDRESS.sub(r"\1…@\2", self._inner.format(record))


def start_logging(level: str) -> None:
    """Write log lines to stderr, UTC, one line each, mail addresses in part.

    Raises typer.BadParameter for an unknown level.
    """
    if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise typer.BadParameter("debug, info, warning or error", param_hint="--log-level")
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=level.upper(), format="%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr
    )
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Masked(handler.formatter))
    for chatty in ("httpx", "httpcore", "alembic", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It warns of each tick skipped while the last one still waits for the database: /readyz tells that better.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
