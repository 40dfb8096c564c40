"""Files that never change under one address: the address holds a digest of the bytes."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Response

FOLDER = Path(__file__).parent / "static"
YEAR_S = 31_536_000

router = APIRouter(include_in_schema=False)


class _File(NamedTuple):
    digest: str
    type: str
    body: bytes


@cache
def _files() -> dict[str, _File]:
    found = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
    return {name: _File(hashlib.sha256(body).hexdigest()[:16], _type(name), body) for name, body in found.items()}


def _type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def address(name: str) -> str:
    """Return where this file is served. Raises KeyError for a file that does not ship."""
    return f"/static/{_files()[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
def static_file(digest: str, name: str) -> Response:
    """Serve a file under its own digest, cached for a year."""
    file = _files().get(name)
    if file is None or file.digest != digest:
        raise HTTPException(404, "There is no such file.")
    headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable"}
    return Response(file.body, media_type=file.type, headers=headers)
