"""How a demo goes: first polls, the story at speed, the sum, and then on at normal speed until somebody stops it."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from service.cli.demo.screen import Look, Screen, look, news, summary
from service.cli.demo.stage import Stage
from service.cli.demo.story import Story
from service.core.errors import StoreUnavailable
from service.ports.store import Store

LOOK_EVERY_S = 0.2
SETTLE_S = 60.0
FIRST_POLLS_S = 20.0


class Service(Protocol):
    """What the demo needs of the product: that it runs while the context lasts, and its store to look into."""

    @property
    def store(self) -> Store:
        """The database, for reading."""
        ...


Product = Callable[[Stage, Story], AbstractContextManager[Service]]


def play(stage: Stage, story: Story, product: Product, *, stop: threading.Event, stream: TextIO) -> None:
    """Play the story until it ends, say the sum, and stay until `stop` is set. `stage` is open already."""
    screen = Screen(stream, stage.start, colour=has_colour(stream, os.environ))
    greet(stage, screen)
    with product(stage, story) as service:
        watcher = Watcher(stage, service.store, screen, stop)
        if not stage.resumed:
            watcher.watch(until=first_polls_done, at_most_s=FIRST_POLLS_S)
            held = len(watcher.last.events)
            screen.say(f"Events the feeds held before the start, kept without an alert: {held}.", "quiet")
        stage.begin()
        watcher.watch(until=lambda _: stage.clock.at_end())
        watcher.watch(until=lambda seen: seen.settled, at_most_s=SETTLE_S)
        conclude(stage, screen, watcher.last, over=stage.clock.at_end())
        watcher.watch(until=lambda _: False)
    stage.stopped()
    screen.say("Stopped. The next demo starts afresh.")


class Watcher:
    """Looks into the store again and again and says what is new. `last` is the last look."""

    def __init__(self, stage: Stage, store: Store, screen: Screen, stop: threading.Event) -> None:
        self._stage = stage
        self._store = store
        self._screen = screen
        self._stop = stop
        self._trouble = ""
        self.last = look(store, stage.clock.now())

    def watch(self, *, until: Callable[[Look], bool], at_most_s: float | None = None) -> None:
        """Go on until `until` holds for a look, the time is up, or the demo is to stop."""
        ends = None if at_most_s is None else time.monotonic() + at_most_s
        while not self._stop.is_set():
            self._look()
            if until(self.last) or (ends is not None and time.monotonic() >= ends):
                return
            self._stop.wait(LOOK_EVERY_S)

    def _look(self) -> None:
        try:
            seen = look(self._store, self._stage.clock.now())
        except StoreUnavailable as error:
            self._complain(f"{error}")
            return
        for line in news(self.last, seen):
            self._screen.line(line)
        self.last = seen
        trouble = self._stage.trouble
        self._complain(f"the clock stands still: {self._stage.folder.path}: {trouble.strerror}" if trouble else "")

    def _complain(self, trouble: str) -> None:
        """Say a trouble once, for as long as it lasts."""
        if trouble and trouble != self._trouble:
            self._screen.say(f"! {trouble}", "trouble")
        self._trouble = trouble


def first_polls_done(seen: Look) -> bool:
    """Say whether every feed has been read once and what they held has been judged: the story may start."""
    return all(feed.baseline_done or feed.failures for feed in seen.feeds) and not seen.waiting


def greet(stage: Stage, screen: Screen) -> None:
    """Say where to look."""
    going_on = f"Going on where it was: {stage.why}." if stage.resumed else f"Starting afresh: {stage.why}."
    screen.say(f"Tocsin demo: three days of fictional news. {going_on}")
    if stage.moved_from:
        screen.say(f"Port {stage.moved_from} is taken; the outlets moved, so their feeds are new ones.", "trouble")
    screen.say(f"  inboxes   {stage.server.url}/")
    screen.say(f"  events    {stage.web_url}/events")
    screen.say(f"  data      {stage.folder.path}   (Ctrl-C ends the demo)")
    screen.say("")


def conclude(stage: Stage, screen: Screen, last: Look, *, over: bool) -> None:
    """Say the sum."""
    screen.say("")
    for sentence in summary(last, repeats=stage.webhooks.repeats()):
        screen.say(sentence)
    mails, hooks = len(stage.mailbox.rows()), len(stage.webhooks.rows())
    screen.say(f"{mails} mails and {hooks} webhooks are in {stage.server.url}/")
    if over and not last.settled:
        screen.say(f"! This machine is slow, and not all of it is done yet: {last.behind}.", "trouble")
    if over:
        screen.say("The story is told; the clock runs at normal speed now. Ctrl-C ends the demo.")


def has_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether to use colour: on a terminal, unless NO_COLOR asks for none."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
