"""Articles of short entries, over real sockets: the alert leaves first, the article adds and takes nothing back."""

from collections.abc import Callable, Iterator, Sized
from datetime import datetime
from pathlib import Path

import pytest

from service.adapters.parse import ParseWorker
from service.bootstrap import App
from service.core.errors import StoreUnavailable
from service.core.feed import PageText
from service.pipeline.articles import Fetched
from service.ports.store import Step
from service.scheduler import Scheduler
from tests.servers import Asked, Reply
from tests.town import Town, a_town, wait_for

pytest.importorskip("trafilatura", reason="the extra `articles` is not installed")

TITLE = "Air strike on market in El Fasher"
LEAD = "Sudan's army bombed a crowded market in El Fasher on Wednesday, a doctors' network said."
TOLL = "At least 31 people were killed and 54 others wounded in the attack, the doctors' network said in a statement."
REST = (
    "Witnesses in El Fasher said that two aircraft dropped bombs on the market at noon, when it was full of people.",
    "The army did not comment on the strike, and the doctors asked for blood to be brought to the hospital.",
)
PAGE = "/northern-wire.xml/2"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path / "town") as built:
        yield built


@pytest.fixture
def app(town: Town) -> Iterator[App]:
    with App(town.settings(articles=True), clock=town.clock, durable=False) as made:
        assert isinstance(made.articles.reader, ParseWorker)
        made.articles.reader._budget_s = 30  # a busy machine is no failure
        town.subscribe(made)
        made.add_feed(town.outlet().url)
        town.settle(made)
        yield made


def page(*paragraphs: str, title: str = TITLE) -> Reply:
    text = "".join(f"<p>{words}</p>" for words in paragraphs)
    markup = f"<!doctype html><html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article>"
    return Reply(headers={"Content-Type": "text/html; charset=utf-8"}, body=markup.encode())


def publish(town: Town, app: App, route: Reply | Callable[[Asked], Reply], *, lead: str = LEAD) -> None:
    """Let the outlet publish the entry, its article behind it, and everybody be told."""
    town.server.routes[PAGE] = route
    town.outlet().publish(TITLE, lead)
    town.later(app, minutes=20)


def read(town: Town, app: App) -> list[Fetched]:
    """Run the step until it is dry, then what follows from it."""
    done: list[Fetched] = []
    while batch := app.articles.run(town.clock.now()):
        done += batch
    town.settle(app)
    return done


def asked(town: Town) -> list[Asked]:
    return [request for request in town.server.asked if request.path == PAGE]


def told(town: Town) -> list[str]:
    return [hook["type"] for hook in town.hooks]


def states(app: App) -> dict[str, int]:
    with app.store.read() as tx:
        return dict(tx.articles.counts())


def test_the_alert_leaves_at_once_and_the_article_brings_the_toll(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))
    assert told(town) == ["event.new"]
    assert town.hooks[0]["data"]["event"]["killed"] is None
    [done] = read(town, app)
    assert done.characters > 200
    town.later(app, minutes=45)
    assert told(town) == ["event.new", "event.updated"]
    event = town.hooks[1]["data"]["event"]
    assert (event["killed"]["min"], event["injured"]["min"], event["sources"]) == (31, 54, 1)
    assert TOLL in str(town.hooks[1]), "the figure comes with its sentence"


def test_an_article_is_asked_for_once_and_politely(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))
    read(town, app)
    town.later(app, hours=1)
    read(town, app)
    town.outlet().items[-1] = town.outlet().items[-1].replace("market", "vegetable market")
    town.outlet().mend()
    town.later(app, hours=1)
    read(town, app)
    [request] = asked(town)
    assert "text/html" in request.headers["accept"]
    assert "Tocsin" in request.headers["user-agent"]
    assert not {"cookie", "referer", "if-none-match", "if-modified-since"} & set(request.headers)


def test_a_poll_after_the_article_is_no_edit(town: Town, app: App) -> None:
    """The feed still gives its short text. Were that taken for an edit, the toll would go again."""
    publish(town, app, page(TOLL, *REST))
    read(town, app)
    town.outlet().publish("Council opens new bridge", "The harbour district has a new bridge, its third.")
    town.later(app, hours=1)
    assert app.ingest.run(town.clock.now()) == []
    with app.store.read() as tx:
        [event] = tx.events.recent(limit=9)
        assert event.killed is not None
        assert tx.entries.get(2).revision == 2


def test_an_edit_by_the_feed_after_the_article_counts_and_keeps_what_the_article_told(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))
    read(town, app)
    town.outlet().items[-1] = town.outlet().items[-1].replace(TITLE, "Air strike on market in El Fasher kills 47")
    town.outlet().mend()
    town.later(app, hours=1)
    town.later(app, hours=1)
    with app.store.read() as tx:
        [event] = tx.events.recent(limit=9)
    assert event.state == "live"
    assert (event.killed and event.killed.min, event.injured and event.injured.min) == (47, 54)


def test_an_article_that_reads_like_history_retracts_nothing(town: Town, app: App) -> None:
    """That our reading of a longer text comes out weaker is our doubt, not the outlet's retraction."""
    years = "The market of El Fasher was bombed in 2004 and in 2011, historians of the war in Sudan have written of it."
    publish(town, app, page(years, "An anniversary of the strike on the El Fasher market is held. " * 5), lead="")
    read(town, app)
    town.later(app, hours=1)
    assert states(app) == {"done": 1}
    assert told(town) == ["event.new"]
    with app.store.read() as tx:
        assert [event.state for event in tx.events.recent(limit=9)] == ["live"]


def test_a_feed_that_takes_it_back_after_the_article_is_believed(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))
    read(town, app)
    outlet = town.outlet()
    outlet.items[-1] = outlet.items[-1].replace(TITLE, "New stalls at market in El Fasher")
    outlet.items[-1] = outlet.items[-1].replace(LEAD, "The market has forty new stalls, the city said.")
    outlet.mend()
    town.later(app, hours=1)
    with app.store.read() as tx:
        assert [event.state for event in tx.events.recent(limit=9)] == ["retracted"]


@pytest.mark.parametrize(
    ("route", "error"),
    [
        pytest.param(page("We value your privacy. " * 30, title="Consent"), "another page", id="consent wall"),
        pytest.param(page("Air strike on market in El Fasher. Subscribe."), "not an article", id="pay wall"),
        pytest.param(Reply(status=404), "404", id="not there"),
        pytest.param(Reply(status=403), "403", id="not for us"),
        pytest.param(Reply(headers={"Content-Type": "application/pdf"}, body=b"%PDF"), "not a page", id="no page"),
        pytest.param(
            Reply(headers={"Content-Type": "text/html"}, body=b"<p>word " * 300_000), "larger than 2", id="too large"
        ),
    ],
)
def test_what_is_not_the_article_is_thrown_away_for_good(town: Town, app: App, route: Reply, error: str) -> None:
    publish(town, app, route)
    [done] = read(town, app)
    assert error in done.error
    town.later(app, hours=1)
    assert read(town, app) == []
    assert len(asked(town)) == 1
    with app.store.read() as tx:
        assert (tx.entries.get(2).summary, tx.entries.get(2).revision) == (LEAD, 1)
    assert states(app) == {"failed": 1}


def test_bad_luck_gets_one_more_try_and_no_third(town: Town, app: App) -> None:
    publish(town, app, Reply(status=502))
    [first] = read(town, app)
    assert first.put_off
    assert len(asked(town)) == 1
    town.clock.forward(minutes=11)
    [second] = read(town, app)
    assert not second.put_off
    town.clock.forward(minutes=11)
    assert read(town, app) == []
    assert (len(asked(town)), states(app)) == (2, {"failed": 1})


def test_the_second_try_may_succeed(town: Town, app: App) -> None:
    answers = [Reply(status=502), page(TOLL, *REST)]
    publish(town, app, lambda _: answers.pop(0))
    read(town, app)
    town.clock.forward(minutes=11)
    [done] = read(town, app)
    assert done.characters
    assert states(app) == {"done": 1}


def test_a_host_that_wants_to_be_left_alone_is(town: Town, app: App) -> None:
    """429 holds for the whole host, for its feeds as for its articles."""
    publish(town, app, Reply(status=429, headers={"Retry-After": "3600"}))
    read(town, app)
    with app.store.read() as tx:
        assert len(tx.feeds.kept_away(town.clock.now())) == 1
    town.server.routes[PAGE] = page(TOLL, *REST)
    town.clock.forward(minutes=30)
    assert read(town, app) == []
    town.clock.forward(minutes=40)
    assert [done.characters > 0 for done in read(town, app)] == [True]
    assert len(asked(town)) == 2


def test_a_host_we_keep_away_from_costs_no_try_and_old_news_none_at_all(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))
    away = town.clock.now()
    with app.store.write() as tx:
        tx.feeds.keep_away(town.outlet().url, until=away.replace(hour=away.hour + 2), reason="429")
    assert [done.put_off for done in read(town, app)] == [True]
    with app.store.write() as tx:
        tx.feeds.keep_away(town.outlet().url, until=away.replace(day=away.day + 2), reason="429")
    town.clock.forward(hours=3)
    assert ["too late" in done.error for done in read(town, app)] == [True]
    assert asked(town) == []


def test_long_entries_backlog_and_copies_are_not_fetched(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST), lead=f"{LEAD} {TOLL} {REST[0]} {REST[1]}")
    town.outlet("Harbour Post").publish("Air strike on market in El Fasher kills 31", LEAD)
    app.add_feed(town.outlet("Harbour Post").url)
    town.later(app, minutes=20)
    assert (read(town, app), states(app)) == ([], {})


def test_two_entries_with_one_article_ask_for_it_once(town: Town, app: App) -> None:
    town.outlet("Northern Wire World")
    app.add_feed(town.outlet("Northern Wire World").url)
    town.settle(app)
    publish(town, app, page(TOLL, *REST))
    same = town.outlet().items[-1].replace("<guid>", "<guid>world-")
    town.outlet("Northern Wire World").items.append(same)
    town.outlet("Northern Wire World").mend()
    town.later(app, minutes=20)
    read(town, app)
    assert len(asked(town)) == 1


def test_a_killed_step_is_done_again_and_once_is_enough(town: Town, app: App) -> None:
    publish(town, app, page(TOLL, *REST))

    class Full(ParseWorker):
        def read_page(self, body: bytes, *, url: str, content_type: str) -> PageText:
            raise StoreUnavailable("the disk is full")

    with Full() as reader, pytest.raises(StoreUnavailable):
        type(app.articles)(store=app.store, fetcher=app.fetcher, reader=reader, engine=app.engine, clock=app.clock).run(
            town.clock.now()
        )
    assert read(town, app) == []
    town.clock.forward(minutes=11)
    assert [done.characters > 0 for done in read(town, app)] == [True]


def test_a_reader_that_fails_costs_the_others_nothing(town: Town, app: App) -> None:
    class Broken(ParseWorker):
        def read_page(self, body: bytes, *, url: str, content_type: str) -> PageText:
            raise ValueError("a bug")

    publish(town, app, page(TOLL, *REST))
    with Broken() as reader:
        step = type(app.articles)(
            store=app.store, fetcher=app.fetcher, reader=reader, engine=app.engine, clock=app.clock
        )
        assert ["a bug" in done.error for done in step.run(town.clock.now())] == [True]
    assert told(town) == ["event.new"]


def test_switched_off_nothing_is_wanted(town: Town) -> None:
    with App(town.settings(articles=False), clock=town.clock, durable=False) as app:
        town.subscribe(app)
        app.add_feed(town.outlet().url)
        town.settle(app)
        publish(town, app, page(TOLL, *REST))
        assert (told(town), states(app)) == (["event.new"], {})


def test_steps_wake_one_another_and_nobody_waits_for_the_tick(town: Town, app: App) -> None:
    town.server.routes[PAGE] = page(TOLL, *REST)
    town.outlet().publish(TITLE, LEAD)
    town.clock.forward(minutes=20)
    steps: dict[Step, Callable[[datetime], Sized]] = {"ingest": app.ingest.run, "articles": app.articles.run}
    scheduler = Scheduler(store=app.store, clock=app.clock, engine=app.engine, steps=steps, tick_s=3600)
    scheduler.start()
    assert app.poll.run(town.clock.now())
    wait_for(lambda: toll(app) == 31)
    assert scheduler.stop()


def toll(app: App) -> int | None:
    with app.store.read() as tx:
        return next((event.killed.min for event in tx.events.recent(limit=9) if event.killed), None)
