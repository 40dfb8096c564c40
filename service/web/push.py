"""Where hubs reach us (WebSub): they ask back whether we want to be told, and tell us.

Anybody may write to this address who knows its key, so what is read is bounded before it is looked at: bytes, time,
messages for one key, and messages at once. A message is answered when it is stored, so that a hub sends again what was
lost; reading it is another process's work, and this one's loop only passes it on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from service.web.pages import site_of
from service.web.site import Site

MAX_BYTES = 10_000_000
READ_S = 20.0
AT_ONCE = 4
WAITING = 32
BURST = 60
PER_S = 1.0
LONGEST_CHALLENGE = 2000
_REMEMBERED = 10_000

router = APIRouter(include_in_schema=False)


@dataclass(slots=True)
class Gate:
    """Lets few messages through at once, and for one key so many in a row and then one a second."""

    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    inside: int = 0
    spent: dict[str, tuple[float, float]] = field(default_factory=dict)

    def spend(self, key: str) -> bool:
        """Take one from what the key may send. False where nothing is left."""
        if len(self.spent) > _REMEMBERED:
            self.spent.clear()
        now = time.monotonic()
        level, at = self.spent.get(key, (0.0, now))
        level = max(0.0, level - (now - at) * PER_S)
        if level > BURST - 1:
            return False
        self.spent[key] = (level + 1, now)
        return True

    async def through(self, call: Callable[[], Awaitable[Response]]) -> Response:
        """Wait for a turn, unless too many wait already."""
        if self.inside >= AT_ONCE + WAITING:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Too much at once.", headers={"Retry-After": "10"})
        self.inside += 1
        try:
            async with self.turns:
                return await call()
        finally:
            self.inside -= 1


@router.get("/push/{key}")
def agree(request: Request, key: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Answer a hub that asks whether it was we who asked."""
    said = {name: value for name, value in request.query_params.items() if name.startswith("hub.")}
    if len(said.get("hub.challenge", "")) > LONGEST_CHALLENGE:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "That challenge is too long.")
    return Response(site.callback.agree(key, said), media_type="text/plain")


@router.post("/push/{key}")
async def tell(request: Request, key: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Take in what a hub tells. What it has not signed is answered like the rest, and dropped (section 7.1.2)."""
    if not await run_in_threadpool(site.callback.listens, key):
        return Response(status_code=HTTPStatus.GONE)
    gate: Gate = request.app.state.gate
    if not gate.spend(key):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "Too many messages.", headers={"Retry-After": "30"})
    return await gate.through(lambda: _taken(request, key, site))


async def _taken(request: Request, key: str, site: Site) -> Response:
    try:
        async with asyncio.timeout(READ_S):
            body = await _body(request)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The message took too long.") from None
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
    said = {
        "signature": ",".join(request.headers.getlist("x-hub-signature")),
        "content_type": request.headers.get("content-type", ""),
    }
    done = await run_in_threadpool(site.callback.take, key, body, **said)
    return Response(status_code=HTTPStatus.GONE if done.outcome == "gone" else HTTPStatus.ACCEPTED)


async def _body(request: Request) -> bytes:
    """Read the body as it comes, and never more than the cap, whatever its length is said to be."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and len(said) < 20 and int(said) > MAX_BYTES:  # noqa: PLR2004 - what int reads at once
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> HTTPException:
    words = f"A message may have {MAX_BYTES / 1e6:g} MB."
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words, headers={"Connection": "close"})
