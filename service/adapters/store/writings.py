"""Where operators may have written somebody's address, beside what is sent to it: names, reasons, comments, rules.

What feeds published is none of it: an address in an entry is its outlet's, and said to everybody.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlmodel import col

from service.adapters.store.tables import (
    ActRow,
    ChannelRow,
    DecisionRow,
    ExampleRow,
    RuleFileRow,
    RuleHoldRow,
    RuleVersionRow,
    SessionRow,
    TokenRow,
    UserRow,
)
from service.ports.readers import OPERATORS

WRITTEN: Sequence[tuple[Any, Sequence[str]]] = (
    (RuleVersionRow, ("author", "reason", "text", "channel", "file")),
    (RuleFileRow, ("text", "machine")),
    (RuleHoldRow, ("author", "comment", "ended_by")),
    (ActRow, ("by", "reason", "field")),
    (ExampleRow, ("by", "reason")),
    (UserRow, ("name", "key")),
    (TokenRow, ("label",)),
    (SessionRow, ("name",)),
    (ChannelRow, ("reason",)),
    (DecisionRow, ("reason",)),
)

"""Each table with the columns into which people write."""
NOBODY = "erased"


def whole(address: str) -> re.Pattern[str]:
    """Return what finds an address in a text, in any case, and not as the end of a longer one."""
    return re.compile(rf"(?<![\w.%+-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)


def written(connection: Connection, address: str) -> list[dict[str, object]]:
    """Return each place where the address stands, with its lines."""
    pattern = whole(address)
    return [
        {"where": f"{table.__tablename__}.{name}", "words": line}
        for table, row, names in _rows(connection, address)
        for name in names
        for line in (getattr(row, name) or "").splitlines()
        if pattern.search(line)
    ]


def unwrite(connection: Connection, address: str) -> int:
    """Put `erased` where the address stood. Return how many rows had it."""
    pattern, rows = whole(address), 0
    for table, row, names in list(_rows(connection, address)):
        texts = {name: getattr(row, name) or "" for name in names}
        new = {name: pattern.sub(NOBODY, text) for name, text in texts.items() if pattern.search(text)}
        if not new:
            continue
        if table is UserRow:  # no two may have one key
            new["key"] = f"{new.get('key', row.key)} {row.id}"
        keys = [column == getattr(row, column.name) for column in table.__table__.primary_key]
        connection.execute(update(table).where(*keys).values(**new))
        rows += 1
    return rows


def standing(connection: Connection, address: str) -> list[str]:
    """Return what would bring the address back, as it is still in force: operators, and files of watch rules."""
    pattern = whole(address)
    users = connection.execute(select(col(UserRow.name)).where(col(UserRow.ended_at).is_(None))).scalars()
    files = connection.execute(select(RuleFileRow)).all()
    return [
        *(OPERATORS for name in users if pattern.search(name)),
        *(f"the watch rules in {row.name}" for row in files if pattern.search(row.text)),
    ]


def _rows(connection: Connection, address: str) -> Iterator[tuple[Any, Any, Sequence[str]]]:
    for table, names in WRITTEN:
        holds = (func.lower(col(getattr(table, name))).contains(address.lower(), autoescape=True) for name in names)
        for row in connection.execute(select(table).where(or_(*holds))):
            yield table, row, names
