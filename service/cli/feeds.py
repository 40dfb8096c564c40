"""`tocsin feeds` and `tocsin poll`: looking after feeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from service.adapters.render.clean import NAME, clean
from service.bootstrap import App
from service.cli import output
from service.cli.feed_health import (
    feed_json,
    is_finding,
    looked_at,
    poll_json,
    say_gaps,
    say_health,
    show,
    show_json,
    worst_first,
)
from service.core.codec import instant
from service.core.errors import NotFound
from service.core.health import health as to_health
from service.core.websub import words
from service.pipeline.poll import PolledFeed
from service.settings import load

feeds = typer.Typer(no_args_is_help=True, help="Look after feeds. Example: tocsin feeds list")

NO_FEEDS = "No feeds yet. Add one: tocsin feeds add URL"

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


@feeds.command("list")
def list_feeds(*, as_json: JsonFlag = False) -> None:
    """List all feeds with their state. Example: tocsin feeds list --json"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        rows = looked_at(tx, tx.feeds.all(), app.clock.now(), polls=0)
    if as_json:
        output.document([feed_json(feed, seen) for feed, seen in rows])
        return
    output.table(
        ("id", "state", "country", "next poll", "last good", "failures", "title", "url"),
        [
            (
                *(f.feed_id, seen.state, f.country, instant(seen.next_poll), instant(f.last_ok_at), f.failures or ""),
                *(clean(f.title, NAME), f.url),
            )
            for f, seen in rows
        ],
        empty=NO_FEEDS,
    )


@feeds.command("add")
def add_feed(
    url: Annotated[str, typer.Argument(help="http or https address of the feed")],
    country: Annotated[str | None, typer.Option(help="what it covers, as ISO 3166-1 alpha-2: UA")] = None,
    lang: Annotated[str | None, typer.Option(help="its language, as BCP 47: uk")] = None,
    topic: Annotated[str | None, typer.Option(help="what it covers beside a country: shipping")] = None,
    *,
    priority: Annotated[bool, typer.Option("--priority", help="poll it more often")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a feed. Its first poll is a baseline: nothing it holds already gives an alert.

    Example: tocsin feeds add https://example.org/feed.xml --country UA --lang uk
    """
    with App(load()) as app, output.asked():
        feed = app.add_feed(url, country=country, lang=lang, topic=topic, priority=priority)
    if as_json:
        output.document(feed_json(feed, to_health(feed, (), None, feed.due_at)))
    else:
        output.say(f"feed {feed.feed_id}: {feed.url}")


@feeds.command("mute")
def mute_feed(
    feed_id: Annotated[int, typer.Argument(help="id, see tocsin feeds list")],
    *,
    off: Annotated[bool, typer.Option("--off", help="poll it again")] = False,
) -> None:
    """Stop polling a feed, or with --off poll it again. Example: tocsin feeds mute 3"""  # noqa: D415
    with App(load()) as app, app.store.write() as tx:
        tx.feeds.set_muted(feed_id, muted=not off, now=app.clock.now())
    output.say(f"feed {feed_id} is {'polled again' if off else 'muted'}")


@feeds.command("health")
def health(*, as_json: JsonFlag = False) -> None:
    """Say of each feed how it is, problems first; exit 1 if any is failing, gone or silent.

    Example: tocsin feeds health
    """
    with App(load()) as app, app.store.read() as tx:
        now = app.clock.now()
        rows = worst_first(looked_at(tx, tx.feeds.all(), now))
    if as_json:
        output.document(
            [feed_json(feed, seen) | {"polls": [poll_json(poll) for poll in seen.polls]} for feed, seen in rows]
        )
    else:
        say_gaps(rows, now)
        for row in rows:
            say_health(*row)
        if not rows:
            output.say(NO_FEEDS)
    raise typer.Exit(output.FINDINGS if any(is_finding(*row) for row in rows) else output.FINE)


@feeds.command("show")
def show_feed(
    feed_id: Annotated[int, typer.Argument(help="id, see tocsin feeds list")], *, as_json: JsonFlag = False
) -> None:
    """Say all that is known of a feed, its last polls included. Example: tocsin feeds show 3"""  # noqa: D415
    with App(load()) as app, app.store.read() as tx:
        ((feed, seen),) = looked_at(tx, [tx.feeds.get(feed_id)], app.clock.now())
        before, hub = tx.feeds.addresses(feed_id), words(tx.pushes.get(feed_id), app.clock.now())
    if as_json:
        output.document(show_json(feed, seen, before, hub=hub))
    else:
        show(feed, seen, before, hub=hub)


@feeds.command("import")
def import_feeds(file: Annotated[Path, typer.Argument(help="an OPML file")], *, as_json: JsonFlag = False) -> None:
    """Add the feeds of an OPML file. What we have already stays as it is; exit 1 if a line is no feed.

    Example: tocsin feeds import subscriptions.opml
    """
    with App(load()) as app:
        added, known, faults = app.import_feeds(file)
    if as_json:
        output.document({"added": added, "known": known, "refused": [fault.located() for fault in faults]})
    else:
        output.say(f"{added} added, {known} known already, {len(faults)} refused")
    for fault in faults:
        output.complain(fault)
    raise typer.Exit(output.FINDINGS if faults else output.FINE)


@feeds.command("export")
def export_feeds() -> None:
    """Print all feeds as OPML. Example: tocsin feeds export > feeds.opml"""  # noqa: D415
    with App(load()) as app:
        output.say(app.export_feeds())


@feeds.command("poll")
def poll_feed(
    feed_ids: Annotated[list[int], typer.Argument(help="ids, see tocsin feeds list")], *, as_json: JsonFlag = False
) -> None:
    """Poll these feeds now. Example: tocsin feeds poll 3 4"""  # noqa: D415
    with App(load()) as app:
        with app.store.read() as tx:
            for feed_id in feed_ids:
                tx.feeds.get(feed_id)
        _show(app.poll.run_feeds(feed_ids, app.clock.now()), as_json=as_json)


def poll(
    urls: Annotated[list[str] | None, typer.Argument(help="feeds to poll, by URL; without any: what is due")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="every feed, due or not")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Poll now and print what was new. Exit 2 if a feed could not be read.

    Example: tocsin poll https://example.org/feed.xml
    """
    with App(load()) as app:
        if not urls and not everything:
            return _show(app.poll.run(app.clock.now()), as_json=as_json)
        with app.store.read() as tx:
            known = {feed.url: feed.feed_id for feed in tx.feeds.all() if everything or feed.url in (urls or ())}
        missing = [url for url in urls or () if url not in known]
        if missing:
            raise NotFound(f"not a feed of ours: {missing[0]}", hint=f"tocsin feeds add {missing[0]}")
        return _show(app.poll.run_feeds(list(known.values()), app.clock.now()), as_json=as_json)


def _show(polled: Sequence[PolledFeed], *, as_json: bool) -> None:
    if as_json:
        output.document(
            [
                {"url": p.feed.url, "outcome": p.record.outcome, "status": p.record.status, "error": p.record.error}
                | {"new": p.record.new, "changed": p.record.changed}
                for p in polled
            ]
        )
    else:
        output.table(
            ("feed", "outcome", "status", "new", "changed", "url", "error"),
            [
                (
                    p.feed.feed_id,
                    p.record.outcome,
                    p.record.status,
                    p.record.new,
                    p.record.changed,
                    p.feed.url,
                    p.record.error,
                )
                for p in polled
            ],
            empty="Nothing was due.",
        )
    raise typer.Exit(output.UNREADABLE if any(p.record.outcome == "failed" for p in polled) else output.FINE)
