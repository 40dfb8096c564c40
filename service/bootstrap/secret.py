"""The key that signs links: the operator's TOCSIN_SECRET_KEY, or one made once and kept in the data folder.

It must outlive restarts, or links in mails already sent would stop working; and every machine that shares a database
must have the same one, which a folder of its own cannot give it.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from service.core.errors import BadConfig

NAME = "secret.key"
BYTES = 32
SHORTEST = 16
OWNER_ONLY = 0o600


def secret_key(given: str, data_dir: Path) -> str:
    """Return what was given, else what the folder keeps; nothing there, make one that only its owner may read.

    Two that start at once agree on one: it is written aside and linked into place, which only the first can.
    Raises BadConfig where the folder cannot be used, or what is there is no key.
    """
    if given:
        return given
    path = data_dir / NAME
    hint = "set TOCSIN_SECRET_KEY, or TOCSIN_DATA_DIR to a folder we may write to"
    try:
        if not path.exists():
            _make(path)
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadConfig(f"cannot use the key that signs links: {words}", hint=hint, file=str(path)) from error
    if len(kept) < SHORTEST:
        raise BadConfig("this is no key: it is too short", hint="remove it to have one made", file=str(path))
    return kept


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{NAME}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
