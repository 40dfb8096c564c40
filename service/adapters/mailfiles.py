"""Mails that lie in folders as files, one each: what was written for want of a mail server, and what came back."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)


def forget_mails(folders: Iterable[Path], address: str) -> int:
    """Delete each mail in which the address stands, in whatever case. Return how many.

    A folder that is not there holds none; what cannot be deleted is said in the log and stays.
    """
    pattern = re.compile(rb"(?<![\w.%+-])" + re.escape(address.encode()) + rb"(?![\w-]|\.\w)", re.IGNORECASE)
    gone = 0
    for path in (path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()):
        try:
            if pattern.search(path.read_bytes()):
                path.unlink()
                gone += 1
        except OSError as error:
            log.warning("cannot delete what was erased from %s: %s", path, error.strerror or error)
    return gone
