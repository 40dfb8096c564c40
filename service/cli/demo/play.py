"""How a demo goes: first polls, the story at speed, the sum, and then on at normal speed until somebody stops it."""

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from service.cli.demo.screen import Look, Screen, look, news, summary
from service.cli.demo.stage import Stage
from service.cli.demo.story import Story
from service.ports.store import Store

LOOK_EVERY_S = 0.2
SETTLE_S = 20.0
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
        last = look(service.store, stage.clock.now())
        last = watch(stage, service.store, screen, last, stop, until=first_polls_done, at_most_s=FIRST_POLLS_S)
        stage.clock.release()
        last = watch(stage, service.store, screen, last, stop, until=lambda _: stage.clock.at_end())
        last = watch(stage, service.store, screen, last, stop, until=lambda seen: seen.settled, at_most_s=SETTLE_S)
        conclude(stage, screen, last, over=stage.clock.at_end())
        watch(stage, service.store, screen, last, stop, until=lambda _: False)
    stage.stopped()
    screen.say("Stopped. The next demo starts afresh.")


def watch(
    stage: Stage,
    store: Store,
    screen: Screen,
    last: Look,
    stop: threading.Event,
    *,
    until: Callable[[Look], bool],
    at_most_s: float | None = None,
) -> Look:
    """Say what is new, again and again, until `stop` is set, `until` holds, or the time is up. Return the last look."""
    looks = 0 if at_most_s is None else int(at_most_s / LOOK_EVERY_S)
    trouble = None
    while not stop.is_set():
        seen = look(store, stage.clock.now())
        for line in news(last, seen):
            screen.line(line)
        last = seen
        if stage.trouble and stage.trouble is not trouble:
            screen.say(f"The clock stands still: {stage.folder.path}: {stage.trouble.strerror}", "trouble")
        trouble = stage.trouble
        if until(seen) or looks == 1:
            break
        looks -= 1
        stop.wait(LOOK_EVERY_S)
    return last


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
    if over:
        screen.say("The story is told; the clock runs at normal speed now. Ctrl-C ends the demo.")


def has_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether to use colour: on a terminal, unless NO_COLOR asks for none."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
