"""Whether one event holds two happenings: two groups of its accounts that exclude each other.

They do so by country, by city where both have a toll of their own, or by time. A group is of two outlets or more and
of a quarter of the accounts or more: one outlet that names another town has misread it as often as not. What belongs
to neither group stays where it is, and copies go with what they copied.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from service.core.event import Account, Bond, Candidate, Event
from service.core.link.bonds import together
from service.core.link.copies import copied
from service.core.link.cues import reacts
from service.core.link.talks import one_is_no_venue
from service.core.link.when import NEXT_NIGHT, credible, overlap
from service.core.link.where import compared, located
from service.core.report import Count

OUTLETS = 2
SHARE = 0.25
NOT_MUCH_MORE = 1.5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """That these reports are of another happening than the rest of their event."""

    event_id: int
    report_ids: tuple[int, ...]
    reason: str


def parted(candidate: Candidate, bonds: Sequence[Bond] = ()) -> Split | None:
    """Return which of the event's accounts are to go, the later group; None where it is one happening."""
    own = [told for told in candidate.accounts if told.decision != "copy" and told.report.stance == "asserts"]
    if len({told.outlet for told in own}) < 2 * OUTLETS:
        return None
    own.sort(key=lambda told: told.report_id)
    for kept, gone, reason in _groups(candidate.event, own):
        if not together(kept, gone, bonds):
            copies = _copies(candidate, gone)
            report_ids = tuple(sorted(told.report_id for told in [*gone, *copies]))
            return Split(event_id=candidate.event.event_id, report_ids=report_ids, reason=reason)
    return None


_Groups = tuple[list[Account], list[Account], str]


def _groups(event: Event, own: Sequence[Account]) -> Iterator[_Groups]:
    """Yield pairs of groups that exclude each other, the earlier first."""
    for one, other in combinations(_strong(_by_place(event, own), len(own)), 2):
        if reason := _elsewhere(one, other):
            yield one, other, reason
    if own[0].report.kind == "strike":
        for one, other in combinations(_strong(_by_time(own), len(own)), 2):
            if all(_other_times(left, right) for left in one for right in other):
                yield one, other, "told of two times that exclude each other"


def _strong(groups: Mapping[Key, list[Account]], among: int) -> list[list[Account]]:
    return [
        group
        for group in groups.values()
        if len({told.outlet for told in group}) >= OUTLETS and len(group) >= SHARE * among
    ]


def _by_place(event: Event, own: Sequence[Account]) -> Mapping[tuple[str, str], list[Account]]:
    groups: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for told in own:
        place = located(told.report, event)
        if place and (told.report.kind == "strike" or place.precision == "city"):
            groups[place.name, place.country].append(told)
    return groups


def _elsewhere(one: Sequence[Account], other: Sequence[Account]) -> str:
    left, right = one[0].report.place, other[0].report.place
    found = compared(left, right) if left and right else None
    reports = [told.report for told in one], [told.report for told in other]
    if one[0].report.kind == "talks" and one_is_no_venue(*reports, share=SHARE):
        return ""
    if found is None or (not found.veto and (found.weight >= 0 or not _own_tolls(one, other))):
        return ""
    return found.words


def _own_tolls(one: Sequence[Account], other: Sequence[Account]) -> bool:
    if one[0].report.kind == "talks":
        return True
    counted = ([told.report for told in side if not told.report.several] for side in (one, other))
    left, right = ([count for told in side if (count := told.killed or told.injured)] for side in counted)
    return bool(left and right) and not any(_agree(mine, theirs) for mine in left for theirs in right)


def _agree(one: Count, other: Count) -> bool:
    """Whether two say as many: 24 and "at least 24", and not much more than another says there are at the least."""
    fewer, more = sorted(count.min if count.min is not None else count.max or 0 for count in (one, other))
    is_open = any(count.max is None and count.min == fewer for count in (one, other))
    return fewer == more or (is_open and more <= fewer * NOT_MUCH_MORE)


def _by_time(own: Sequence[Account]) -> Mapping[int, list[Account]]:
    groups: dict[int, list[Account]] = {}
    for told in own:
        if credible(told.report.occurred, told.told_at) and not reacts(told.title):  # that has a day of its own
            near = (key for key, group in groups.items() if not _other_times(group[0], told))
            groups.setdefault(next(near, told.report_id), []).append(told)
    return groups


def _other_times(one: Account, other: Account) -> bool:
    ours, theirs = one.report.occurred, other.report.occurred
    return ours is not None and theirs is not None and -overlap(ours, theirs) > NEXT_NIGHT


def _copies(candidate: Candidate, gone: Sequence[Account]) -> list[Account]:
    copies = [told for told in candidate.accounts if told.decision == "copy"]
    return [told for told in copies if any(copied(told, original) for original in gone)]
