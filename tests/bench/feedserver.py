"""A server of many outlets' feeds in a process of its own, fast enough not to be what is measured.

`python -m tests.bench.feedserver OUTLETS ITEMS [CERTIFICATE KEY]` prints its port. Every host has a feed of so many
items. Each line `M` on its input makes it bring out an edition in which each feed has M items that the one before had
not; once that is out, it prints the edition's number.
"""

import asyncio
import gzip
import random
import ssl
import sys
from email.utils import formatdate

ITEMS = 50
EPOCH_S = 1_772_000_000
WORDS = """
harbour council market bridge river storm festival budget school hospital railway minister parliament report company
workers strike talks truce village border convoy aid winter power station drone missile killed wounded hit shelled near
overnight officials said spokesman mayor region eastern northern southern city town road people homes damaged fire
""".split()  # noqa: SIM905  prose reads better than a list
TEMPLATE = """<item><title>{title}</title><link>https://outlet{outlet}.example/news/{number}</link>
<guid isPermaLink="false">{outlet}-{number}</guid><pubDate>{date}</pubDate><category>News</category>
<description>{text}</description></item>
"""
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Outlet {outlet}</title><link>https://outlet{outlet}.example/</link>
<description>News of outlet {outlet}</description><language>en</language><lastBuildDate>{date}</lastBuildDate>
"""


def document(outlet: int, first: int, items: int = ITEMS) -> bytes:
    """Return a feed of so many items, the oldest of them number `first`."""
    told = [item(outlet, number) for number in range(first + items - 1, first - 1, -1)]
    head = HEAD.format(outlet=outlet, date=formatdate(EPOCH_S + 60 * (first + items), usegmt=True))
    return (head + "".join(told) + "</channel></rss>\n").encode()


def item(outlet: int, number: int) -> str:
    """Return one item; the same for the same numbers, of some 90 words."""
    chance = random.Random(f"{outlet}-{number}")  # noqa: S311  news need no secrecy
    title, text = (" ".join(chance.choices(WORDS, k=count)).capitalize() for count in (9, 80))
    date = formatdate(EPOCH_S + 60 * number, usegmt=True)
    return TEMPLATE.format(outlet=outlet, number=number, title=title, text=text, date=date)


class Press:
    """All outlets' documents in the present edition, packed beforehand."""

    def __init__(self, outlets: int, items: int) -> None:
        self._outlets = outlets
        self._items = items
        self._first = 0
        self._number = 0
        self.print(0)

    def print(self, fresh: int) -> int:
        """Bring out an edition; return its number."""
        self._first += fresh
        self._number = number = self._number + 1
        self._bodies = [gzip.compress(document(n, self._first, self._items), 6) for n in range(self._outlets)]
        fields = f'ETag: "{number}"\r\nLast-Modified: {formatdate(EPOCH_S + number, usegmt=True)}\r\n'
        self._unchanged = f"HTTP/1.1 304 Not Modified\r\n{fields}\r\n".encode()
        self._head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Encoding: gzip\r\n{fields}"
        return number

    def answer(self, head: str) -> bytes:
        """Answer a request."""
        given = dict(line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line)
        if given.get("if-none-match") == f'"{self._number}"':
            return self._unchanged
        body = self._bodies[outlet_of(given.get("host", "")) % self._outlets]
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def outlet_of(host: str) -> int:
    """Return the outlet's number: o17.co.xx and 127.0.0.18 are outlet 17."""
    name = host.partition(":")[0]
    if name.startswith("o"):
        return int(name[1:].partition(".")[0])
    *_, high, low = name.split(".")
    return 250 * int(high) + int(low) - 1


class Connection(asyncio.Protocol):
    """Answers what is asked on one connection, in turn."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            self._transport.write(self._press.answer(head.decode("latin-1")))
            if b"connection: close" in head.lower():
                self._transport.close()


async def serve(outlets: int, items: int, certificate: list[str]) -> None:
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    press = Press(outlets, items)
    host = "0.0.0.0"  # noqa: S104  many loopback addresses
    server = await asyncio.get_running_loop().create_server(lambda: Connection(press), host, 0, ssl=tls, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  the answer
    await asyncio.get_running_loop().run_in_executor(None, editions, press)


def editions(press: Press) -> None:
    for line in sys.stdin:
        print(press.print(int(line)), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
