"""Which words and facts each stored text and moment has, in an index that finds them by what a rule needs.

Kept are core.rules' own keys: the words as the evaluator reads them, and facts such as `country:UA`. Neither database
gets to cut texts into words by itself, for then it would miss what the evaluator finds: SQLite's ascii tokenizer parts
at ASCII punctuation only, of which a kept key has none, and PostgreSQL is handed its lexemes one by one.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, TextClause, text

Index = Literal["entry_words", "moment_words"]
Group = Sequence[Collection[str]]
"""Clauses that all must be met, each by any one of its keys. A key that ends in `*` is the beginning of one."""

INDEXES: tuple[Index, ...] = ("entry_words", "moment_words")
LONGEST = 200
_SHIFT = 0xE000  # into the private use area, where no text's word is
_ASCII = {code: chr(_SHIFT + code) for code in range(128) if not chr(code).isalnum()}


def create(connection: Connection) -> None:
    """Make the tables."""
    for name in INDEXES:
        if connection.dialect.name == "sqlite":
            made = "USING fts5(keys, tokenize='ascii', detail='none', columnsize=0)"
            connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {name} {made}")
        else:
            connection.exec_driver_sql(f"CREATE TABLE {name} (id BIGINT PRIMARY KEY, keys TSVECTOR NOT NULL)")
            connection.exec_driver_sql(f"CREATE INDEX ix_{name} ON {name} USING gin (keys)")


def drop(connection: Connection) -> None:
    """Drop the tables."""
    for name in INDEXES:
        connection.exec_driver_sql(f"DROP TABLE {name}")


def put(connection: Connection, index: Index, row_id: int, keys: Iterable[str]) -> None:
    """Keep the keys of a row in the place of those it had."""
    kept = sorted({_kept(key) for key in keys})
    if connection.dialect.name == "sqlite":
        forget(connection, index, [row_id])
        statement = f"INSERT INTO {index} (rowid, keys) VALUES (:id, :keys)"  # noqa: S608  a name of our own
        connection.execute(text(statement), {"id": row_id, "keys": " ".join(kept)})
        return
    lexemes = "array_to_tsvector(CAST(:keys AS text[]))"
    statement = f"INSERT INTO {index} (id, keys) VALUES (:id, {lexemes}) "  # noqa: S608
    over = "ON CONFLICT (id) DO UPDATE SET keys = excluded.keys"
    connection.execute(text(statement + over), {"id": row_id, "keys": kept})


def forget(connection: Connection, index: Index, row_ids: Sequence[int]) -> None:
    """Drop these rows."""
    row_id = "rowid" if connection.dialect.name == "sqlite" else "id"
    statement = text(f"DELETE FROM {index} WHERE {row_id} = :id")  # noqa: S608
    if row_ids:
        connection.execute(statement, [{"id": one} for one in row_ids])


def having(
    connection: Connection,
    index: Index,
    groups: Sequence[Group],
    *,
    span: tuple[int, int] | None = None,
    around: str = "{}",
) -> TextClause:
    """Return a query for the ids, within the span, of rows that meet all clauses of any group; `around` it another.

    An empty group is met by all.
    """
    sqlite = connection.dialect.name == "sqlite"
    row_id = "rowid" if sqlite else "id"
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if all(groups):
        conditions.append(f"{index} MATCH :wanted" if sqlite else "keys @@ CAST(:wanted AS tsquery)")
        values["wanted"] = _fts5_of(groups) if sqlite else _tsquery_of(groups)
    if span:
        conditions.append(f"{row_id} BETWEEN :first AND :last")
        values |= {"first": span[0], "last": span[1]}
    where = " AND ".join(conditions) or "1 = 1"
    found = f"SELECT {row_id} AS id FROM {index} WHERE {where}"  # noqa: S608
    return text(around.format(found)).bindparams(**values)


def has_any(connection: Connection, index: Index, groups: Sequence[Group]) -> bool:
    """Say whether any row meets all clauses of any group."""
    found = having(connection, index, groups, around="SELECT id FROM ({}) AS found LIMIT 1")
    return connection.execute(found).first() is not None


def number(connection: Connection, index: Index, groups: Sequence[Group], *, span: tuple[int, int]) -> int:
    """Return how many rows of the span meet all clauses of any group."""
    found = having(connection, index, groups, span=span, around="SELECT count(*) FROM ({}) AS found")
    return int(connection.execute(found).scalar_one())


def count(connection: Connection, index: Index) -> int:
    """Return how many rows there are."""
    found: Any = connection.execute(text(f"SELECT count(*) FROM {index}")).scalar_one()  # noqa: S608
    return int(found)


def _kept(key: str) -> str:
    """Return the key as one word for either database. Two that become the same only widen what is found."""
    return key.translate(_ASCII)[:LONGEST]


def _fts5_of(groups: Sequence[Group]) -> str:
    return " OR ".join(f"({_joined(group, ' AND ', ' OR ', _fts5)})" for group in groups)


def _tsquery_of(groups: Sequence[Group]) -> str:
    return " | ".join(f"({_joined(group, ' & ', ' | ', _lexeme)})" for group in groups)


def _joined(group: Group, both: str, either: str, term: Callable[[str], str]) -> str:
    return both.join(f"({either.join(sorted(map(term, clause)))})" for clause in group)


def _fts5(key: str) -> str:
    return f'"{_kept(key[:-1])}"*' if key.endswith("*") else f'"{_kept(key)}"'


def _lexeme(key: str) -> str:
    return f"'{_kept(key[:-1])}':*" if key.endswith("*") else f"'{_kept(key)}'"
