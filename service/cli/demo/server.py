"""A small HTTP server on loopback: feeds, inbox and page hang on it as sites. It answers nobody else's names."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.1"
MAX_BODY = 1 << 20
METHODS = {"GET", "HEAD", "POST"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Header names are lower case; `query` keeps the first value of each name."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Site(Protocol):
    """Something that answers some requests."""

    def __call__(self, request: Request) -> Response | None:
        """Answer, or return None where the path is not this site's."""
        ...


class LoopbackServer:
    """Serves sites on 127.0.0.1 until closed. `port` is what was asked for, or another one if that was taken."""

    def __init__(self, port: int = 0) -> None:
        self.sites: list[Site] = []
        self._server = open_server(port, handler(self.answer))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-http", daemon=True)

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def start(self, sites: Sequence[Site]) -> None:
        """Serve these sites; the first that answers wins."""
        self.sites.extend(sites)
        self._thread.start()

    def answer(self, request: Request) -> Response:
        """Ask the sites in turn."""
        if request.headers.get("host", "").split(":")[0] not in {HOST, "localhost"}:
            return Response(status=421, body=b"This server answers to 127.0.0.1 only.\n")
        found = (site(request) for site in self.sites)
        return next((response for response in found if response), Response(status=404, body=b"Nothing here.\n"))

    def close(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def open_server(port: int, handle: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """Bind the port, or any free one if another program has it."""
    ThreadingHTTPServer.daemon_threads = True
    try:
        return ThreadingHTTPServer((HOST, port), handle)
    except OSError:
        if port == 0:
            raise
        return ThreadingHTTPServer((HOST, 0), handle)


def handler(answer: Callable[[Request], Response]) -> type[BaseHTTPRequestHandler]:
    """Return the class the standard library wants, giving each request to `answer`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit() or int(length) > MAX_BODY or "Transfer-Encoding" in self.headers:
                self.close_connection = True
                self.reply(Response(status=413, body=b"The body is too large, or has no length.\n"))
                return
            self.reply(answer(request_of(self, self.rfile.read(int(length)))))

        def reply(self, response: Response) -> None:
            self.send_response(response.status)
            if response.status != 304:  # noqa: PLR2004 - Not Modified has no body
                self.send_header("Content-Type", response.content_type)
                self.send_header("Content-Length", str(len(response.body)))
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and response.status != 304:  # noqa: PLR2004
                self.wfile.write(response.body)

        def do_GET(self) -> None:
            self.do_POST()

        def do_HEAD(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay quiet: the terminal is the demo's."""

    return Handler


def request_of(handler: BaseHTTPRequestHandler, body: bytes) -> Request:
    """Return the request as a value."""
    parts = urlsplit(handler.path)
    return Request(
        method=handler.command,
        path=unquote(parts.path),
        query={name: values[0] for name, values in parse_qs(parts.query).items()},
        headers={name.lower(): value for name, value in handler.headers.items()},
        body=body,
    )


def loopback_socket() -> socket.socket:
    """Return a listening-ready socket on a free loopback port."""
    return socket.create_server((HOST, 0))
