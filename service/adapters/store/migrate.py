"""Bring a database to the tables this version needs, and say where it stands. Alembic does the work.

To see that there is nothing to do takes no Alembic, which is as slow to load as the rest of the store: revisions follow
one another, and their files bear their names.
"""

from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, inspect, text

from service.adapters.store.databases import Database
from service.core.errors import StoreUnavailable

FOLDER = Path(__file__).parent / "migrations"


class Standing(NamedTuple):
    """Where a database stands. `current` is None where there are no tables yet."""

    current: str | None
    head: str
    known: bool

    @property
    def ready(self) -> bool:
        """Whether it has the tables this version needs."""
        return self.current == self.head

    def require(self, where: str) -> None:
        """Raise StoreUnavailable unless it is ready."""
        if self.ready:
            return
        if self.current is None:
            raise StoreUnavailable(f"the database has no tables yet: {where}", hint="run `tocsin db upgrade`")
        if not self.known:
            message = f"the database was written by a newer Tocsin (at {self.current}): {where}"
            raise StoreUnavailable(message, hint="install that version, or restore a backup made by this one")
        message = f"the database is at {self.current}, this version needs {self.head}: {where}"
        raise StoreUnavailable(message, hint="run `tocsin db upgrade`")


def bring_up(db: Database) -> Standing:
    """Run what is missing, in one transaction that other migrations wait for. Return where it stands then."""
    ready = _ready(db)
    if ready:
        return ready
    with db.migrating() as connection:
        before = standing(connection)
        if not before.known:
            before.require(db.where)
        if not before.ready:
            _upgrade(connection)
        return standing(connection)


def _ready(db: Database) -> Standing | None:
    """Look first: nearly always there is nothing to do, and nobody need wait for anybody."""
    try:
        with db.reading() as connection:
            found = standing(connection)
    except StoreUnavailable:
        return None
    return found if found.ready else None


def standing(connection: Connection) -> Standing:
    """Say where the database stands."""
    current = None
    if inspect(connection).has_table("alembic_version"):
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return Standing(current, _revisions()[-1], current is None or knows(current))


def knows(revision: str) -> bool:
    """Whether this version can bring a database up from there."""
    return revision in _revisions()


def _revisions() -> list[str]:
    return sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a third of a second, for nothing where there is nothing to do

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Any:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
