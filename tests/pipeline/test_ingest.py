"""Ingest, as stories: entries in, events, developments and queued messages out; nothing lost, nothing doubled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from service.core.entry import Entry
from service.core.feed import ParsedEntry
from service.core.report import Count, Evidence, Judgement, Kind, Place, Report
from service.core.rules import Rule, RuleIndex
from service.core.subscription import Subscription
from service.pipeline.ingest import Ingest, Ingested
from service.pipeline.manage import Wish, add_feed, subscribe
from service.ports.outbox import Delivery
from service.ports.store import Store
from service.ports.world import Attempt
from tests.rules import rule
from tests.standins import NOON, BellEngine, HandClock, PlainRenderer, ScriptedJudge

KHARKIV = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city", population=1_400_000)
HOOK = "https://desk.example/hook"


def strike(killed: int | None = None, *, stance: str = "asserts") -> Judgement:
    """Return the judgement of an account of one strike on Kharkiv."""
    evidence = [Evidence(field="place", quote="Kharkiv", start=0, end=7, where="title")]
    if killed is not None:
        evidence.append(Evidence(field="killed", quote=str(killed), start=8, end=9, where="title"))
    report = Report(
        kind="strike",
        new=True,
        confidence=0.9,
        stance=stance,  # type: ignore[arg-type]
        place=KHARKIV,
        weapon=("missile",),
        killed=Count(killed, killed) if killed is not None else None,
        evidence=tuple(evidence),
        reason="a test says so",
    )
    return Judgement(lang="en", reports=(report,))


@dataclass
class World:
    store: Store
    clock: HandClock = field(default_factory=HandClock)
    judge: ScriptedJudge = field(default_factory=ScriptedJudge)
    renderer: PlainRenderer = field(default_factory=PlainRenderer)
    engine: BellEngine = field(default_factory=BellEngine)
    rules: Sequence[Rule] = field(default_factory=lambda: [rule("any-strike", "kind:strike")])

    def __post_init__(self) -> None:
        self.step = Ingest(
            store=self.store,
            judge=self.judge,
            renderer=self.renderer,
            engine=self.engine,
            rules=lambda: RuleIndex(self.rules),
        )

    def subscribe(self, address: str = HOOK, rules: Sequence[str] = ()) -> Subscription:
        wish = Wish(kind="webhook", address=address, mode="alert", secret="whsec_c2VjcmV0", rules=rules)
        with self.store.write() as tx:
            return subscribe(tx, wish, known_rules={item.rule_id for item in self.rules}, now=self.clock.now())

    def put(self, outlet: str, title: str, *, uid: str = "1", backlog: bool = False) -> None:
        with self.store.write() as tx:
            feed = add_feed(tx, f"https://{outlet}.example/feed", now=NOON)
            feed = replace(feed, title=outlet)
            at = self.clock.now()
            entry = ParsedEntry(
                uid=uid, title=title, summary=title, url=f"https://{outlet}.example/{uid}", published=at
            )
            tx.entries.put(feed, [entry], now=at, backlog=backlog)

    def report(self, outlet: str, title: str, said: Judgement, *, uid: str = "1", backlog: bool = False) -> Ingested:
        """Let the outlet publish this and ingest it a minute later."""
        self.judge.says = {**self.judge.says, title: said}
        self.put(outlet, title, uid=uid, backlog=backlog)
        (done,) = self.step.run(self.clock.forward(minutes=1))
        return done

    def queued(self) -> list[Delivery]:
        with self.store.read() as tx:
            return sorted(tx.outbox.list(), key=lambda row: row.message.outbox_id)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_one_happening_gives_one_alert_however_many_report_it(world: World) -> None:
    world.subscribe()
    first = world.report("northern-wire", "Missile strike on Kharkiv", strike())
    second = world.report("harbour-post", "Kharkiv hit by missile", strike())
    assert first.placed[0].event_id == second.placed[0].event_id
    assert [row.message.kind for row in world.queued()] == ["event.new"]


def test_a_rising_toll_replaces_the_alert_that_has_not_left_yet(world: World) -> None:
    world.subscribe()
    world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1))
    world.report("northern-wire", "Missile strike on Kharkiv kills 6", strike(6), uid="2")
    assert [(row.state, row.message.kind) for row in world.queued()] == [
        ("superseded", "event.new"),
        ("pending", "event.new"),
    ]


def test_what_was_in_flight_when_its_sender_was_killed_counts_as_told(world: World) -> None:
    """The reader may have the alert. Newer states are updates then, however many of them replace each other."""
    world.subscribe()
    world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1))
    with world.store.write() as tx:
        assert len(tx.outbox.claim(world.clock.now(), limit=9, lease=timedelta(seconds=1))) == 1
    world.report("northern-wire", "Missile strike on Kharkiv kills 6", strike(6), uid="2")
    world.report("northern-wire", "Missile strike on Kharkiv kills 9", strike(9), uid="3")
    assert [(row.state, row.message.kind) for row in world.queued()] == [
        ("pending", "event.new"),
        ("superseded", "event.updated"),
        ("pending", "event.updated"),
    ]


def test_what_was_tried_in_vain_counts_as_told(world: World) -> None:
    """After a timeout the reader may have the alert: it is tried again, and what came since is an update."""
    world.subscribe()
    world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1))
    now = world.clock.now()
    with world.store.write() as tx:
        (message,) = tx.outbox.claim(now, limit=9, lease=timedelta(minutes=2))
        timeout = Attempt(outbox_id=message.outbox_id, at=now, ok=False, error="no answer in 30 s")
        assert tx.outbox.record(message, timeout, retry_at=now + timedelta(minutes=5))
    world.report("northern-wire", "Missile strike on Kharkiv kills 6", strike(6), uid="2")
    assert [(row.state, row.message.kind) for row in world.queued()] == [
        ("pending", "event.new"),
        ("pending", "event.updated"),
    ]


def test_a_silent_edit_is_judged_again_and_stays_with_its_event(world: World) -> None:
    first = world.report("northern-wire", "Strike on Kharkiv kills 3", strike(3))
    edited = world.report("northern-wire", "Strike on Kharkiv kills 30", strike(30))
    assert edited.placed[0].event_id == first.placed[0].event_id
    assert edited.entry.revision == 2
    with world.store.read() as tx:
        event = tx.events.get(first.placed[0].event_id or 0)
        assert (event.killed, event.reports) == (Count(30, 30), 1)
        assert [item.change for item in tx.events.developments(event.event_id)] == ["new", "toll_changed"]


def test_a_bad_entry_is_set_aside_and_its_neighbours_go_on(world: World) -> None:
    world.judge.says = {"Strike on Kharkiv": strike()}
    world.judge.fails = frozenset({"poison"})
    world.put("northern-wire", "poison")
    world.put("harbour-post", "Strike on Kharkiv")
    done = world.step.run(world.clock.now())
    assert [bool(result.error) for result in done] == [True, False]
    with world.store.read() as tx:
        assert tx.entries.waiting() == 0
        assert len(tx.events.recent(limit=9)) == 1


def test_what_failed_here_does_not_count_once_another_worker_took_over(world: World) -> None:
    """Its lease ran out while it was judged: the entry is theirs, and must not be set aside under their hands."""
    world.put("northern-wire", "slow poison")

    class Slow(ScriptedJudge):
        def judge(self, entries: Sequence[Entry]) -> list[Judgement]:
            with world.store.write() as tx:
                tx.entries.claim(world.clock.forward(hours=1), limit=9, lease=timedelta(hours=1))
            raise ValueError("cannot judge this")

    (done,) = replace(world.step, judge=Slow()).run(world.clock.now())
    assert "another worker took over" in done.error
    with world.store.read() as tx:
        assert tx.entries.waiting() == 1


def test_a_fault_in_rendering_undoes_that_entry_alone(world: World) -> None:
    """No event may stand without the alert that goes with it: both are undone, and the entry keeps the error."""

    class Broken(PlainRenderer):
        def event(self, message: object) -> object:  # type: ignore[override]
            raise RuntimeError("no template at all")

    world.subscribe()
    world.judge.says = {"Strike on Kharkiv": strike()}
    world.put("northern-wire", "Strike on Kharkiv")
    (done,) = replace(world.step, renderer=Broken()).run(world.clock.now())  # type: ignore[arg-type]
    assert "no template at all" in done.error
    with world.store.read() as tx:
        assert tx.events.recent(limit=9) == []
    assert world.queued() == []


def test_maps_are_drawn_before_the_transaction_and_only_for_readers_of_mail(world: World) -> None:
    """Drawing takes longer than all the rest together, and nobody else can write meanwhile."""

    class Looking(PlainRenderer):
        def prepare(self, events: Iterable[tuple[Kind, Place]]) -> None:
            with world.store.write():  # would wait in vain for a transaction of our own
                super().prepare(events)

    renderer = Looking()
    world.step = replace(world.step, renderer=renderer)
    world.subscribe()
    world.report("northern-wire", "Strike on Kharkiv", strike())
    assert renderer.prepared == []
    with world.store.write() as tx:
        subscribe(tx, Wish(kind="email", address="a@example.org", mode="alert"), known_rules=(), now=NOON)
    world.report("harbour-post", "Another strike on Kharkiv", strike(), uid="2")
    assert renderer.prepared == [("strike", KHARKIV)]


def test_backlog_makes_events_but_no_alerts(world: World) -> None:
    world.subscribe()
    done = world.report("northern-wire", "Strike on Kharkiv", strike(), backlog=True)
    assert done.placed[0].event_id is not None
    assert world.queued() == []


def test_only_who_asked_is_told_and_the_log_says_why(world: World) -> None:
    world.rules = [rule("any-strike", "kind:strike"), rule("any-talks", "kind:talks")]
    wanted, other = world.subscribe(rules=["any-strike"]), world.subscribe("https://b.example/", rules=["any-talks"])
    event_id = world.report("northern-wire", "Strike on Kharkiv", strike()).placed[0].event_id or 0
    assert [row.subscription_id for row in world.queued()] == [wanted.subscription_id]
    with world.store.read() as tx:
        codes = [tx.decisions.of(sub.subscription_id, event_id)[0][3].code for sub in (wanted, other)]
    assert codes == ["new_event", "no_match"]


def test_a_withdrawn_report_reaches_those_who_got_the_claim(world: World) -> None:
    world.subscribe()
    world.report("harbour-post", "Strike on Kharkiv", strike())
    with world.store.write() as tx:
        for message in tx.outbox.claim(world.clock.now(), limit=9, lease=timedelta(minutes=1)):
            tx.outbox.record(message, sent(message.outbox_id, world.clock), retry_at=None)
    world.report(
        "harbour-post", "Harbour Post withdraws its report of a strike on Kharkiv", strike(stance="retracts"), uid="2"
    )
    assert [row.message.kind for row in world.queued()] == ["event.new", "event.retracted"]
    with world.store.read() as tx:
        assert [event.state for event in tx.events.recent(limit=9)] == ["retracted"]


def test_an_edit_that_no_longer_says_so_withdraws_it_for_those_who_were_told(world: World) -> None:
    world.subscribe()
    first = world.report("harbour-post", "Missile strike on Kharkiv killed 8", strike(8))
    with world.store.write() as tx:
        for message in tx.outbox.claim(world.clock.now(), limit=9, lease=timedelta(minutes=1)):
            tx.outbox.record(message, sent(message.outbox_id, world.clock), retry_at=None)
    leak = Judgement(lang="en", set_aside="no_cue")
    edited = world.report("harbour-post", "Gas leak in Kharkiv kills 8", leak)
    assert (edited.error, edited.placed[0].event_id) == ("", first.placed[0].event_id)
    assert [row.message.kind for row in world.queued()] == ["event.new", "event.retracted"]
    again = world.report("harbour-post", "Gas leak in Kharkiv kills 9", leak)
    assert again.placed == ()
    assert len(world.queued()) == 2
    world.report("harbour-post", "Missile strike on Kharkiv killed 8 after all", strike(8))
    with world.store.read() as tx:
        assert [(event.state, event.killed) for event in tx.events.recent(limit=9)] == [("live", Count(8, 8))]


def test_an_outlet_that_edits_its_account_away_leaves_those_of_others_standing(world: World) -> None:
    world.report("northern-wire", "Missile strike on Kharkiv killed 8", strike(8))
    world.report("harbour-post", "Kharkiv: 8 killed by missile", strike(8))
    world.report("harbour-post", "Kharkiv gas leak", Judgement(lang="en", set_aside="no_cue"))
    with world.store.read() as tx:
        assert [(event.state, event.sources) for event in tx.events.recent(limit=9)] == [("live", 1)]


def test_a_withdrawal_of_what_nobody_reported_makes_no_event(world: World) -> None:
    done = world.report("harbour-post", "Harbour Post withdraws a report", strike(stance="retracts"))
    assert done.placed[0].event_id is None
    assert done.error == ""


def test_killed_between_claim_and_commit_the_batch_is_done_again(world: World) -> None:
    world.subscribe()
    world.put("northern-wire", "Strike on Kharkiv")
    world.judge.says = {"Strike on Kharkiv": strike()}
    with world.store.write() as tx:
        assert len(tx.entries.claim(world.clock.now(), limit=9, lease=timedelta(minutes=2))) == 1
    assert world.step.run(world.clock.now()) == []
    assert len(world.step.run(world.clock.forward(minutes=3))) == 1
    assert len(world.queued()) == 1


def test_deliver_is_woken_only_for_what_was_queued(world: World) -> None:
    world.report("northern-wire", "Strike on Kharkiv", strike())
    assert world.engine.woken == []
    world.subscribe()
    world.report("northern-wire", "Strike on Kharkiv kills 4", strike(4), uid="2")
    assert [step for step, _ in world.engine.woken] == ["deliver"]


def sent(outbox_id: int, clock: HandClock) -> Attempt:
    return Attempt(outbox_id=outbox_id, at=clock.now(), ok=True)


def test_a_feed_with_a_new_report_is_hot_for_two_hours(world: World) -> None:
    """Backlog does not heat, and neither does what reports nothing."""
    world.report("wire", "Missiles hit Kharkiv", strike(3))
    world.report("meridian", "Missiles hit Kharkiv last week", strike(3), backlog=True)
    world.report("harbour", "Rain in Kharkiv", Judgement(lang="en", set_aside="no_cue"))
    with world.store.read() as tx:
        hot = {feed.url: feed.hot_until for feed in tx.feeds.all()}
    assert hot == {
        "https://wire.example/feed": NOON + timedelta(hours=2, minutes=1),
        "https://meridian.example/feed": None,
        "https://harbour.example/feed": None,
    }
