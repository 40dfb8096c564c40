"""What operators and the repair pass do to events: journalled, undoable, obeyed ever after, and silent."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from service.core.errors import BadInput, NotFound
from service.core.event import REPAIR, Act, Event
from service.core.report import Count, Interval, Judgement, Place, Report
from service.pipeline import curate, mend
from service.pipeline.ingest import Ingested
from service.pipeline.label import label
from service.pipeline.mend import Hand
from service.pipeline.repair import Repair
from service.pipeline.said import stated
from service.ports.store import Store, Transaction
from tests.pipeline.test_ingest import World
from tests.pipeline.test_tell import send_all
from tests.standins import NOON

KHARKIV = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city", admin="07")
SUMY = Place(name="Sumy", country="UA", lat=50.92, lon=34.8, precision="city", admin="21")
NIGHT = Interval(NOON - timedelta(hours=18), NOON - timedelta(hours=6))


def said(place: Place | None = KHARKIV, killed: int | None = None, **slots: object) -> Judgement:
    count = Count(killed, killed) if killed is not None else None
    report = Report(kind="strike", new=True, confidence=0.9, place=place, killed=count)
    return Judgement(lang="en", reports=(replace(report, **slots),))  # type: ignore[arg-type]


@dataclass
class Desk:
    """A world of reports, an operator's hand, and the repair step."""

    world: World
    repair: Repair = field(init=False)

    def __post_init__(self) -> None:
        self.repair = Repair(store=self.world.store)
        self.world.subscribe()

    def tell(self, outlet: str, title: str, judged: Judgement, *, uid: str = "1") -> int:
        """Let the outlet say so; return the event it went to."""
        done: Ingested = self.world.report(outlet, title, judged, uid=uid)
        (placed,) = done.placed
        assert placed.event_id is not None
        return placed.event_id

    def hand(self, tx: Transaction, by: str = "ada") -> Hand:
        return Hand(tx=tx, by=by, now=self.world.clock.now(), reason="a person looked")

    def event(self, event_id: int) -> Event:
        with self.world.store.read() as tx:
            return tx.events.get(event_id)

    def reports(self, event_id: int) -> list[int]:
        with self.world.store.read() as tx:
            return [account.report_id for account in tx.events.accounts(event_id)]

    def sent(self) -> int:
        return len(self.world.queued())

    def two(self) -> tuple[int, int]:
        """Return the two events of one happening that the second outlet placed in another town."""
        first = self.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
        second = self.tell("harbour-post", "Blast in Sumy leaves two dead", said(SUMY, 2))
        assert first != second
        return first, second


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(World(store))


def test_merging_moves_everything_redirects_and_sends_nothing(desk: Desk) -> None:
    kept, gone = desk.two()
    before = desk.sent()
    with desk.world.store.write() as tx:
        act = curate.merge(desk.hand(tx), kept, gone)
    assert (desk.event(gone).state, desk.event(gone).merged_into) == ("merged", kept)
    assert desk.event(kept).reports == 2
    assert desk.sent() == before
    with desk.world.store.read() as tx:
        assert tx.events.living(gone) == kept
        assert tx.events.merged_into(kept) == [gone]
        assert tx.events.acts(gone) == tx.events.acts(kept) == [act]


def test_who_was_told_of_a_merged_event_is_not_told_of_the_other_as_new(desk: Desk) -> None:
    kept, gone = desk.two()
    with desk.world.store.write() as tx:
        now = desk.world.clock.now()
        for message in tx.outbox.claim(now, limit=9, lease=timedelta(minutes=1)):
            assert message.event_id is None or message.event_id in {kept, gone}
        curate.merge(desk.hand(tx), kept, gone)
    desk.tell("meridian-daily", "Missiles hit Kharkiv, eleven dead", said(killed=11))
    assert [row.message.kind for row in desk.world.queued()].count("event.new") == 2
    assert desk.world.queued()[-1].message.kind == "event.updated"


def test_the_higher_count_of_a_merged_event_hides_nothing_that_comes_after(desk: Desk) -> None:
    kept, gone = desk.two()
    for killed in (4, 5, 6, 7):
        desk.tell("harbour-post", f"Blast in Sumy leaves {killed} dead", said(SUMY, killed), uid=f"{killed}")
    assert desk.event(gone).revision > desk.event(kept).revision + 2
    send_all(desk.world)
    with desk.world.store.write() as tx:
        curate.merge(desk.hand(tx), kept, gone)
    before = desk.sent()
    desk.world.clock.forward(hours=1)
    desk.tell("meridian-daily", "Missiles hit Kharkiv, eleven dead", said(killed=11))
    assert desk.sent() == before + 1
    last = desk.world.queued()[-1].message
    assert (last.kind, last.event_id) == ("event.updated", kept)
    (delta,) = [one for one in desk.world.renderer.events[-1].development.deltas if one.field == "killed"]
    assert delta.before is not None


def test_undoing_a_merge_brings_both_back_under_their_ids(desk: Desk) -> None:
    kept, gone = desk.two()
    before = desk.reports(kept), desk.reports(gone)
    with desk.world.store.write() as tx:
        act = curate.merge(desk.hand(tx), kept, gone)
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert (desk.reports(kept), desk.reports(gone)) == before
    assert desk.event(gone).state == "live"
    assert desk.event(gone).merged_into is None
    with desk.world.store.write() as tx, pytest.raises(BadInput):
        curate.undo(desk.hand(tx), act.act_id)


def test_a_split_gets_a_new_id_and_its_undoing_redirects_it(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    assert desk.tell("harbour-post", "Kharkiv hit by missiles", said(killed=3)) == first
    one, other = desk.reports(first)
    with desk.world.store.write() as tx:
        act = curate.split(desk.hand(tx), first, [other])
    assert act.other_id is not None
    assert (desk.reports(first), desk.reports(act.other_id)) == ([one], [other])
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert desk.reports(first) == [one, other]
    assert desk.event(act.other_id).merged_into == first


def test_the_repair_pass_merges_what_an_operator_would(desk: Desk) -> None:
    """The second event was started in doubt, with no place; then its outlets name the town."""
    first = desk.tell("northern-wire", "Missiles hit Kharkiv market, three dead", said(killed=3, actor="Russia"))
    second = _apart(desk, first, desk.tell("harbour-post", "Kharkiv market hit", said(killed=3, actor="Russia")))
    acts = _pass(desk)
    assert [(act.verb, act.by, act.event_id, act.other_id) for act in acts] == [("merge", REPAIR, first, second)]
    assert desk.event(second).merged_into == first


def _apart(desk: Desk, first: int, joined: int) -> int:
    """Part the last report from its event without an operator's word, as if link had been in doubt."""
    assert joined == first
    with desk.world.store.write() as tx:
        act = mend.split(desk.hand(tx, REPAIR), first, desk.reports(first)[-1:])
    assert act.other_id is not None
    return act.other_id


def _pass(desk: Desk) -> list[Act]:
    return desk.repair.run(desk.world.clock.forward(minutes=5))


def test_what_an_operator_parted_the_repair_pass_leaves_apart(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv market, three dead", said(killed=3, actor="Russia"))
    desk.tell("harbour-post", "Kharkiv market hit", said(killed=3, actor="Russia"))
    with desk.world.store.write() as tx:
        curate.split(desk.hand(tx), first, desk.reports(first)[-1:])
    assert _pass(desk) == []


def test_what_an_operator_undid_the_repair_pass_does_not_do_again(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv market, three dead", said(killed=3, actor="Russia"))
    _apart(desk, first, desk.tell("harbour-post", "Kharkiv market hit", said(killed=3, actor="Russia")))
    (act,) = _pass(desk)
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert _pass(desk) == []


def test_a_pass_that_finds_nothing_new_looks_at_nothing(desk: Desk) -> None:
    desk.two()
    assert _pass(desk) == []
    assert desk.repair.run(desk.world.clock.forward(seconds=1)) == []


def test_a_removed_report_is_gone_for_good_even_when_it_is_edited(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    desk.tell("harbour-post", "Kharkiv hit by missiles, ninety dead", said(killed=90))
    _, wrong = desk.reports(first)
    assert desk.event(first).killed == Count(3, 90)
    with desk.world.store.write() as tx:
        act = curate.remove(desk.hand(tx), first, wrong)
    assert desk.event(first).killed == Count(3, 3)
    done = desk.world.report("harbour-post", "Kharkiv hit by missiles, 91 dead", said(killed=91))
    assert [placed.event_id for placed in done.placed] == [None]
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert desk.reports(first) == [desk.reports(first)[0], wrong]


def test_the_last_report_of_an_event_is_not_removed(desk: Desk) -> None:
    first, second = desk.two()
    with desk.world.store.write() as tx:
        with pytest.raises(BadInput, match="retract the event"):
            curate.remove(desk.hand(tx), first, desk.reports(first)[0])
        with pytest.raises(BadInput, match="not of event"):
            curate.remove(desk.hand(tx), first, desk.reports(second)[0])


def test_a_corrected_fact_outweighs_every_source_until_it_is_undone(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    with desk.world.store.write() as tx:
        one = curate.correct(desk.hand(tx), first, "killed", [4, 4])
        two = curate.correct(desk.hand(tx), first, "killed", [5, 5])
    desk.tell("harbour-post", "Kharkiv hit by missiles, three dead", said(killed=3))
    assert desk.event(first).killed == Count(5, 5)
    for act, then in ((two, Count(4, 4)), (one, Count(3, 3))):
        with desk.world.store.write() as tx:
            curate.undo(desk.hand(tx), act.act_id)
        assert desk.event(first).killed == then


def test_an_operators_word_outlives_an_edit_of_the_report_it_hangs_on(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    with desk.world.store.write() as tx:
        curate.correct(desk.hand(tx), first, "killed", [4, 4])
    desk.tell("northern-wire", "Missiles hit Kharkiv, nine dead", said(killed=9))
    assert desk.event(first).killed == Count(4, 4)


def test_a_corrected_place_is_a_whole_place(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    place = {"name": "Izium", "country": "UA", "lat": 49.21, "lon": 37.26, "precision": "city"}
    with desk.world.store.write() as tx:
        curate.correct(desk.hand(tx), first, "place", place)
    assert desk.event(first).place == Place(name="Izium", country="UA", lat=49.21, lon=37.26, precision="city")


def test_a_retracted_event_is_retracted_until_that_is_undone(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    with desk.world.store.write() as tx:
        act = curate.retract(desk.hand(tx), first)
    assert desk.event(first).state == "retracted"
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert desk.event(first).state == "live"


def test_what_two_acts_say_stands_until_both_are_undone(desk: Desk) -> None:
    """Such as a label on what was retracted before, or what two events brought that are one now."""
    first, second = desk.two()
    with desk.world.store.write() as tx:
        retracted = curate.retract(desk.hand(tx), second)
        curate.merge(desk.hand(tx), first, second)
        with pytest.raises(BadInput, match=f"tocsin events undo {retracted.act_id}`"):
            curate.retract(desk.hand(tx), first)
        labelled = label(desk.hand(tx), first, "none", new=False)
    for act, still in ((labelled, retracted), (retracted, None)):
        with desk.world.store.write() as tx:
            curate.undo(desk.hand(tx), act.act_id)
            kept = stated(tx, first, "state")
        assert (kept and kept.act_id, desk.event(first).state) == (
            still and still.act_id,
            "retracted" if still else "live",
        )


def test_what_was_said_of_an_event_stays_with_it_whatever_leaves_it(desk: Desk) -> None:
    """It hangs on one of the reports, and must not go with that to an event of which nobody said it."""
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    assert desk.tell("harbour-post", "Kharkiv hit by missiles", said(killed=3)) == first
    one, _ = desk.reports(first)
    with desk.world.store.write() as tx:
        retracted = curate.retract(desk.hand(tx), first)
        corrected = curate.correct(desk.hand(tx), first, "killed", [4, 4])
        parted = curate.split(desk.hand(tx), first, [one])
    new = parted.other_id or 0
    assert (desk.event(first).state, desk.event(first).killed) == ("retracted", Count(4, 4))
    assert (desk.event(new).state, desk.event(new).killed) == ("live", Count(3, 3))
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), corrected.act_id)
        curate.undo(desk.hand(tx), parted.act_id)
    assert (desk.event(first).state, desk.event(first).killed) == ("retracted", Count(3, 3))
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), retracted.act_id)
    assert desk.event(first).state == "live"


def test_what_was_said_of_two_events_as_one_stays_with_the_one_that_lives_on(desk: Desk) -> None:
    first, second = desk.two()
    with desk.world.store.write() as tx:
        mine = curate.correct(desk.hand(tx), first, "killed", [9, 9])
        merged = curate.merge(desk.hand(tx), second, first)
        curate.retract(desk.hand(tx), second)
        curate.undo(desk.hand(tx), merged.act_id)
    assert [desk.event(known).state for known in (first, second)] == ["live", "retracted"]
    assert [desk.event(known).killed for known in (first, second)] == [Count(9, 9), Count(2, 2)]
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), mine.act_id)
    assert desk.event(first).killed == Count(3, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("killed", 3),
        ("killed", [5, 3]),
        ("killed", [None, None]),
        ("killed", [-1, None]),
        ("weapon", ["trebuchet"]),
        ("parties", "Northland"),
        ("status", "undecided"),
        ("actor", ""),
        ("place", "Kharkiv"),
        ("headline", "Nothing happened"),
        ("venue", "Geneva"),
        ("planned", "2026-12-03"),
        ("planned", {"from": "2026-12-03T00:00Z", "to": "2026-12-03T00:00Z"}),
        ("duration_h", 0),
        ("duration_h", "72"),
        ("missing", [None, None]),
    ],
)
def test_a_fact_that_cannot_be_is_refused(desk: Desk, name: str, value: object) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    with desk.world.store.write() as tx, pytest.raises(BadInput):
        curate.correct(desk.hand(tx), first, name, value)


def test_events_are_not_merged_with_themselves_or_with_what_is_not_there(desk: Desk) -> None:
    first, second = desk.two()
    with desk.world.store.write() as tx:
        curate.merge(desk.hand(tx), first, second)
        with pytest.raises(BadInput, match="one already"):
            curate.merge(desk.hand(tx), second, first)
        with pytest.raises(NotFound):
            curate.merge(desk.hand(tx), first, 4711)


def test_what_cannot_be_split_off_is_named_with_what_can(desk: Desk) -> None:
    first = desk.tell("northern-wire", "Missiles hit Kharkiv, three dead", said(killed=3))
    with desk.world.store.write() as tx, pytest.raises(BadInput, match=f"event {first} has one report only"):
        curate.split(desk.hand(tx), first, desk.reports(first))
    desk.tell("harbour-post", "Kharkiv hit by missiles", said(killed=3))
    one, other = desk.reports(first)
    for report_ids, words in (
        ([one, 4711, 10**30], f"4711, {10**30}: no such report in event {first} .*lists them: {one}, {other}"),
        ([one, other], f"event {first} would be left without a report .*leave one behind"),
        ([], "no report is named"),
    ):
        with desk.world.store.write() as tx, pytest.raises(BadInput, match=words):
            curate.split(desk.hand(tx), first, report_ids)
