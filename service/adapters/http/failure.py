"""What can go wrong with an exchange, in few words."""

import os
import ssl
from typing import Literal

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
    if isinstance(exc, TimeoutError):
        return HttpFailure("timeout", "no secure connection within the time allowed")
    if isinstance(exc, OSError):
        return HttpFailure("connect", f"the connection broke: {reason(exc)}")
    return HttpFailure("protocol", f"the answer was not proper HTTP: {exc or type(exc).__name__}")


def _tls_cause(exc: BaseException | None) -> str | None:
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return f"certificate not accepted, {exc.verify_message}"
        if isinstance(exc, ssl.SSLError):
            return (exc.reason or "handshake failed").lower().replace("_", " ")
        exc = exc.__cause__ or exc.__context__
    return None


def reason(exc: OSError) -> str:
    """Return the system's own words, which asyncio wraps in its own where it can."""
    known = exc.errno is not None and os.strerror(exc.errno)
    return str(known or exc or "closed by the far side").lower()
