"""Asks hubs: a form, posted through the guarded client (W3C WebSub, section 5.1)."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from urllib.parse import urlencode, urljoin, urlsplit

from service.adapters.http import HttpClient, HttpFailure, HttpResponse
from service.core.websub import HubAnswer, HubRequest

DEADLINE_S = 15.0
_HOPS = 3
_EXCERPT = 120
_MOST = 64_000
_ONWARD = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}


class HubClient:
    """The port `Hubs`. `allow_nets` are CIDRs let through the address guard, `deadline_s` is for each request.

    Redirects are followed where they keep the method (307 and 308) and do not take the secret off TLS.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_nets: Sequence[str] = (),
        deadline_s: float = DEADLINE_S,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._allow_nets = tuple(allow_nets)
        self._deadline_s = deadline_s
        self._ssl = ssl_context

    def ask(self, requests: Sequence[HubRequest]) -> Iterator[HubAnswer]:
        """Keep the port's promise, all at once."""
        return iter(asyncio.run(self._ask_all(requests)))

    async def _ask_all(self, requests: Sequence[HubRequest]) -> list[HubAnswer]:
        client = HttpClient(allow_nets=self._allow_nets, user_agent=self._user_agent, ssl_context=self._ssl)
        async with client:
            return await asyncio.gather(*(self._answer(client, request) for request in requests))

    async def _answer(self, client: HttpClient, request: HubRequest) -> HubAnswer:
        try:
            return _read(request, await self._post(client, request.hub, _form(request)))
        except HttpFailure as failure:
            return HubAnswer(feed_id=request.feed_id, error=failure.message)

    async def _post(self, client: HttpClient, url: str, form: bytes) -> HttpResponse:
        for _ in range(_HOPS):
            response = await client.request(
                "POST",
                url,
                headers={"content-type": "application/x-www-form-urlencoded"},
                content=form,
                max_bytes=_MOST,
                deadline_s=self._deadline_s,
                cut=True,
            )
            if response.status not in _ONWARD:
                return response
            url = _onward(url, response)
        raise HttpFailure("protocol", f"more than {_HOPS - 1} redirects")


def _form(request: HubRequest) -> bytes:
    fields = {"hub.mode": request.mode, "hub.topic": request.topic, "hub.callback": request.callback}
    if request.mode == "subscribe":
        fields |= {"hub.secret": request.secret, "hub.lease_seconds": str(request.lease_s)}
    return urlencode(fields).encode()


def _onward(url: str, response: HttpResponse) -> str:
    """Return where a redirect leads. Raises HttpFailure where we do not follow."""
    try:
        onward = urljoin(url, response.headers.get("location", ""))
        leaves_tls = urlsplit(url).scheme == "https" and urlsplit(onward).scheme != "https"
    except ValueError:
        raise HttpFailure("protocol", "a redirect to what is no URL") from None
    if onward == url or leaves_tls:
        raise HttpFailure("protocol", f"a redirect ({response.status}) that is not followed")
    return onward


def _read(request: HubRequest, response: HttpResponse) -> HubAnswer:
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return HubAnswer(feed_id=request.feed_id, status=status)
    text = " ".join(response.body[: _EXCERPT * 4].decode("utf-8", "replace").split())
    said = "".join(char for char in text if char.isprintable())[:_EXCERPT]
    words = f"it answered {status}" + (f": {said}" if said else "")
    wait_s = _retry_after_s(response.headers.get("retry-after", "").strip())
    return HubAnswer(feed_id=request.feed_id, status=status, error=words, retry_after_s=wait_s)


def _retry_after_s(text: str) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3), a number of seconds or a date. None if absent or unreadable."""
    if text.isdecimal() and text.isascii():
        return float(text[:10])
    try:
        return max(parsedate_to_datetime(text).timestamp() - time(), 0.0)
    except (ValueError, OverflowError):
        return None
