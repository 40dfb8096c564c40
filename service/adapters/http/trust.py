"""Whom we believe over TLS: the usual authorities, or an operator's own."""

import os
import ssl
from functools import lru_cache
from pathlib import Path

import httpx

_OWN = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def trusted() -> ssl.SSLContext:
    """Return the context that all clients share. SSL_CERT_FILE or SSL_CERT_DIR name an operator's own authorities.

    Reading some hundred certificates takes longer than most exchanges do: they are read again only once the operator's
    have changed.
    """
    own = [os.environ.get(name, "") for name in _OWN]
    return _read(*own, *(_changed(Path(path)) if path else 0 for path in own))


@lru_cache(maxsize=4)
def _read(_file: str, _folder: str, _file_changed: int, _folder_changed: int) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
