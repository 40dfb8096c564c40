"""Linking and repairing answer whatever they are given: odd words, no place, dates far off, figures upside down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.core.develop import claims_of, develop
from service.core.event import Account, Candidate
from service.core.link import link, strayed
from service.core.link.repair import repair
from service.core.report import STATUSES, WEAPONS, Count, Interval, Place, Report
from tests.core.accounts import CAIRO, GENEVA, KHARKIV, KHARKIV_REGION, KYIV, UKRAINE, account, entry_of

SEA = Place(name="Grey Sea", country="", lat=0.0, lon=180.0, precision="region")
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds UTC
TITLES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["Second round of talks", "Kharkiv hit again", "Leaders condemn strike", "من جديد", "\ud800", ""]),
)
COUNTS = st.builds(Count, *[st.one_of(st.none(), st.integers(0, 10**6))] * 2)
INTERVALS = st.builds(lambda start, hours: Interval(start, start + timedelta(hours=hours)), TIMES, st.integers(-9, 99))
NAMES = st.lists(st.sampled_from(["Russia", "Ukraine", "rsf", "RSF", "", "\u0130"]), max_size=3).map(tuple)
PLACES = st.sampled_from([KYIV, KHARKIV, KHARKIV_REGION, UKRAINE, SEA, CAIRO, GENEVA])
MAYBE: dict[str, st.SearchStrategy[Any]] = {
    "place": PLACES,
    "venue": PLACES,
    "occurred": INTERVALS,
    "planned": INTERVALS,
    "killed": COUNTS,
    "injured": COUNTS,
    "actor": st.sampled_from(["Russia", "Ukraine", "Kyiv", ""]),
    "target": st.sampled_from(["Russia", "Ukraine", ""]),
    "status": st.sampled_from(STATUSES),
}


@st.composite
def reports(draw: st.DrawFn, kind: str) -> Report:
    slots: dict[str, Any] = {name: draw(st.none() | strategy) for name, strategy in MAYBE.items()}
    return Report(
        kind=kind,  # type: ignore[arg-type]
        new=True,
        confidence=0.9,
        stance=draw(st.sampled_from(["asserts", "asserts", "denies", "retracts"])),
        several=draw(st.booleans()),
        weapon=draw(st.lists(st.sampled_from(WEAPONS), max_size=2).map(tuple)),
        parties=draw(NAMES),
        mediators=draw(NAMES),
        **slots,
    )


@st.composite
def accounts(draw: st.DrawFn, kind: str) -> list[Account]:
    said = draw(st.lists(st.tuples(reports(kind), TITLES, TITLES, TIMES), min_size=2, max_size=6))
    told = (
        account(n, f"Wire {n % 3}", report, title=title, summary=summary)
        for n, (report, title, summary, _) in enumerate(said, 1)
    )
    return [replace(one, told_at=at) for one, (*_, at) in zip(told, said, strict=True)]


def event(event_id: int, told: list[Account]) -> Candidate:
    claims = [claim for one in told for claim in claims_of(one.report, one.report_id, entry_of(one), copy=False)]
    drawn, _ = develop(None, event_id, told, claims, now=max(one.told_at for one in told))
    return Candidate(event=drawn, accounts=told)


@given(st.sampled_from(["strike", "talks"]).flatmap(accounts))
def test_there_is_always_an_answer_with_a_reason(told: list[Account]) -> None:
    last, rest = told[-1], told[:-1]
    known = [event(n, [one]) for n, one in enumerate(rest, 1)]
    found = link(entry_of(last), last.report, known, now=last.told_at)
    assert found.reason
    assert found.event_id is None or found.event_id in range(1, len(told))
    assert found.decision in {"joined", "copy"} or found.event_id is None
    strayed(entry_of(last), last.report, rest[0].report, event(1, rest))
    mended = repair([event(1, rest), event(2, [last])], frozenset({1, 2}))
    assert all(split.reason for split in mended.splits)
    assert all(merge.reason for merge in mended.merges)
