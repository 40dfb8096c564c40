"""What every comparison with a candidate asks for, worked out once and kept with it.

A report is compared with a hundred events, and each of them with hundreds of reports, before another account joins it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.core.event import Account, Candidate
from service.core.link.objects import SHIP, objects
from service.core.link.words import lead_of, sample, terms, title_key
from service.core.report import Place

QUORUM = 0.25
SKETCH = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An account, the key of its title, its lead and the sample of that."""

    account: Account
    title: str
    lead: str
    sample: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """`places` are the event's own and each that a quorum of its accounts names; `terms` are those of all its leads.

    `wide` says that most of the accounts name what is around the event's place: its country, though it has a city;
    `ship` that a title among them tells of one.
    """

    places: Sequence[Place]
    wide: bool
    ship: bool
    terms: frozenset[str]
    told: Sequence[Told]


def sketch(candidate: Candidate) -> Sketch:
    """Return the candidate's sketch."""
    found: Sketch | None = candidate.worked_out.get(SKETCH)
    if found is None:
        found = _drawn(candidate)
        candidate.worked_out[SKETCH] = found
    return found


def _drawn(candidate: Candidate) -> Sketch:
    leads = [lead_of(account) for account in candidate.accounts]
    told = [
        Told(account=account, title=title_key(account.title), lead=lead, sample=sample(lead))
        for account, lead in zip(candidate.accounts, leads, strict=True)
    ]
    words = frozenset().union(*map(terms, leads))
    ship = any(SHIP in objects(account.title) for account in candidate.accounts)
    return Sketch(places=_places(candidate), wide=_wide(candidate), ship=ship, terms=words, told=told)


def _places(candidate: Candidate) -> Sequence[Place]:
    own = [candidate.event.place] if candidate.event.place else []
    named = Counter(account.report.place for account in candidate.accounts if account.report.place)
    least = QUORUM * named.total()
    return [*own, *(place for place, votes in named.items() if votes >= least and place not in own)]


def _wide(candidate: Candidate) -> bool:
    own = candidate.event.place
    named = [account.report.place for account in candidate.accounts if account.report.place]
    return own is not None and 2 * sum(place.precision != own.precision for place in named) > len(named)
