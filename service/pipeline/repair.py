"""Every few minutes: what linking got wrong, seen again as whole events.

Which events to look at is asked of memory, by what each was told at the last look; after a start all of them are looked
at once. So the pass is the same whenever it runs, and a killed one is done again. It sends nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.core.event import REPAIR, Act, Candidate
from service.core.link import KINDS, window
from service.core.link.repair import Said, repair
from service.core.report import Kind
from service.pipeline.mend import Hand, merge, split
from service.ports.store import Store, Transaction

LOOKED_AT = 400
"""So many events told of last are compared with each other; of more than that there is a flood."""

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Repair:
    """The step. `every` is the least time between two passes; a pass in between does nothing."""

    store: Store
    every: timedelta = timedelta(minutes=3)
    _last: datetime | None = None
    _seen: Mapping[int, object] = field(default_factory=dict)

    def run(self, now: datetime) -> list[Act]:
        """Do one pass if it is time. Return what was done."""
        if self._last is not None and now - self._last < self.every:
            return []
        self._last = now
        with self.store.read() as tx:  # most passes find nothing to look at, and then nobody has to wait
            if not any(self._touched(_known(tx, kind, now)) for kind in KINDS):
                return []
        with self.store.write() as tx:
            tx.events.lock_linking()
            looked = {kind: _known(tx, kind, now) for kind in KINDS}
            acts = [act for kind in KINDS for act in self._mend(tx, kind, looked[kind], now)]
        self._seen = {one.event.event_id: _told(one) for known in looked.values() for one in known}
        return acts

    def _mend(self, tx: Transaction, kind: Kind, known: Sequence[Candidate], now: datetime) -> list[Act]:
        touched = self._touched(known)
        found = repair([_in_full(tx, one, touched) for one in known], touched, _said(tx, kind))
        acts = []
        for parting in found.splits:
            hand = Hand(tx=tx, by=REPAIR, now=now, reason=parting.reason)
            acts.append(split(hand, parting.event_id, parting.report_ids))
        for joining in found.merges:
            hand = Hand(tx=tx, by=REPAIR, now=now, reason=joining.reason)
            acts.append(merge(hand, joining.kept, joining.gone))
        for act in acts:
            log.info("%s event %d, %s: %s", act.verb, act.event_id, act.other_id, act.reason)
        return acts

    def _touched(self, known: Sequence[Candidate]) -> frozenset[int]:
        return frozenset(one.event.event_id for one in known if self._seen.get(one.event.event_id) != _told(one))


def _told(one: Candidate) -> object:
    """Return what tells whether there is more to an event: its reports, and what edits made of the latest."""
    return one.event.reports, tuple((told.report_id, told.title, told.report.place) for told in one.accounts)


def _known(tx: Transaction, kind: Kind, now: datetime) -> Sequence[Candidate]:
    return tx.events.candidates(kind, since=now - window(kind), most=LOOKED_AT)


def _in_full(tx: Transaction, known: Candidate, touched: frozenset[int]) -> Candidate:
    """Return a touched event with all its accounts, newest first: what is split is split whole."""
    if known.event.event_id not in touched or known.event.reports <= len(known.accounts):
        return known
    return Candidate(event=known.event, accounts=tx.events.accounts(known.event.event_id)[::-1])


def _said(tx: Transaction, kind: Kind) -> Said:
    bonds = tx.events.bonds(kind)
    if not bonds:
        return Said()
    return Said(bonds=bonds, together=tx.events.tied(kind, together=True), apart=tx.events.tied(kind, together=False))
