"""What a stored entry is part of, for rules to be held against."""

from service.core.errors import NotFound
from service.core.rules import Subject
from service.ports.store import Transaction


def subjects_of(tx: Transaction, entry_id: int) -> list[Subject]:
    """Return what a stored entry is part of: each event it tells of, in its own words, or the entry alone.

    Raises NotFound.
    """
    entry = tx.entries.get(entry_id)
    known = [tx.events.report_of(entry_id, kind) for kind in ("strike", "talks")]
    told = [Subject(event=tx.events.get(found[1]), accounts=(entry,)) for found in known if found]
    return told or [Subject(accounts=(entry,))]


def subjects_if_known(tx: Transaction, entry_id: int) -> list[Subject]:
    """Return the same, or nothing for an entry nobody has."""
    try:
        return subjects_of(tx, entry_id)
    except NotFound:
        return []
