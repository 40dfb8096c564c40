"""What operators said belongs together, or apart. It outranks every score."""

from collections.abc import Iterable, Sequence

from service.core.event import Account, Bond, Candidate
from service.core.report import Kind


def together(one: Iterable[Account], other: Iterable[Account], bonds: Sequence[Bond]) -> bool:
    """Whether an operator said that an account of the one and an account of the other are of one event."""
    return _bound(one, other, bonds, together=True)


def apart(one: Iterable[Account], other: Iterable[Account], bonds: Sequence[Bond]) -> bool:
    """Whether an operator said that they are not."""
    return _bound(one, other, bonds, together=False)


def sorted_out(
    entry_id: int, kind: Kind, candidates: Sequence[Candidate], bonds: Sequence[Bond]
) -> tuple[Candidate | None, Sequence[Candidate]]:
    """Return the event that an operator bound this entry to, if any, and those that nobody parted it from."""
    if not bonds:
        return None, candidates
    kept = _others(entry_id, kind, bonds, together=True)
    parted = _others(entry_id, kind, bonds, together=False)
    free = [one for one in candidates if not parted & {told.entry_id for told in one.accounts}]
    return next((one for one in free if kept & {told.entry_id for told in one.accounts}), None), free


def _others(entry_id: int, kind: Kind, bonds: Sequence[Bond], *, together: bool) -> set[int]:
    mine = [bond for bond in bonds if bond.kind == kind and bond.together is together]
    ends = [{bond.left, bond.right} for bond in mine if entry_id in (bond.left, bond.right)]
    return set().union(*ends) - {entry_id}


def _bound(one: Iterable[Account], other: Iterable[Account], bonds: Sequence[Bond], *, together: bool) -> bool:
    said = [bond for bond in bonds if bond.together is together]
    if not said:
        return False
    left, right = ({(account.report.kind, account.entry_id) for account in side} for side in (one, other))
    return any(
        ((bond.kind, bond.left) in left and (bond.kind, bond.right) in right)
        or ((bond.kind, bond.right) in left and (bond.kind, bond.left) in right)
        for bond in said
    )
