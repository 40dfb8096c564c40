"""What operators said belongs together, or apart. It outranks every score."""

from collections.abc import Iterable, Sequence

from service.core.event import Account, Bond


def together(one: Iterable[Account], other: Iterable[Account], bonds: Sequence[Bond]) -> bool:
    """Whether an operator said that an account of the one and an account of the other are of one event."""
    said = [bond for bond in bonds if bond.together]
    if not said:
        return False
    left, right = ({(account.report.kind, account.entry_id) for account in side} for side in (one, other))
    return any(
        ((bond.kind, bond.left) in left and (bond.kind, bond.right) in right)
        or ((bond.kind, bond.right) in left and (bond.kind, bond.left) in right)
        for bond in said
    )
