"""`tocsin demo`: the real service on a stage of fictional outlets. Nothing leaves the machine."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service import resources
from service.bootstrap import App
from service.cli.demo.play import play
from service.cli.demo.stage import Stage
from service.cli.demo.story import Story, load_story
from service.cli.run import running, start_logging, stop_signal
from service.pipeline.manage import Wish
from service.settings import Settings, load

READER = "reader@demo.example"
ZONE = "Europe/Kyiv"


def demo(
    seconds: Annotated[float, typer.Option(min=5, help="how long the three days take")] = 90.0,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error")] = "error",
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="start over even where a demo was cut off")] = False,
) -> None:
    """Watch Tocsin at work: three days of fictional news in minutes, with a mailbox and a webhook inbox to look into.

    Killed and started again, it goes on where it was; its data is in .demo, or in TOCSIN_DATA_DIR.

    Example: tocsin demo
    """
    start_logging(log_level)
    stop = stop_signal()
    story = load_story(resources.shipped("config") / "demo" / "story.yaml")
    with _stage(story, play_s=seconds, fresh=fresh) as stage:
        play(stage, story, product, stop=stop, stream=sys.stdout)


def _stage(story: Story, *, play_s: float, fresh: bool) -> Stage:
    bind = os.environ.get("TOCSIN_BIND", "")
    return Stage(demo_folder(os.environ), story, play_s=play_s, fresh=fresh, bind=bind)


@contextmanager
def product(stage: Stage, story: Story) -> Iterator[App]:
    """Run the real service against the stage: its feeds, its inboxes, its clock."""
    with App(demo_settings(stage, os.environ), clock=stage.clock) as app:
        for outlet_id, url in stage.feeds.feed_urls().items():
            outlet = story.outlets[outlet_id]
            app.add_feed(url, country=outlet.country, lang=outlet.lang, source="demo")
        for wish in wishes(stage):
            app.subscribe(wish)
        with running(app):
            yield app


def wishes(stage: Stage) -> list[Wish]:
    """Return who wants to be told: a reader by alerts, a program by webhooks, a reader by a morning digest."""
    return [
        Wish(kind="email", address=READER, mode="alert", source="demo"),
        Wish(kind="webhook", address=stage.webhook_url, mode="alert", secret=stage.secret, source="demo"),
        Wish(kind="email", address=READER, mode="digest", tz=ZONE, at="07:00", source="demo"),
    ]


def demo_settings(stage: Stage, environ: Mapping[str, str]) -> Settings:
    """Return settings for a service whose seconds are short.

    Of the operator's settings only the templates count: a demo must reach no feed, database or mail server of theirs.
    """
    kept = {name: environ[name] for name in ("TOCSIN_TEMPLATES_DIR",) if name in environ}
    flags = {
        "data_dir": stage.folder.path,
        "bind": stage.bind,
        "smtp_url": stage.mail.url,
        "mail_from": "Tocsin <tocsin@demo.example>",
        "allow_nets": "127.0.0.0/8",
        "tick_s": 0.2,
        "host_gap_s": 0,
        "min_interval_s": 0.25 * stage.speed,
        "max_interval_s": 0.5 * stage.speed,
        "lease_s": stage.lease_s,
        "deliver_batch": 10,
        "articles": False,  # its links lead nowhere
    }
    return load(environ=kept, flags=flags)


def demo_folder(environ: Mapping[str, str]) -> Path:
    """Return the demo's folder: TOCSIN_DATA_DIR, or .demo in the working directory."""
    return Path(environ.get("TOCSIN_DATA_DIR") or ".demo")
