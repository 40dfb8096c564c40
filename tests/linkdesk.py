"""An in-memory desk that links what it is told, as ingest does, and the measures for what comes out.

`Desk.tell` links one report and draws the event anew; `Desk.mend` is one repair pass. BCubed: Bagga and Baldwin 1998.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import NamedTuple, TypeVar

from service.core.develop import claims_of, develop
from service.core.entry import Entry
from service.core.event import Account, Candidate, Claim, Event, Link
from service.core.link import link, window
from service.core.link.repair import Repairs, repair
from service.core.report import Kind, Report


@dataclass(kw_only=True)
class Desk:
    """Every event with its accounts and claims. A report that is not new is not linked, as in ingest."""

    events: dict[int, Event] = field(default_factory=dict)
    accounts: dict[int, list[Account]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[int, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    repairs: list[Repairs] = field(default_factory=list)
    reports: int = 0
    looked: dict[int, int] = field(default_factory=dict)

    def tell(self, entry: Entry, report: Report, lang: str) -> Link | None:
        """Link the report. None where it is not worth linking."""
        if not report.new and report.stance == "asserts":
            return None
        now = entry.told_at
        found = link(entry, report, self.candidates(report.kind, now), now=now)
        if found.event_id is None and report.stance != "asserts":
            return found
        event_id = found.event_id or max(self.events, default=0) + 1
        self.reports += 1
        account = _account(self.reports, entry, report, found, lang)
        self.accounts[event_id].append(account)
        self.claims[event_id] += claims_of(report, self.reports, entry, copy=found.decision == "copy")
        self.draw(event_id, now)
        self.events[event_id] = replace(
            self.events[event_id], possibly=found.possibly or self.events[event_id].possibly
        )
        return replace(found, event_id=event_id)

    def draw(self, event_id: int, now: datetime) -> None:
        """Draw the event's picture anew from all there is."""
        before = self.events.get(event_id)
        self.events[event_id], _ = develop(before, event_id, self.accounts[event_id], self.claims[event_id], now=now)

    def candidates(self, kind: Kind, now: datetime, most: int = 12) -> list[Candidate]:
        """Return the live events as the store would, latest first."""
        live = (
            event
            for event in self.events.values()
            if event.kind == kind and event.state == "live" and event.last_seen >= now - window(kind)
        )
        latest = sorted(live, key=lambda event: (event.last_seen, event.event_id), reverse=True)
        return [Candidate(event=event, accounts=self._latest(event.event_id)[:most]) for event in latest]

    def _latest(self, event_id: int) -> list[Account]:
        return sorted(self.accounts[event_id], key=lambda told: (told.told_at, told.report_id), reverse=True)

    def mend(self, now: datetime) -> None:
        """Do one repair pass over what was told of since the last."""
        for kind in ("strike", "talks"):
            known = self.candidates(kind, now, most=1000)
            touched = (one.event for one in known if self.looked.get(one.event.event_id) != one.event.reports)
            found = repair(known, frozenset(event.event_id for event in touched))
            self.repairs.append(found)
            for merge in found.merges:
                self._move(merge.gone, merge.kept, {told.report_id for told in self.accounts[merge.gone]}, now)
                self.events[merge.gone] = replace(self.events[merge.gone], state="merged", merged_into=merge.kept)
            for split in found.splits:
                self._move(split.event_id, max(self.events) + 1, set(split.report_ids), now)
                self.draw(split.event_id, now)
            self.looked |= {one.event.event_id: one.event.reports for one in known}

    def _move(self, source: int, target: int, report_ids: set[int], now: datetime) -> None:
        _hand_over(self.accounts, source, target, report_ids)
        _hand_over(self.claims, source, target, report_ids)
        self.draw(target, now)

    def where(self) -> dict[tuple[int, Kind], int]:
        """Return the event each (entry, kind) is in by now."""
        return {(told.entry_id, told.report.kind): event for event, held in self.accounts.items() for told in held}


Held = TypeVar("Held", Account, Claim)


def _hand_over(held: dict[int, list[Held]], source: int, target: int, report_ids: set[int]) -> None:
    held[target] = held[target] + [one for one in held[source] if one.report_id in report_ids]
    held[source] = [one for one in held[source] if one.report_id not in report_ids]


def _account(report_id: int, entry: Entry, report: Report, found: Link, lang: str) -> Account:
    return Account(
        report_id=report_id,
        entry_id=entry.entry_id,
        outlet=entry.outlet,
        url=entry.url,
        canonical_url=entry.canonical_url,
        title=entry.title,
        summary=entry.summary,
        content=entry.content,
        lang=lang,
        told_at=entry.told_at,
        report=report,
        decision=found.decision,
        reason=found.reason,
    )


class BCubed(NamedTuple):
    """Precision, recall and F1, 0 to 1."""

    p: float
    r: float
    f1: float


def bcubed(truth: Mapping[Hashable, str], found: Mapping[Hashable, int]) -> BCubed:
    """Return BCubed over the items that are in both."""
    items = [item for item in truth if item in found]
    keys, events = _groups({item: truth[item] for item in items}), _groups({item: found[item] for item in items})
    shared = {item: len(keys[truth[item]] & events[found[item]]) for item in items}
    p = sum(shared[item] / len(events[found[item]]) for item in items) / len(items)
    r = sum(shared[item] / len(keys[truth[item]]) for item in items) / len(items)
    return BCubed(p, r, 2 * p * r / (p + r))


def _groups(of: Mapping[Hashable, Hashable]) -> dict[Hashable, set[Hashable]]:
    groups: dict[Hashable, set[Hashable]] = defaultdict(set)
    for item, group in of.items():
        groups[group].add(item)
    return groups


def false_merges(truth: Mapping[Hashable, str], found: Mapping[Hashable, int]) -> list[tuple[str, str]]:
    """Return the pairs of happenings that share an event."""
    held: dict[int, set[str]] = defaultdict(set)
    for item, key in truth.items():
        if item in found:
            held[found[item]].add(key)
    return sorted({pair for keys in held.values() for pair in combinations(sorted(keys), 2)})


def linked_pairs(pairs: Iterable[tuple[Hashable, Hashable]], found: Mapping[Hashable, int]) -> Sequence[bool]:
    """Say of each pair whether it shares an event."""
    return [found.get(left) is not None and found.get(left) == found.get(right) for left, right in pairs]
