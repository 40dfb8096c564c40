"""A real HTTP server on loopback that does what it is told, and remembers what it was asked."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came in. Header names are lower case; `at` is monotonic seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer. `body` may be pieces, sent one by one; then nothing but the close says where it ends."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""


Route = Reply | Callable[[Asked], Reply]


class LoopbackServer:
    """Answers by path: from `routes`, else 404. Use it as a context manager.

    `tls` is a server's context; then `names` are those that clients said they wanted to speak to (SNI).
    """

    def __init__(
        self,
        routes: Mapping[str, Route] | None = None,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.names: list[str | None] = []
        self._scheme = "https" if tls else "http"
        self.routes: dict[str, Route] = dict(routes or {})
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.address = address
        self._at_once = 0
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Server((address, port), _handler(self))
        if tls:
            self._server.tls = tls
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str | None = None) -> str:
        """Return the URL of a path here, under another name where `host` says so."""
        return f"{self._scheme}://{host or self.address}:{self.port}{path}"

    def answer(self, asked: Asked) -> Reply:
        """Note the request and find its answer."""
        with self._lock:
            self.asked.append(asked)
        route = self.routes.get(asked.path, Reply(status=404))
        return route if isinstance(route, Reply) else route(asked)

    def enter(self) -> None:
        """Count a request in."""
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        """Count a request out."""
        with self._lock:
            self._at_once -= 1


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: object, client_address: object) -> None:
        """Shake hands where there is TLS, in the request's own thread, and answer."""
        if self.tls and isinstance(request, socket.socket):
            request = self.tls.wrap_socket(request, server_side=True)
            with request:
                super().finish_request(request, client_address)
        else:
            super().finish_request(request, client_address)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that hang up in the middle are what some tests are about."""


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.enter()
            try:
                self._reply(server.answer(self._asked()))
            finally:
                server.leave()

        do_POST = do_HEAD = do_GET  # noqa: N815 - http.server finds them by these names

        def _asked(self) -> Asked:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            host = headers.get("host", "")
            return Asked(
                method=self.command, path=self.path, headers=headers, body=body, at=time.monotonic(), host=host
            )

        def _reply(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            whole = isinstance(reply.body, bytes)
            if whole and reply.status not in {204, 304}:
                self.send_header("Content-Length", str(len(reply.body)))  # type: ignore[arg-type]
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
            pass

    return Handler


class RawServer:
    """Keeps the very bytes of each request, and answers with `answers` in turn, the last one from then on."""

    def __init__(self, *answers: bytes) -> None:
        self.requests: list[bytes] = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked and (piece := connection.recv(65_536)):
            asked += piece
        self.requests.append(asked)
        connection.sendall(self._answers[min(len(self.requests), len(self._answers)) - 1])
