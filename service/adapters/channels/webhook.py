"""Webhooks as Standard Webhooks 1.0 wants them: signed, retried under the same id, and told once.

Only 2xx is success. A redirect is not followed: it would carry a signed body to somebody the subscriber never named.
How many messages an endpoint has under way at once is for the outbox to say, which counts them over all processes; the
gates here only keep a caller who does not ask it from doing harm.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from service.adapters.channels.batch import Answer
from service.adapters.channels.signature import sign
from service.adapters.channels.turn import turn
from service.adapters.http import HttpClient, HttpFailure, HttpResponse
from service.core.errors import BadInput, SendFailed
from service.core.subscription import Channel, Message

DEADLINE_S = 15.0
AT_ONCE = 4
MAX_RESPONSE = 64_000
EXCERPT = 120
MAX_KEPT = 2000
ASKS_TO_WAIT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Webhooks:
    """Posts one batch. `now` is the clock; the timestamp signed is that of the attempt."""

    def __init__(self, http: HttpClient, *, now: Callable[[], datetime], deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._now = now
        self._deadline_s = deadline_s
        self._gates: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def send(self, message: Message) -> Answer:
        """Post the body and return the answer. Raises SendFailed for everything but 2xx."""
        url = target(message.channel)
        async with turn(self._gates[url]):
            response = await self._post(url, message)
        self._judge(url, response)
        return Answer(response.status, _kept(response))

    async def _post(self, url: str, message: Message) -> HttpResponse:
        try:
            return await self._http.request(
                "POST",
                url,
                headers=self._headers(message),
                content=message.body,
                max_bytes=MAX_RESPONSE,
                deadline_s=self._deadline_s,
                cut=True,
            )
        except HttpFailure as error:
            raise SendFailed(f"{_host(url)}: {error.message}", retry=True) from error

    def _headers(self, message: Message) -> dict[str, str]:
        about = {"content-type": "application/json", "webhook-id": message.message_id}
        if not message.channel.secret and message.channel.format != "standard":
            return about  # chat services know us by the address
        if not message.channel.secret:
            raise SendFailed("this webhook has no secret to sign with: give it one", retry=False)
        at = self._now()
        try:
            signature = sign(_secrets(message.channel, at), message_id=message.message_id, at=at, body=message.body)
        except BadInput as error:
            raise SendFailed(str(error), retry=False) from error
        return about | {"webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}

    def _judge(self, url: str, response: HttpResponse) -> None:
        """Raise SendFailed unless the answer is 2xx."""
        status = response.status
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        raise SendFailed(
            _words(url, response),
            retry=status != HTTPStatus.GONE,
            status=status,
            retry_after_s=self._wait(response) if status in ASKS_TO_WAIT else None,
            gone=status == HTTPStatus.GONE,
            response=_kept(response),
        )

    def _wait(self, response: HttpResponse) -> float | None:
        """Read Retry-After (RFC 9110, 10.2.3), a number of seconds or a date. None if absent or unreadable."""
        value = response.headers.get("retry-after", "").strip()
        if value.isdecimal():
            return float(value)
        try:
            until = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max((until - self._now()).total_seconds(), 0.0)


def _words(url: str, response: HttpResponse) -> str:
    host, status = _host(url), response.status
    if status == HTTPStatus.GONE:
        return f"{host} answered 410: the endpoint is gone for good"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"{host} answered {status} with a redirect, which is never followed: subscribe the final address"
    printable = _printable(response, EXCERPT)
    return f"{host} answered {status}" + (f": {printable}" if printable else "")


def target(channel: Channel) -> str:
    """Return where to post: for ntfy the server itself, since the document names the topic."""
    if channel.format != "ntfy":
        return channel.address
    parts = urlsplit(channel.address)
    return urlunsplit((parts.scheme, parts.netloc, "/".join(parts.path.rstrip("/").split("/")[:-1]) + "/", "", ""))


def _secrets(channel: Channel, now: datetime) -> str:
    """Return the secrets to sign with, the new one first."""
    return " ".join(channel.secrets_at(now))


def _kept(response: HttpResponse) -> str:
    """Return as much of an answer as is kept for people to look at."""
    return _printable(response, MAX_KEPT)


def _printable(response: HttpResponse, limit: int) -> str:
    excerpt = " ".join(response.body[: limit * 4].decode("utf-8", "replace").split())
    return "".join(char for char in excerpt if char.isprintable())[:limit]


def _host(url: str) -> str:
    """Return the host for error messages: the path may hold a token."""
    try:
        return urlsplit(url).hostname or "the endpoint"
    except ValueError:
        return "the endpoint"
