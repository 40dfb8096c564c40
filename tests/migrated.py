"""A database with all its tables and nothing in them, made once in a process: copying it is faster than migrating."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from service.adapters.store import upgrade


@cache
def template() -> Path:
    """Return the file. It is not to be opened."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(f"sqlite:///{folder / 'tocsin.db'}")
    return folder / "tocsin.db"


def put_database(folder: Path) -> None:
    """Put it where the service looks for its database, in its data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(template(), folder / "tocsin.db")
