"""How our picture of an event changes when a report joins it, is edited, or is taken back.

What we hold to be true:
- the picture is a fold over all current accounts and claims. Whatever order they came in, the same set gives the same
  picture, so an edit, a merge or a late arrival needs no rule of its own: fold again and compare;
- a toll is a range over what independent outlets say now (`toll`), a place is as exact as the majority allows, the
  headline stays with the first account that nothing has overtaken (`headline`);
- a number that counts several towns together is no town's toll (`sums`);
- an outlet that retracts takes its word back; when nobody's word is left the event is retracted (`standing`);
- only some differences are worth telling (`changes`);
- what an operator states by hand and was shown otherwise is worth telling, whatever it is (`restated`).

Where it fails: an outlet that gives the toll of one district in a later article seems to lower its own figure, and a
correction goes out. Two outlets that copy each other's words freely enough to pass for two count as two.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from service.core.develop.ahead import AHEAD
from service.core.develop.changes import Difference, differences
from service.core.develop.claims import claims_of
from service.core.develop.picture import picture, placed
from service.core.develop.restated import restated
from service.core.develop.standing import OPERATOR, standing
from service.core.develop.sums import without_sums
from service.core.event import Account, Change, Claim, Delta, Development, Event

__all__ = ["AHEAD", "OPERATOR", "claims_of", "develop", "restated"]

# What a development is called when several things changed at once.
_RANK: tuple[Change, ...] = (
    "retracted",
    "corrected",
    "toll_changed",
    "status_changed",
    "attributed",
    "place_refined",
    "denied",
    "corroborated",
)


def develop(
    before: Event | None, event_id: int, accounts: Sequence[Account], claims: Sequence[Claim], *, now: datetime
) -> tuple[Event, Development | None]:
    """Return the event as its accounts and current claims draw it, and how that differs from `before`.

    `accounts` holds at least one. `before` is None for an event that was just started. None comes back for what is
    not even worth a line in the history; such a change leaves the revision as it was.
    """
    if before is not None and before.state == "merged":
        return before, None
    who = standing(accounts, claims)
    who = without_sums(who, placed(who))
    event = picture(event_id, before, accounts, who)
    if before is None:
        return event, _started(event, accounts, claims, now)
    found = differences(before, event, who, accounts, claims)
    if not found:
        return event, None
    event = replace(event, revision=before.revision + 1)
    return event, _summed_up(found, event.revision, now)


def _started(event: Event, accounts: Sequence[Account], claims: Sequence[Claim], now: datetime) -> Development:
    first = min(accounts, key=lambda account: account.report_id)
    deltas = [
        Delta(field=claim.field, before=None, after=claim.value, outlet=claim.outlet, quote=claim.quote, url=claim.url)
        for claim in claims
        if claim.report_id == first.report_id
    ]
    reason = f"first reported by {first.outlet}"
    return Development(change="new", revision=event.revision, at=now, deltas=tuple(deltas), reason=reason)


def _summed_up(found: Sequence[Difference], revision: int, now: datetime) -> Development:
    telling = [difference for difference in found if difference.material] or found
    change = min((difference.change for difference in telling), key=_RANK.index)
    words = ((f"{item.words} ({item.delta.outlet})" if item.delta.outlet else item.words) for item in telling)
    return Development(
        change=change,
        revision=revision,
        at=now,
        deltas=tuple(difference.delta for difference in found),
        material=any(difference.material for difference in found),
        reason="; ".join(words),
    )
