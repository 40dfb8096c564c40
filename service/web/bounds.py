"""No form and no document is read that is larger than any of ours could be; what hubs send has bounds of its own."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.web.problems import Problem, answer

MOST_BYTES = 1_000_000
PUBLIC_BYTES = 50_000
"""Of forms that anybody may send."""
PUBLIC = ("/subscribe", "/confirm/", "/s/")
_WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}


class Bounds:
    """Refuses requests that are too large, and those that do not say how large they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it unread."""
        status = _refusal(scope) if scope["type"] == "http" else None
        if status is None:
            await self._app(scope, receive, send)
            return
        problem = Problem(
            status=status, title=status.phrase, detail=f"At most {_most(scope['path']):,} bytes are read."
        )
        await answer(Request(scope, receive), problem)(scope, receive, send)


def _refusal(scope: Scope) -> HTTPStatus | None:
    if scope["method"] in _WITHOUT_BODY or _unread(scope["path"]):
        return None
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED
    length: bytes = headers.get(b"content-length", b"0")
    return None if length.isdigit() and int(length) <= _most(scope["path"]) else HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _most(path: str) -> int:
    return PUBLIC_BYTES if path.startswith(PUBLIC) else MOST_BYTES


def _unread(path: str) -> bool:
    """Whether the body is bounded elsewhere, or never read: mail programs may send any to leave with one click."""
    return path.startswith("/push/") or (path.startswith("/s/") and path.endswith("/unsubscribe"))
