"""What stands around the service in a demo: the folder, the clock, the outlets, both inboxes and the page.

A stage is set up afresh or where a killed demo left it, and can be taken down and marked as stopped.
"""

import base64
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service.cli.demo.clock import Course, FastClock, Keeper
from service.cli.demo.feedserver import FeedSite
from service.cli.demo.folder import DemoFolder, DemoState, fresh_course, resumes
from service.cli.demo.inboxes import Mailbox, MailServer, WebhookInbox
from service.cli.demo.page import DemoPage
from service.cli.demo.server import HOST, LoopbackServer, loopback_socket
from service.cli.demo.story import Story

LEASE_S = 8.0
"""How long a worker may hold a row, in real seconds: much longer than any batch takes, and short to wait for."""


def real_now() -> datetime:
    """Return the real present."""
    return datetime.now(UTC)


def fresh_state(story: Story, now: datetime, *, play_s: float) -> DemoState:
    """Return the state of a demo that starts now. Its webhook secret is a new one each time."""
    course = fresh_course(now, play_s=play_s, days=story.days)
    return DemoState(
        start=course.start,
        end=course.end,
        speed=course.speed,
        position=course.start,
        saved_at=now,
        port=0,
        web_port=0,
        secret=f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
    )


def free_port() -> int:
    """Return a port that was free a moment ago, for a server that has to be told its port."""
    with loopback_socket() as probe:
        return int(probe.getsockname()[1])


class Stage:
    """Use as a context manager. `resumed` says whether an unfinished demo goes on, `why` says it in words.

    `moved_from` is the server's old port where another program has taken it, else 0.
    """

    def __init__(
        self,
        path: Path,
        story: Story,
        *,
        play_s: float,
        fresh: bool = False,
        bind: str = "",
        now: Callable[[], datetime] = real_now,
    ) -> None:
        self._bind = bind
        self._closing = ExitStack()
        self._real_now = now
        self._writing = threading.Lock()
        self.folder = self._closing.enter_context(DemoFolder(path))
        self._set(path, story, play_s=play_s, fresh=fresh)

    def _set(self, path: Path, story: Story, *, play_s: float, fresh: bool) -> None:
        with ExitStack() as undo:
            undo.push(self._closing)
            found = self.folder.load()
            self.resumed, self.why = resumes(found, self._real_now())
            if fresh:
                self.resumed, self.why = False, "as asked"
            if found is None or not self.resumed:
                self.folder.clear()
                found = fresh_state(story, self._real_now(), play_s=play_s)
            self._open(path, story, found)
            undo.pop_all()

    def _open(self, path: Path, story: Story, found: DemoState) -> None:
        self.server = LoopbackServer(found.port)
        self._closing.callback(self.server.close)
        self.moved_from = found.port if found.port != self.server.port else 0
        self._state = replace(found, port=self.server.port, web_port=found.web_port or free_port())
        self.clock = FastClock(self._course(), found.position)
        self._keeper = Keeper(self.clock, self._save)
        self.mailbox = Mailbox(path / "mailbox", self.clock.now)
        self.webhooks = WebhookInbox(path / "webhooks", found.secret, self.clock.now, speed=found.speed)
        self.mail = MailServer(self.mailbox)
        self._closing.callback(self.mail.close)
        self.feeds = FeedSite(story, self.clock, start=found.start, base=self.server.url)
        self._page = DemoPage(
            mailbox=self.mailbox,
            webhooks=self.webhooks,
            events_url=f"{self.web_url}/events",
            base=self.server.url,
            when=lambda: f"{self.clock.now():%A %d %B, %H:%M} UTC",
        )

    def __enter__(self) -> Self:
        """Open the doors: clock, mailbox, web server."""
        self._keeper.start()
        self._closing.callback(self._keeper.stop)
        self.mail.start()
        self.server.start([self._page, self.webhooks, self.feeds])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _course(self) -> Course:
        """Return the course; after a kill it lasts until what the dead process had leased is free again."""
        course = self._state.course
        if not self.resumed:
            return course
        return replace(course, end=max(course.end, self._state.position + timedelta(seconds=self.lease_s)))

    @property
    def lease_s(self) -> float:
        """How long a worker may hold a row, in the clock's seconds."""
        return LEASE_S * self._state.speed

    @property
    def start(self) -> datetime:
        """The story's first midnight."""
        return self._state.start

    @property
    def speed(self) -> float:
        """Virtual seconds in a real one."""
        return self._state.speed

    @property
    def secret(self) -> str:
        """What webhooks are signed with."""
        return self._state.secret

    @property
    def bind(self) -> str:
        """Where the product's pages listen: as asked, else somewhere free that is the same after a restart."""
        return self._bind or f"{HOST}:{self._state.web_port}"

    @property
    def web_url(self) -> str:
        """The product's address."""
        return f"http://{self.bind}"

    @property
    def webhook_url(self) -> str:
        """Where webhooks go."""
        return f"{self.server.url}{self.webhooks.path}"

    @property
    def trouble(self) -> OSError | None:
        """Why the clock stands still, if it does."""
        return self._keeper.error

    def begin(self) -> None:
        """Let the story go; a demo that is killed from now on goes on where it was."""
        self._note(begun=True)
        self.clock.release()

    def stopped(self) -> None:
        """Note that the demo was stopped on purpose: the next one starts afresh."""
        self._keeper.stop()
        self._note(stopped=True)

    def _save(self, position: datetime) -> None:
        self._note(position=position)

    def _note(self, **changes: Any) -> None:
        with self._writing:
            self._state = replace(self._state, saved_at=self._real_now(), **changes)
            self.folder.save(self._state)
