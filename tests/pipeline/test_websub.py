"""News from a hub, over real sockets: asked, asked back, told, renewed, refused, distrusted, left."""

import hashlib
import hmac
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from service.bootstrap import App
from service.core.feed import Feed, Push
from service.pipeline.websub import AskedHub
from service.scheduler import Scheduler
from service.web import create_app, serve
from tests.servers import Asked, Reply
from tests.town import MARKET, MARKET_LEAD, Outlet, Town, a_town

DAY = 86_400


@dataclass
class Hub:
    """A hub on the town's server. It asks back at once where `prompt`, else when told to."""

    town: Town
    path: str = "/hub"
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    lease_s: int = 10 * DAY
    prompt: bool = True
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.town.server.routes[self.path] = self

    @property
    def url(self) -> str:
        return self.town.server.url(self.path)

    def __call__(self, asked: Asked) -> Reply:
        self.forms.append({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        if self.status < 300 and self.prompt:
            self.ask_back()
        self.at_once -= 1
        return Reply(status=self.status, headers=self.headers)

    @property
    def last(self) -> dict[str, str]:
        return self.forms[-1]

    def ask_back(self, **changed: str | None) -> httpx.Response:
        said: dict[str, str | None] = {
            "hub.mode": self.last["hub.mode"],
            "hub.topic": self.last["hub.topic"],
            "hub.challenge": "tell me <this>",
            "hub.lease_seconds": str(self.lease_s),
        }
        said |= {f"hub.{name}": value for name, value in changed.items()}
        params = {name: value for name, value in said.items() if value is not None}
        self.answers.append(httpx.get(self.last["hub.callback"], params=params, timeout=60))
        return self.answers[-1]

    def push(self, body: bytes, *, method: str = "sha256", secret: str = "", **headers: str) -> httpx.Response:
        key = (secret or self.last["hub.secret"]).encode()
        signature = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}"
        given = {"Content-Type": "application/rss+xml", "X-Hub-Signature": signature} | headers
        return httpx.post(self.last["hub.callback"], content=body, headers=given, timeout=60)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path / "town") as built:
        yield built


def public(town: Town) -> str:
    return f"http://127.0.0.1:{town.port}"


@pytest.fixture
def app(town: Town) -> Iterator[App]:
    settings = town.settings(base_url=public(town), articles=False)
    with App(settings, clock=town.clock, durable=False) as made, serve(create_app(made), "127.0.0.1", town.port):
        town.subscribe(made)
        yield made


@pytest.fixture
def hub(town: Town) -> Hub:
    made = Hub(town)
    with_hub(town.outlet(), made)
    return made


def with_hub(outlet: Outlet, hub: Hub, *, link: bool = False, at: str = "") -> None:
    """Have the outlet's feed name the hub, in the document or in a header, where it is or `at` another address."""
    links = f'<atom:link rel="hub" href="{at or hub.url}"/><atom:link rel="self" href="{outlet.url}"/>'
    head = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>{"" if link else links}'
    said = {"Link": f'<{hub.url}>; rel="hub", <{outlet.url}>; rel="self"'} if link else {}

    def answer(_asked: Asked) -> Reply:
        text = f"{head}<title>{outlet.name}</title>{''.join(outlet.items)}</channel></rss>"
        return Reply(headers={"Content-Type": "application/rss+xml"} | said, body=text.encode())

    outlet.server.routes[outlet.path] = answer


def document(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Northern Wire</title>{"".join(items)}</channel></rss>'.encode()


def item(town: Town, number: int, title: str = MARKET, lead: str = MARKET_LEAD, *, at: datetime | None = None) -> str:
    path = town.outlet().path
    link, when = town.server.url(f"{path}/{number}"), format_datetime(at or town.clock.now())
    words = f"<title>{title}</title><description>{lead}</description>"
    return f"<item><guid>{path}/{number}</guid><link>{link}</link>{words}<pubDate>{when}</pubDate></item>"


def begin(town: Town, app: App) -> Feed:
    """Add the outlet's feed, poll it, ask its hub."""
    feed_id = app.add_feed(town.outlet().url).feed_id
    town.settle(app)
    ask(town, app)
    return feed_of(app, feed_id)


def ask(town: Town, app: App) -> list[AskedHub]:
    done: list[AskedHub] = []
    while batch := app.websub.run(town.clock.now()):
        done += batch
    return done


def feed_of(app: App, feed_id: int = 1) -> Feed:
    with app.store.read() as tx:
        return tx.feeds.get(feed_id)


def push_of(app: App, feed_id: int = 1) -> Push:
    with app.store.read() as tx:
        push = tx.pushes.get(feed_id)
    assert push is not None
    return push


def polls(town: Town) -> int:
    return sum(asked.path == town.outlet().path for asked in town.server.asked)


def titles(app: App) -> list[tuple[str, int]]:
    with app.store.read() as tx:
        feed = tx.feeds.get(1)
        count = sum(record.new for record in tx.feeds.polls(feed.feed_id))
        return [(tx.entries.get(n).title, tx.entries.get(n).revision) for n in range(1, count + 1)]


@pytest.mark.parametrize("link", [False, True], ids=["in the document", "in a header"])
def test_a_hub_that_a_feed_names_is_asked_asks_back_and_is_counted_on(
    town: Town,
    app: App,
    hub: Hub,
    link: bool,  # noqa: FBT001
) -> None:
    with_hub(town.outlet(), hub, link=link)
    feed = begin(town, app)
    assert {name: hub.last[name] for name in ("hub.mode", "hub.topic", "hub.lease_seconds")} == {
        "hub.mode": "subscribe",
        "hub.topic": town.outlet().url,
        "hub.lease_seconds": str(10 * DAY),
    }
    assert hub.last["hub.callback"].startswith(f"{public(town)}/push/")
    assert len(hub.last["hub.callback"].rsplit("/", 1)[1]) == len(hub.last["hub.secret"]) == 43
    [answer] = hub.answers
    assert (answer.status_code, answer.text) == (200, "tell me <this>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert feed.pushed_until == town.clock.now() + timedelta(days=10)
    town.later(app, hours=6)
    assert "its hub tells us" in app_note(app)
    assert feed_of(app).due_at >= town.clock.now() + timedelta(hours=6)


def app_note(app: App) -> str:
    with app.store.read() as tx:
        return tx.feeds.polls(1)[0].note


def test_what_a_hub_tells_is_judged_and_sent_within_moments(town: Town, app: App, hub: Hub) -> None:
    """No tick comes in this test: the message itself wakes those who judge and send."""
    begin(town, app)
    sent = Event()

    def deliver(now: datetime) -> list[object]:
        done: list[object] = list(app.deliver.run(now))
        if done:
            sent.set()
        return done

    steps = {"ingest": app.ingest.run, "deliver": deliver}
    scheduler = Scheduler(store=app.store, clock=app.clock, engine=app.engine, steps=steps, tick_s=3600)  # type: ignore[arg-type]
    scheduler.start()
    try:
        asked = polls(town)
        assert hub.push(document(item(town, 2))).status_code == 202
        assert sent.wait(60)
    finally:
        assert scheduler.stop()
    assert [hook["type"] for hook in town.hooks] == ["event.new"]
    assert polls(town) == asked, "the feed itself was not asked"
    record = app_note(app)
    assert record == "its hub told us"
    assert feed_of(app).last_entry_at == town.clock.now()


def test_a_poll_for_safety_after_a_push_finds_nothing_new(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    before = feed_of(app)
    hub.push(document(item(town, 2)))
    after = feed_of(app)
    assert (after.marks, after.body_hash, after.id_policy) == (before.marks, before.body_hash, before.id_policy)
    town.outlet().items.append(item(town, 2))
    town.later(app, hours=6)
    assert titles(app) == [("Council opens new library", 1), (MARKET, 1)]
    assert push_of(app).state == "active"


def test_an_item_told_is_not_taken_for_all_there_is(town: Town, app: App, hub: Hub) -> None:
    """It has the address of an item we have, and another id: in a whole document that would be the same one."""
    begin(town, app)
    same_address = item(town, 1, "Ten killed in El Fasher").replace(f"<guid>{town.outlet().path}/1", "<guid>other")
    assert hub.push(document(same_address)).status_code == 202
    assert titles(app) == [("Council opens new library", 1), ("Ten killed in El Fasher", 1)]


def test_a_late_item_is_news_and_a_relaunch_is_not(town: Town, app: App, hub: Hub) -> None:
    for n in range(2, 8):
        town.outlet().publish(f"Council opens library {n}")
    with_hub(town.outlet(), hub)
    begin(town, app)
    old = town.clock.now() - timedelta(hours=20)
    hub.push(document(item(town, 20, "One late", at=old)))
    hub.push(document(*(item(town, n, f"Old {n}", at=old) for n in range(30, 39))))
    with app.store.read() as tx:
        assert [tx.entries.get(n).backlog for n in (8, 9, 17)] == [False, True, True]


def test_an_edit_told_by_a_hub_is_a_revision(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    hub.push(document(item(town, 2)))
    hub.push(document(item(town, 2, MARKET.replace("31", "47"))))
    assert titles(app)[1] == (MARKET.replace("31", "47"), 2)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_hubs_sign_in_different_ways(town: Town, app: App, hub: Hub, method: str) -> None:
    begin(town, app)
    hub.push(document(item(town, 2)), method=method)
    assert len(titles(app)) == 2


def test_what_the_hub_has_not_signed_is_dropped_without_telling(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    body = document(item(town, 2))
    assert hub.push(body, secret="a guess").status_code == 202
    assert hub.push(body, **{"X-Hub-Signature": ""}).status_code == 202
    assert hub.push(body, method="md5").status_code == 202
    assert (titles(app), push_of(app).dropped) == ([("Council opens new library", 1)], 3)
    assert hub.push(body).status_code == 202
    assert len(titles(app)) == 2


def test_an_old_message_sent_again_does_not_undo_an_edit(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    first = document(item(town, 2))
    hub.push(first)
    hub.push(document(item(town, 2, MARKET.replace("31", "47"))))
    assert hub.push(first).status_code == 202
    assert titles(app)[1] == (MARKET.replace("31", "47"), 2)


def test_a_message_told_to_two_processes_at_once_is_taken_once(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    body = document(*(item(town, n) for n in range(2, 12)))
    signature = "sha256=" + hmac.new(hub.last["hub.secret"].encode(), body, "sha256").hexdigest()
    key = push_of(app).key
    with App(app.settings, clock=town.clock, durable=False) as other, ThreadPoolExecutor() as pool:
        ends = [app.callback, other.callback] * 3
        done = [
            told.result()
            for told in [
                pool.submit(end.take, key, body, signature=signature, content_type="application/rss+xml")
                for end in ends
            ]
        ]
    assert sorted(told.outcome for told in done) == ["repeated"] * 5 + ["taken"]
    assert len(titles(app)) == 11


def test_what_cannot_be_read_is_a_hint_to_ask_the_feed_itself(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    town.later(app, hours=1)
    town.outlet().items.append(item(town, 2))
    assert hub.push(b"something is new").status_code == 202
    assert feed_of(app).due_at <= town.clock.now() + timedelta(minutes=5)
    town.later(app, minutes=5)
    assert len(titles(app)) == 2
    assert push_of(app).state == "active"


@pytest.mark.parametrize("chunked", [False, True])
def test_too_much_at_once_is_not_read(town: Town, app: App, hub: Hub, chunked: bool) -> None:  # noqa: FBT001
    begin(town, app)
    whole = b"<" * 10_000_001
    body: bytes | Iterator[bytes] = iter([whole[:5_000_000], whole[5_000_000:]]) if chunked else whole
    try:
        status = httpx.post(hub.last["hub.callback"], content=body, timeout=60).status_code
    except httpx.TransportError:  # it was answered and hung up on while it still talked
        status = 413
    assert status == 413
    assert push_of(app).dropped == 0


def test_one_key_may_not_talk_without_end(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    with httpx.Client() as client:
        statuses = [client.post(hub.last["hub.callback"], content=b"x").status_code for _ in range(90)]
    assert set(statuses) == {202, 429}
    assert push_of(app).dropped == statuses.count(202)


@pytest.mark.usefixtures("hub")
def test_a_key_that_is_nobodys_is_not_known(town: Town, app: App) -> None:
    begin(town, app)
    for answer in (
        httpx.get(f"{public(town)}/push/guess", params={"hub.mode": "subscribe", "hub.challenge": "x"}),
        httpx.post(f"{public(town)}/push/guess", content=b"x"),
    ):
        assert answer.status_code == 404
        assert "guess" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"topic": "https://elsewhere.example/"}, 404),
        ({"topic": None}, 404),
        ({"lease_seconds": "60"}, 404),
        ({"lease_seconds": "soon"}, 404),
        ({"lease_seconds": None}, 404),
        ({"mode": "unsubscribe"}, 404),
        ({"mode": "dance"}, 400),
        ({"challenge": None}, 400),
        ({"challenge": "x" * 2001}, 400),
        ({}, 200),
    ],
)
def test_only_what_we_asked_for_is_agreed_to(
    town: Town, app: App, hub: Hub, changed: dict[str, str | None], status: int
) -> None:
    hub.prompt = False
    assert begin(town, app).pushed_until is None
    assert hub.ask_back(**changed).status_code == status
    assert (feed_of(app).pushed_until is not None) is (status == 200)


def test_before_it_has_asked_back_a_hub_tells_us_nothing(town: Town, app: App, hub: Hub) -> None:
    hub.prompt = False
    begin(town, app)
    assert hub.push(document(item(town, 2))).status_code == 410
    assert len(titles(app)) == 1


def test_a_promise_is_renewed_well_before_its_end(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    town.clock.forward(days=6, hours=16)
    assert [done.error for done in ask(town, app)] == [""]
    assert len(hub.forms) == 2
    assert hub.forms[0]["hub.callback"] == hub.forms[1]["hub.callback"]
    assert feed_of(app).pushed_until == town.clock.now() + timedelta(days=10)


def test_a_renewal_that_fails_lets_the_promise_lapse_and_polling_return(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    hub.status = 503
    while town.clock.now() < push_of(app).expires_at:  # type: ignore[operator]
        town.later(app, hours=2)
        ask(town, app)
    assert 5 < len(hub.forms) < 60
    assert feed_of(app).due_at - town.clock.now() <= timedelta(hours=6)
    town.later(app, hours=6)
    assert "its hub tells us" not in app_note(app)
    hub.status = 202
    town.clock.at = max(town.clock.at, push_of(app).due_at)
    ask(town, app)
    assert push_of(app).state == "active"


def test_a_hub_that_says_no_is_left_alone_for_a_day(town: Town, app: App, hub: Hub) -> None:
    hub.status = 403
    assert begin(town, app).pushed_until is None
    assert push_of(app).state == "refused"
    town.clock.forward(hours=23)
    assert ask(town, app) == []
    town.clock.forward(hours=4)
    hub.status = 202
    assert len(ask(town, app)) == 1
    assert push_of(app).state == "active"


def test_a_hub_that_has_had_too_much_is_kept_away_from(town: Town, app: App, hub: Hub) -> None:
    hub.status, hub.headers = 429, {"Retry-After": "7200"}
    begin(town, app)
    with app.store.read() as tx:
        [host] = tx.feeds.kept_away(town.clock.now())
    assert host.free_at == town.clock.now() + timedelta(hours=2)
    town.clock.forward(minutes=110)
    assert ask(town, app) == []
    town.clock.forward(minutes=30)
    hub.status = 202
    assert [done.error for done in ask(town, app)] == [""]


def test_a_denial_brings_polling_back_soon(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    town.later(app, hours=3)
    assert feed_of(app).due_at > town.clock.now() + timedelta(hours=3)
    answer = hub.ask_back(mode="denied", reason="the topic is closed", challenge=None)
    assert answer.status_code == 200
    feed = feed_of(app)
    assert (feed.pushed_until, push_of(app).state) == (None, "refused")
    assert feed.due_at <= town.clock.now() + timedelta(hours=1)


def test_a_hub_that_keeps_news_to_itself_is_not_counted_on(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    town.later(app, hours=6)
    town.clock.forward(hours=3)
    town.outlet().items.append(item(town, 2))
    town.later(app, hours=4)
    assert push_of(app).state == "distrusted"
    feed = feed_of(app)
    assert feed.pushed_until is None
    assert feed.due_at < town.clock.now() + timedelta(hours=3), "asked at its own pace again"
    assert "not counted on any more" in app_note(app)
    assert hub.push(document(item(town, 3))).status_code == 202
    assert len(titles(app)) == 3, "what it does tell is heard"
    town.clock.forward(days=7)
    assert len(ask(town, app)) == 1
    assert push_of(app).state == "active"


@pytest.mark.usefixtures("hub")
def test_news_that_a_poll_happens_to_find_first_is_no_breach(town: Town, app: App) -> None:
    begin(town, app)
    town.clock.forward(hours=5, minutes=58)
    town.outlet().items.append(item(town, 2))
    town.later(app, minutes=2)
    while len(titles(app)) < 2:
        town.later(app, minutes=1)
    assert push_of(app).state == "active"


@pytest.mark.parametrize("why", ["muted", "gone", "other hub", "no hub"])
def test_what_we_do_not_want_any_more_is_ended_with_the_hub(town: Town, app: App, hub: Hub, why: str) -> None:
    begin(town, app)
    other = Hub(town, path="/other-hub")
    if why == "muted":
        with app.store.write() as tx:
            tx.feeds.set_muted(1, muted=True, now=town.clock.now())
    elif why == "gone":
        town.outlet().answer(410, "gone")
        town.later(app, hours=7)
        town.later(app, hours=28)
    elif why == "other hub":
        with_hub(town.outlet(), other)
        town.later(app, hours=7)
    else:
        town.outlet().mend()
        town.later(app, hours=7)
    ask(town, app)
    assert hub.last["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in hub.last
    assert hub.answers[-1].status_code == 200
    ask(town, app)
    assert (len(other.forms) == 1) is (why == "other hub")
    assert (feed_of(app).pushed_until is not None) is (why == "other hub")
    assert hub.push(b"x", secret="x").status_code == 404


def test_without_a_public_url_no_hub_is_asked_and_what_was_agreed_is_ended(town: Town, app: App, hub: Hub) -> None:
    begin(town, app)
    hub.prompt = False
    with App(town.settings(articles=False), clock=town.clock, durable=False) as private:
        assert private.public_url == ""
        ask(town, private)
        assert hub.last["hub.mode"] == "unsubscribe"
        assert urlsplit(hub.last["hub.callback"]).port == town.port, "where it was agreed to"
        assert feed_of(private).pushed_until is None
        town.clock.forward(hours=1)
        ask(town, private)
        with private.store.read() as tx:
            assert tx.pushes.get(1) is None
        assert ask(town, private) == []
    assert len(hub.forms) == 2


def test_a_hub_inside_is_not_asked(town: Town, hub: Hub) -> None:
    with App(town.settings(base_url=public(town), allow_nets=["127.0.0.1/32"]), clock=town.clock, durable=False) as app:
        with_hub(town.outlet(), hub, at="http://10.0.0.1/hub")
        app.add_feed(town.outlet().url)
        town.settle(app)
        [done] = ask(town, app)
        assert "not on the open internet" in done.error
        assert hub.forms == []


def test_one_hub_is_asked_one_thing_at_a_time(town: Town, app: App, hub: Hub) -> None:
    for name in ("Harbour Post", "Meridian Daily", "Northern Wire World"):
        with_hub(town.outlet(name), hub)
        app.add_feed(town.outlet(name).url)
    begin(town, app)
    assert len(hub.forms) == 4
    assert hub.most_at_once == 1


def test_a_step_that_was_killed_while_asking_asks_again(town: Town, app: App, hub: Hub) -> None:
    app.add_feed(town.outlet().url)
    town.settle(app)
    hub.prompt = False

    class KilledError(RuntimeError):
        pass

    class Dies:
        def ask(self, _requests: object) -> Iterator[object]:
            raise KilledError

    with pytest.raises(KilledError):
        replace(app.websub, hubs=Dies()).run(town.clock.now())  # type: ignore[arg-type]
    assert ask(town, app) == []
    town.clock.forward(minutes=6)
    assert len(ask(town, app)) == 1
