"""Bring a database to the tables this version needs, and say where it stands. Alembic does the work."""

from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

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
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
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
    current = MigrationContext.configure(connection).get_current_revision()
    head = str(ScriptDirectory.from_config(_config()).get_current_head())
    return Standing(current, head, current is None or knows(current))


def knows(revision: str) -> bool:
    """Whether this version can bring a database up from there."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
