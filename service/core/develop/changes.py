"""What is different between two pictures of an event, and whether it is worth telling.

Material, that is worth telling who was told before:
- a first toll; any rise of the dead, at either end of the range; a rise of the injured by five or by half;
- talks still to come moved to another day; the missing go up and down by themselves, and are never worth it alone;
- a figure, a place or an attribution that nobody stands by any more: that is a correction;
- the state of talks; a strike's author, once named; a city where only a country was known;
- a denial by the only outlet that said so; a retraction by all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.core.codec import count_text, interval_json
from service.core.develop.ahead import AHEAD
from service.core.develop.standing import Standing, stances
from service.core.develop.toll import count_of, figure, plausible
from service.core.event import Account, Change, Claim, Delta, Event
from service.core.report import Count, Place

# How far a toll must rise to be worth telling: by so many, or to so many times as much. The first figure always is.
TELLING = {"killed": (1, 1.0), "injured": (5, 1.5)}
COUNTED_SOURCES = 10
"""Up to here every further source is a development: a watch rule may ask for so many, and is matched again then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that changed."""

    change: Change
    material: bool
    delta: Delta
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two pictures, whose word stands behind the second, and all there is to quote."""

    before: Event
    after: Event
    who: Standing
    accounts: Sequence[Account]
    claims: Sequence[Claim]

    def delta(self, field: str, before: object, after: object, says_so: Sequence[Claim] = ()) -> Delta:
        """Name who said it: the newest claim that says what is true now, else the newest on the field."""
        said = says_so or [claim for claim in self.who.of(field) if claim.value == after] or self.who.of(field)
        newest = sorted(said, key=lambda claim: (claim.told_at, claim.report_id))[-1:]
        return _delta(field, before, after, newest)


def differences(
    before: Event, after: Event, who: Standing, accounts: Sequence[Account], claims: Sequence[Claim]
) -> list[Difference]:
    """Return every difference between the two pictures, the most telling kind of each field."""
    pair = _Pair(before=before, after=after, who=who, accounts=accounts, claims=claims)
    if after.state == "retracted":
        return [_retracted(pair)] if before.state != "retracted" else []
    found = [_revived, _tolls, _status, _moved_to, _place, _actor, _denied, _sources]
    return [difference for look in found for difference in look(pair)]


def _retracted(pair: _Pair) -> Difference:
    said = stances(pair.claims, "retracts") or pair.who.of("state")
    outlets = ", ".join(sorted(pair.who.withdrawn)) or "an operator"
    delta = _delta("state", "live", "retracted", said[-1:])
    return Difference(change="retracted", material=True, delta=delta, words=f"withdrawn by {outlets}")


def _revived(pair: _Pair) -> Iterator[Difference]:
    if pair.before.state == "retracted":
        delta = _delta("state", "retracted", "live", pair.who.claims[-1:])
        yield Difference(change="corrected", material=True, delta=delta, words="reported again after a retraction")


def _tolls(pair: _Pair) -> Iterator[Difference]:
    for field in ("killed", "injured", "children_killed", "missing"):
        before, after = getattr(pair.before, field), getattr(pair.after, field)
        if before != after:
            yield _toll(pair, field, before, after)


def _toll(pair: _Pair, field: str, before: Count | None, after: Count | None) -> Difference:
    fell = field != "missing" and before is not None and (after is None or figure(after) < figure(before))
    says_so = [claim for claim in pair.who.of(field) if after and figure(count_of(claim)) == figure(after)]
    return Difference(
        change="corrected" if fell else "toll_changed",
        material=fell or (after is not None and _rose(field, before, after)),
        delta=pair.delta(field, _list(before), _list(after), says_so),
        words=f"{field.replace('_', ' ')} {count_text(before) or 'unknown'} → {count_text(after) or 'unknown'}",
    )


def _rose(field: str, before: Count | None, after: Count) -> bool:
    if field not in TELLING or before is None:
        return field in TELLING
    most = figure(before), figure(after)
    return _grew(field, before.min or 0, after.min or 0) or (plausible(*most) and _grew(field, *most))


def _grew(field: str, before: int, after: int) -> bool:
    more, times = TELLING[field]
    return after > before and (after - before >= more or after >= before * times)


def _status(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before.status, pair.after.status
    if before != after and after is not None:
        delta = pair.delta("status", before, after)
        words = f"talks {before or 'unknown'} → {after}".replace("_", " ")
        yield Difference(change="status_changed", material=True, delta=delta, words=words)


def _moved_to(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before.planned, pair.after.planned
    if before and after and (after.start >= before.end or after.end <= before.start):
        delta = pair.delta("planned", interval_json(before), interval_json(after))
        ahead = pair.after.status in AHEAD
        yield Difference(change="status_changed", material=ahead, delta=delta, words="talks moved to another day")


def _place(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before.place, pair.after.place
    if after is None or (before is not None and (before.name, before.country) == (after.name, after.country)):
        return
    was, now = place_names(before, after) if before else (None, after.name)
    words = f"place {was or 'unknown'} → {now}"
    delta = pair.delta("place", was, now)
    wrong = before is not None and _moved(before, after) and not _still_named(pair, before)
    exact = after.precision == "city" and (before is None or before.precision != "city")
    change: Change = "corrected" if wrong else "place_refined"
    yield Difference(change=change, material=wrong or exact, delta=delta, words=words)


def place_names(before: Place, after: Place) -> tuple[str, str]:
    """Return both by name, with what tells them apart where the names do not: `Tripoli, LB` and `Tripoli, LY`."""
    if before.name != after.name:
        return before.name, after.name
    if before.country != after.country:
        return f"{before.name}, {before.country}", f"{after.name}, {after.country}"
    if before.precision != after.precision:
        return f"{before.name} ({before.precision})", f"{after.name} ({after.precision})"
    return before.name, after.name


def _moved(before: Place, after: Place) -> bool:
    return before.country != after.country or before.precision == after.precision


def _still_named(pair: _Pair, place: Place) -> bool:
    places = [account.report.place for account in pair.who.accounts]
    return any(other and (other.name, other.country) == (place.name, place.country) for other in places)


def _actor(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before.actor, pair.after.actor
    if before == after or after is None:
        return
    wrong = before is not None and before not in {claim.value for claim in pair.who.of("actor")}
    delta = pair.delta("actor", before, after)
    words = f"attributed to {after}" + (f", no longer to {before}" if wrong else "")
    change: Change = "corrected" if wrong else "attributed"
    yield Difference(change=change, material=wrong or before is None, delta=delta, words=words)


def _denied(pair: _Pair) -> Iterator[Difference]:
    newest = max(pair.accounts, key=lambda account: account.report_id)
    if newest.report.stance != "denies" or len(pair.accounts) <= pair.before.reports:
        return
    said = [claim for claim in stances(pair.claims, "denies") if claim.report_id == newest.report_id]
    delta = _delta("stance", None, "denies", said[-1:])
    only = pair.who.outlets == {newest.outlet}
    yield Difference(change="denied", material=only, delta=delta, words=f"denied by {newest.outlet}")


def _sources(pair: _Pair) -> Iterator[Difference]:
    before, after = pair.before.sources, pair.after.sources
    if before == after or (before < after and after > COUNTED_SOURCES):
        return
    newest = pair.who.accounts[-1] if pair.who.accounts else None
    outlet, url = (newest.outlet, newest.url) if newest else ("", None)
    change: Change = "corroborated" if after > before else "corrected"
    delta = Delta(field="sources", before=before, after=after, outlet=outlet, url=url)
    yield Difference(change=change, material=False, delta=delta, words=f"sources {before} → {after}")


def _delta(field: str, before: object, after: object, said: Sequence[Claim]) -> Delta:
    if not said:
        return Delta(field=field, before=before, after=after, outlet="")
    claim = said[-1]
    return Delta(field=field, before=before, after=after, outlet=claim.outlet, quote=claim.quote, url=claim.url)


def _list(count: Count | None) -> list[int | None] | None:
    return list(count) if count else None
