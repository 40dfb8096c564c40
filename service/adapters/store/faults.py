"""What the databases' errors mean to an operator: one place that turns them into StoreUnavailable.

An error that is not in the tables is a mistake of ours and passes as it is.
"""

import sqlite3
from typing import NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from service.core.errors import NotFound, StoreUnavailable


class Fault(NamedTuple):
    """What to say, and the way out."""

    message: str
    hint: str


LOCKED = Fault("the database is locked", "another program is writing to the file; stop it or wait and try again")
FULL = Fault("the disk that holds the database is full", "free some space or run `tocsin db prune`; nothing was lost")
CORRUPT = Fault(
    "the database file is damaged", "stop the service and run `tocsin db restore FILE --force` with a backup"
)
NOT_MIGRATED = Fault("the database does not have the tables this version needs", "run `tocsin db upgrade`")
UNREACHABLE = Fault("the database server cannot be reached", "check DATABASE_URL and that the server is up")

TOO_LARGE = "22003"
"""PostgreSQL's word for a number that no column can hold, such as an id somebody made up."""

SQLITE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_CORRUPT": CORRUPT,
    "SQLITE_NOTADB": Fault("this file is not a database", "check the path in DATABASE_URL, or restore a backup"),
    "SQLITE_CANTOPEN": Fault(
        "the database file cannot be opened", "check that its folder exists and may be written to"
    ),
    "SQLITE_READONLY": Fault("the database file is read-only", "check who owns the file and its folder"),
    "SQLITE_PERM": Fault("the database file may not be used", "check who owns the file and its folder"),
    "SQLITE_IOERR": Fault("the disk that holds the database failed", "check the disk and the system's log"),
}
"""By the name SQLite gives, or what it begins with."""

POSTGRES = {
    "53100": FULL,
    "53300": Fault("the database server takes no more connections", "raise its max_connections or run fewer workers"),
    "55P03": LOCKED,
    "40001": Fault("two writers met on the same rows", "it is tried again at the next tick"),
    "40P01": Fault("two writers waited for each other", "it is tried again at the next tick"),
    "57014": Fault("the database server took too long", "look for what keeps it busy"),
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "3D000": Fault("this database does not exist on the server", "create it, or correct its name in DATABASE_URL"),
    "28": Fault("the database server refuses this user", "check user and password in DATABASE_URL"),
    "25006": Fault("the database server takes no writes", "DATABASE_URL must name the primary, not a replica"),
    "42501": Fault("the database user may not do this", "make it the owner of the database"),
    "XX001": CORRUPT,
    "XX002": CORRUPT,
    "08": UNREACHABLE,
    "57P": UNREACHABLE,
    "53": Fault("the database server is out of resources", "look at its log"),
}
"""By SQLSTATE, or what it begins with; the longest match counts."""


def translate(engine: Engine, where: str) -> None:
    """Make the engine raise StoreUnavailable where the database cannot be used. `where` names it, without secrets."""

    @event.listens_for(engine, "handle_error")
    def raise_ours(context: ExceptionContext) -> BaseException | None:
        if context.is_pre_ping:
            return None  # an idle connection broke: the pool makes a new one, and nobody need know
        error = context.original_exception
        if isinstance(error, OverflowError) or getattr(error, "sqlstate", None) == TOO_LARGE:
            return NotFound("a number is too large for the database: no row has it")
        return unavailable(error, where)


def unavailable(error: BaseException, where: str) -> StoreUnavailable | None:
    """Return what to raise instead, or None if the error is no sign of an unusable database."""
    fault = _sqlite(error) if isinstance(error, sqlite3.Error) else _postgres(error)
    if fault is None:
        return None
    detail = " ".join(str(error).split())[:200]
    return StoreUnavailable(f"{fault.message}: {where}: {detail}", hint=fault.hint)


def _sqlite(error: sqlite3.Error) -> Fault | None:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_ERROR" and str(error).startswith(("no such table", "no such column")):
        return NOT_MIGRATED
    if str(error).startswith("Could not decode to UTF-8"):
        return CORRUPT  # nothing else was ever written
    return next((fault for known, fault in SQLITE.items() if name.startswith(known)), None)


def _postgres(error: BaseException) -> Fault | None:
    if type(error).__module__.partition(".")[0] != "psycopg":
        return None
    state = getattr(error, "sqlstate", None)
    if state is None:
        # Without a state the server did not say it: the connection could not be made, or it broke.
        return (
            UNREACHABLE if type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"} else None
        )
    return next((POSTGRES[state[:size]] for size in (5, 3, 2) if state[:size] in POSTGRES), None)
