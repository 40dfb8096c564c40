"""A second look at events that were told of lately: which two are one, and which one is two.

Linking sees one report at a time, and what came first decides. So now and then one happening gets two events, or a
report with a misread place pulls two happenings together. What is asked here is the same question with the same
weights, but of whole events:

- two events are merged when a quorum of the accounts on both sides would join the other, on average as surely as
  linking asks for. Never because one account would: chains of those make a blob of a whole war;
- an event is split when two groups of its accounts, each of two outlets or more, exclude each other (`parted`).

An operator's word outranks it all: what was bound stays together, what was parted is never merged again. Each event is
touched once in a pass; what else there is to do comes with the next. Merging and splitting move accounts, no more.

Where it fails: two strikes on one town in one night that link took for two are merged if nobody gives a time or a toll.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from service.core.event import Account, Bond, Candidate, Event
from service.core.link import talks, unplaced, where
from service.core.link.parted import Split, parted
from service.core.link.score import Match, asked_again, match, weights
from service.core.link.when import overlap
from service.core.link.words import Rarity

__all__ = ["Merge", "Repairs", "Said", "Split", "repair"]

SURE = 3.5
"""What accounts must score on average against the other event."""
DOUBT = 2.5
AGREEING = 0.5
"""The least share of accounts, on either side, that would be at least in doubt."""
RULED_OUT = 0.2
"""No more than this share may be ruled out."""
LOOKED_AT = 12
SAME_NIGHT = timedelta(hours=12)
"""Strikes first told of further apart than this are merged only where their times overlap."""
SAME_ROUND = timedelta(hours=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """That `gone` is the same happening as `kept`, the older. `score` is the accounts' average."""

    kept: int
    gone: int
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """What is to be mended, each event once."""

    merges: tuple[Merge, ...] = ()
    splits: tuple[Split, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What operators said: `bonds` between entries, and which pairs of events they tie `together` or keep `apart`."""

    bonds: Sequence[Bond] = ()
    together: frozenset[frozenset[int]] = frozenset()
    apart: frozenset[frozenset[int]] = frozenset()


NOTHING_SAID = Said()


def repair(candidates: Sequence[Candidate], touched: frozenset[int], said: Said = NOTHING_SAID) -> Repairs:
    """Return what to mend among these live events of one kind, of which `touched` had a report since the last look."""
    splits = [split for one in candidates if one.event.event_id in touched and (split := parted(one, said.bonds))]
    busy = {split.event_id for split in splits}
    free = [one for one in candidates if one.event.event_id not in busy]
    return Repairs(merges=tuple(_merges(free, touched, said)), splits=tuple(splits))


def _merges(candidates: Sequence[Candidate], touched: frozenset[int], said: Said) -> list[Merge]:
    looked = [replace(one, accounts=one.accounts[:LOOKED_AT]) for one in candidates]
    words = weights(looked)
    in_order = sorted(looked, key=lambda one: (one.event.first_seen, one.event.event_id))
    pairs = (pair for pair in combinations(in_order, 2) if touched & {one.event.event_id for one in pair})
    found = [merge for one, other in pairs if (merge := _merge(one, other, looked, words, said))]
    taken: set[int] = set()
    chosen = []
    for merge in sorted(found, key=lambda merge: (-merge.score, merge.kept, merge.gone)):
        if not taken & {merge.kept, merge.gone}:
            taken |= {merge.kept, merge.gone}
            chosen.append(merge)
    return chosen


def _merge(
    one: Candidate,
    other: Candidate,
    candidates: Sequence[Candidate],
    words: Rarity,
    said: Said,
) -> Merge | None:
    kept, gone = one.event.event_id, other.event.event_id
    if frozenset({kept, gone}) in said.apart:
        return None
    if frozenset({kept, gone}) in said.together:
        return Merge(kept=kept, gone=gone, score=100.0, reason="an operator bound them")
    if _excluded(one, other):
        return None
    others = [known for known in candidates if known is not one and known is not other]
    sides = [_asked(one, other, others, words), _asked(other, one, others, words)]
    if not all(map(_agree, sides)):
        return None
    score = sum(map(_average, sides)) / len(sides)
    best = max((fits for side in sides for fits in side if fits), key=lambda fits: fits.score)
    count = sum(map(len, sides))
    reason = f"{count} accounts fit at {score:.1f} on average: {best.reason}"
    return Merge(kept=kept, gone=gone, score=score, reason=reason) if score >= SURE else None


def _excluded(one: Candidate, other: Candidate) -> bool:
    """Whether the two pictures cannot be of one happening, whatever single accounts say."""
    left, right = one.event, other.event
    apart_by = abs(left.first_seen - right.first_seen)
    if left.kind == "talks":
        return apart_by > SAME_ROUND or talks.apart(one, other)
    if where.apart(left, right) or unplaced.apart(one, other) or _opposed(left, right):
        return True
    same_time = left.occurred and right.occurred and overlap(left.occurred, right.occurred) > timedelta()
    return apart_by > SAME_NIGHT and not same_time


def _opposed(left: Event, right: Event) -> bool:
    """Whether the one struck what the other was struck by."""
    both = left.actor is not None and right.actor is not None and left.actor != right.actor
    return both and (left.actor == right.target or right.actor == left.target)


def _asked(one: Candidate, other: Candidate, others: Sequence[Candidate], words: Rarity) -> list[Match | None]:
    """Ask each account of the one whether it would join the other."""
    return [match(asked_again(account, others, words), other) for account in own(one.accounts)]


def own(accounts: Sequence[Account]) -> list[Account]:
    """Return the accounts that speak for themselves: no copies, no denials."""
    return [account for account in accounts if account.decision != "copy" and account.report.stance == "asserts"]


def _agree(side: Sequence[Match | None]) -> bool:
    in_doubt = sum(fits is not None and fits.score >= DOUBT for fits in side)
    return bool(side) and side.count(None) <= RULED_OUT * len(side) and in_doubt >= AGREEING * len(side)


def _average(side: Sequence[Match | None]) -> float:
    scores = [fits.score for fits in side if fits]
    return sum(scores) / len(scores)
