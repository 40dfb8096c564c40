"""What can go wrong with an exchange, in few words."""

import ssl
from typing import Literal

import httpcore

from service.core.errors import Unavailable

FailureCode = Literal["dns", "connect", "timeout", "tls", "blocked", "too_large", "protocol"]


class HttpFailure(Unavailable):
    """No usable answer. `code` is a FailureCode, the message says why in words."""

    def __init__(self, code: FailureCode, message: str) -> None:
        super().__init__(message, code=code)


def failure(exc: Exception) -> HttpFailure:
    """Put what went wrong into our few words."""
    if isinstance(exc, HttpFailure):
        return exc
    tls = _tls_cause(exc)
    if tls is not None:
        return HttpFailure("tls", f"the secure connection failed: {tls}")
    if isinstance(exc, httpcore.TimeoutException):
        return HttpFailure("timeout", "no connection within the time allowed")
    if isinstance(exc, httpcore.ConnectError):
        return HttpFailure("connect", f"could not connect: {_root(exc) or 'the connection was refused'}")
    if isinstance(exc, httpcore.NetworkError):
        return HttpFailure("connect", f"the connection broke: {_root(exc) or 'closed by the far side'}")
    return HttpFailure("protocol", f"the answer was not proper HTTP: {exc or type(exc).__name__}")


def _tls_cause(exc: BaseException | None) -> str | None:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return f"certificate not accepted, {exc.verify_message}"
        if isinstance(exc, ssl.SSLError):
            return (exc.reason or "handshake failed").lower().replace("_", " ")
        exc = exc.__cause__ or exc.__context__
    return None


def _root(exc: BaseException) -> str:
    """Return the system's own words for a failed connection, which hide at the end of the chain."""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return str(exc).lower()
