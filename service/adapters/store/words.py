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
BLOCK, MOST_BLOCKS = 12, 128  # ids that differ in their last 12 bits alone are one block
MOMENT_KEYS = f"(keys || array_to_tsvector(ARRAY['block:' || (id >> {BLOCK})::text]))"
"""What PostgreSQL's index of moments has: their keys, and which block each is in. Without that, to look through the
newest alone would take as long as to look through all."""
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
    put_all(connection, index, [(row_id, keys)])


def put_all(connection: Connection, index: Index, rows: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Keep the keys of each row, by its id, in the place of those it had."""
    kept = [(row_id, sorted({_kept(key) for key in keys})) for row_id, keys in rows]
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        statement = f"INSERT OR REPLACE INTO {index} (rowid, keys) VALUES (?, ?)"  # noqa: S608  a name of our own
    else:
        statement = f"INSERT INTO {index} (id, keys) VALUES (%s, array_to_tsvector(%s::text[])) "  # noqa: S608
        statement += "ON CONFLICT (id) DO UPDATE SET keys = excluded.keys"
    if kept:
        connection.exec_driver_sql(statement, [(row_id, " ".join(keys) if sqlite else keys) for row_id, keys in kept])


def forget(connection: Connection, index: Index, row_ids: Sequence[int]) -> None:
    """Drop these rows."""
    row_id = "rowid" if connection.dialect.name == "sqlite" else "id"
    statement = text(f"DELETE FROM {index} WHERE {row_id} = :id")  # noqa: S608
    if row_ids:
        connection.execute(statement, [{"id": one} for one in row_ids])


def having(connection: Connection, groups: Sequence[Group], *, span: tuple[int, int], around: str = "{}") -> TextClause:
    """Return a query for the ids, within the span, of moments that meet all clauses of any group; `around` it another.

    An empty group is met by all.
    """
    sqlite = connection.dialect.name == "sqlite"
    # Rows that PostgreSQL finds by their ids it would hold against the clauses one by one, unpacking each: so + 0.
    where, values = f"{'rowid' if sqlite else 'id + 0'} BETWEEN :first AND :last", {"first": span[0], "last": span[1]}
    wanted: dict[str, Any] = {}
    if all(groups):
        where += f" AND {_meets(connection, 'moment_words', 'wanted')}"
        wanted["wanted"] = _fts5_of(groups) if sqlite else _tsquery_of(groups) + _blocks(span)
    found = f"SELECT {'rowid' if sqlite else 'id'} AS id FROM moment_words WHERE {where}"  # noqa: S608  names of our own
    return text(around.format(found)).bindparams(**values, **wanted)


def number(connection: Connection, group: Group, *, span: tuple[int, int]) -> int:
    """Return how many moments of the span meet all clauses of the group."""
    found = having(connection, [group], span=span, around="SELECT count(*) FROM ({}) AS found")
    return int(connection.execute(found).scalar_one())


def has_any(connection: Connection, asked: Sequence[tuple[Index, Group]]) -> list[bool]:
    """Say of each group whether any row of that index meets all its clauses. An empty group is met by all."""
    write = _fts5_of if connection.dialect.name == "sqlite" else _tsquery_of
    there, values = [], {}
    for at, (index, group) in enumerate(asked):
        name = f"wanted_{at}"
        if group:
            values[name] = write([group])
        condition = _meets(connection, index, name) if group else "1 = 1"
        there.append(f"EXISTS (SELECT 1 FROM {index} WHERE {condition})")  # noqa: S608
    row = connection.execute(text(f"SELECT {', '.join(there)}").bindparams(**values)).one()
    return [bool(one) for one in row]


def _meets(connection: Connection, index: Index, name: str) -> str:
    if connection.dialect.name == "sqlite":
        return f"{index} MATCH :{name}"
    return f"{MOMENT_KEYS if index == 'moment_words' else 'keys'} @@ CAST(:{name} AS tsquery)"


def count(connection: Connection, index: Index) -> int:
    """Return how many rows there are."""
    found: Any = connection.execute(text(f"SELECT count(*) FROM {index}")).scalar_one()  # noqa: S608
    return int(found)


def _kept(key: str) -> str:
    """Return the key as one word for either database. Two that become the same only widen what is found."""
    return key.translate(_ASCII)[:LONGEST]


def _fts5_of(groups: Sequence[Group]) -> str:
    return " OR ".join(_joined(group, " AND ", " OR ", _fts5) for group in groups)


def _tsquery_of(groups: Sequence[Group]) -> str:
    return f"({' | '.join(_joined(group, ' & ', ' | ', _lexeme) for group in groups)})"


def _blocks(span: tuple[int, int]) -> str:
    """Return what more to ask for, so that nothing is read that is far from the span."""
    blocks = range(span[0] >> BLOCK, (span[1] >> BLOCK) + 1)
    if len(blocks) > MOST_BLOCKS:
        return ""
    return f" & ({' | '.join(map(_block, blocks))})"


def _block(number: int) -> str:
    return f"'block:{number}'"  # no key has a colon once it is kept


def _joined(group: Group, both: str, either: str, term: Callable[[str], str]) -> str:
    return f"({both.join(f'({either.join(sorted(map(term, clause)))})' for clause in group)})"


def _fts5(key: str) -> str:
    return f'"{_kept(key[:-1])}"*' if key.endswith("*") else f'"{_kept(key)}"'


def _lexeme(key: str) -> str:
    return f"'{_kept(key[:-1])}':*" if key.endswith("*") else f"'{_kept(key)}'"
