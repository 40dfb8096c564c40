"""The web server, in a thread of its own.

uvicorn takes over signals only in the main thread, and re-raises them after it has closed: the process would die before
our own drain ran. In a thread it leaves them alone, and `stop` ends it.
"""

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from service.core.errors import Unavailable

BACKLOG = 128


class Server:
    """A server that is listening, until `stop` or the end of its context. A port 0 has become a real one in `port`."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        self.host, self.port = bound.getsockname()[:2]
        config = uvicorn.Config(
            app,
            access_log=False,  # addresses of some pages hold a reader's key
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="web", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, for a browser on this machine."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def stop(self, *, deadline_s: float = 8.0) -> bool:
        """Finish what is being answered, then end. False if it is still busy after the deadline."""
        self._server.should_exit = True
        self._thread.join(deadline_s)
        return not self._thread.is_alive()


def serve(app: ASGIApp, host: str, port: int) -> Server:
    """Listen, and answer from a thread of its own. Raises Unavailable if the address cannot be had.

    Requests are accepted from the moment this returns: they wait in the socket's backlog until the loop runs.
    """
    return Server(app, _bind(host, port))


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        hint = "stop what listens there, or set TOCSIN_BIND to another address"
        raise Unavailable(f"cannot listen on {host}:{port}: {error.strerror}", hint=hint) from error
    return bound
