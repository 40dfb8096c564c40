"""A small world around one real Tocsin: outlets with feeds, a mail server, a webhook receiver, a clock moved by hand.

Everything goes over real sockets on loopback; only the time is ours.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from service.bootstrap import App
from service.core.feed import Feed
from service.pipeline.manage import Wish
from service.ports.outbox import Delivery
from service.settings import Settings
from tests.migrated import put_database
from tests.servers import LoopbackServer, Reply
from tests.servers_mail import MailScript, Receiver, free_port, mail_server, receiver
from tests.standins import NOON, HandClock

READER = "reader@example.org"
MARKET = "Air strike on market in El Fasher kills 31, medics say"
MARKET_LEAD = (
    "Sudan's army bombed a crowded market in El Fasher on Wednesday, killing 31 people and wounding 54, "
    "a doctors' network said."
)


@dataclass
class Outlet:
    """One outlet and its feed. What it publishes is in the feed from then on."""

    name: str
    server: LoopbackServer
    clock: HandClock
    items: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.publish("Council opens new library", "The harbour district has a new library.")

    @property
    def path(self) -> str:
        return f"/{self.name.lower().replace(' ', '-')}.xml"

    @property
    def url(self) -> str:
        return self.server.url(self.path)

    def publish(self, title: str, lead: str = "") -> None:
        number, at = len(self.items) + 1, format_datetime(self.clock.now())
        self.items.append(
            f"<item><guid>{self.path}/{number}</guid><link>{self.server.url(f'{self.path}/{number}')}</link>"
            f"<title>{escape(title)}</title><description>{escape(lead)}</description><pubDate>{at}</pubDate></item>"
        )
        self.mend()

    def mend(self) -> None:
        """Answer with the feed, as it should be."""
        text = f'<rss version="2.0"><channel><title>{self.name}</title>{"".join(self.items)}</channel></rss>'
        self.answer(200, text)

    def answer(self, status: int, text: str, content_type: str = "application/rss+xml") -> None:
        self.server.routes[self.path] = Reply(status=status, headers={"Content-Type": content_type}, body=text.encode())


@dataclass
class Town:
    """The world. `folder` holds the service's data and config."""

    folder: Path
    server: LoopbackServer
    post: MailScript
    smtp_port: int
    desk: Receiver
    clock: HandClock = field(default_factory=HandClock)
    outlets: dict[str, Outlet] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def settings(self, **given: Any) -> Settings:
        return Settings.model_validate(
            {
                "data_dir": self.folder / "data",
                "config_dir": self.config,
                "bind": f"127.0.0.1:{self.port}",
                "smtp_url": f"smtp://127.0.0.1:{self.smtp_port}",
                "mail_from": "Tocsin <tocsin@example.org>",
                "allow_nets": ["127.0.0.0/8"],
                "host_gap_s": 0,
                "tick_s": 0.1,
            }
            | given
        )

    def environ(self, **more: str) -> dict[str, str]:
        """What a command started in this world is given, and nothing else."""
        path = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return path | {
            "HOME": str(self.folder),
            "TOCSIN_DATA_DIR": str(self.folder / "data"),
            "TOCSIN_CONFIG_DIR": str(self.config),
            "TOCSIN_BIND": f"127.0.0.1:{self.port}",
            "TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "TOCSIN_MAIL_FROM": "tocsin@example.org",
            "TOCSIN_ALLOW_NETS": "127.0.0.0/8",
            "TOCSIN_HOST_GAP_S": "0",
            "TOCSIN_TICK_S": "0.1",
            **more,
        }

    def outlet(self, name: str = "Northern Wire") -> Outlet:
        if name not in self.outlets:
            self.outlets[name] = Outlet(name, self.server, self.clock)
        return self.outlets[name]

    def write(self, name: str, text: str) -> Path:
        """Write a config file."""
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def subscribe(self, app: App, *, mode: str = "alert") -> None:
        """Subscribe the reader by mail and, for alerts, the desk by webhook."""
        app.subscribe(Wish(kind="email", address=READER, mode="digest" if mode == "digest" else "alert"))
        if mode == "alert":
            app.subscribe(Wish(kind="webhook", address=self.desk.url(), mode="alert"))

    def settle(self, app: App) -> None:
        """Do all that is due now, step by step, as the workers would."""
        for step in (app.poll, app.ingest, app.digest, app.deliver):
            while step.run(self.clock.now()):
                pass

    def later(self, app: App, **by: float) -> datetime:
        """Let time pass, then do what is due."""
        self.clock.forward(**by)
        self.settle(app)
        return self.clock.now()

    @property
    def mails(self) -> list[EmailMessage]:
        read = (message_from_bytes(mail.body, policy=policy.default) for mail in self.post.received)
        return [mail for mail in read if isinstance(mail, EmailMessage)]

    @property
    def hooks(self) -> list[dict[str, Any]]:
        return [json.loads(post.body) for post in self.desk.posted]


def wait_for(true: Callable[[], bool], patience_s: float = 60) -> None:
    """Wait until it is so; fail the test after a while."""
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            pytest.fail("waited in vain")
        threading.Event().wait(0.05)


def feeds_of(app: App) -> dict[str, Feed]:
    """Return the feeds by the last part of their URL."""
    with app.store.read() as tx:
        return {feed.url.rsplit("/", 1)[-1]: feed for feed in tx.feeds.all()}


def outbox_of(app: App) -> list[Delivery]:
    """Return the outbox, oldest first."""
    with app.store.read() as tx:
        return sorted(tx.outbox.list(limit=1000), key=lambda row: row.message.outbox_id)


@contextmanager
def a_town(folder: Path) -> Iterator[Town]:
    """Build the world and take it down."""
    (folder / "config").mkdir(parents=True)
    put_database(folder / "data")
    post = MailScript()
    with ExitStack() as stack:
        server = stack.enter_context(LoopbackServer())
        port = stack.enter_context(mail_server(post))
        desk = stack.enter_context(receiver())
        yield Town(folder, server, post, port, desk)


def start_of(day: int, hour: int = 12) -> datetime:
    """Return a time on the n-th day of the story."""
    return NOON + timedelta(days=day, hours=hour - NOON.hour)
