"""What a mail server's refusal means: in words, and whether another try can help.

5xx is final for this message, with the exceptions mail operators make (RFC 3463 codes): a full mailbox empties, and a
policy refusal (5.7.x) or a refused sender is a matter between the two servers, which the operator can set right. Where
the refusal is about the address itself (see core.bounce), nothing more is sent there.
"""

import os
import re
import ssl

import aiosmtplib

from service.adapters.channels.smtp_url import VARIABLE, SmtpServer
from service.core.bounce import weight
from service.core.errors import SendFailed

TooMany = frozenset({421, 452})
SILENT = (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPAuthenticationError, OSError)
PERMANENT = 500
CURABLE = re.compile(r"\b5\.(?:2\.2|3\.4|4\.4|7\.\d{1,3})\b")
WORDS = 200


def failed(error: Exception, server: SmtpServer) -> SendFailed:
    """Put it into words. `retry` is false only where the same bytes to the same recipient can never pass."""
    if isinstance(error, SendFailed):
        return error
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        return _recipient(error, server)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _response(error, server)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        hint = f"mend {VARIABLE}"
        return SendFailed(f"mail server {server} cannot do what we need: {_line(str(error))} ({hint})", retry=True)
    if isinstance(error, ValueError) and not isinstance(error, ssl.SSLError):
        return SendFailed(f"this cannot be mailed: {_line(str(error))}", retry=False)
    return SendFailed(_connection(error, server), retry=True)


def _recipient(refused: aiosmtplib.SMTPRecipientRefused, server: SmtpServer) -> SendFailed:
    said = f"{refused.code} {_line(refused.message)}"
    return SendFailed(
        f"mail server {server} refused the recipient: {said}",
        retry=refused.code < PERMANENT or bool(CURABLE.search(refused.message)),
        status=refused.code,
        gone=weight(refused.message, refused.code) == "hard",
    )


def _response(error: aiosmtplib.SMTPResponseException, server: SmtpServer) -> SendFailed:
    said = f"{error.code} {_line(error.message)}"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        words = f"mail server {server} refused our login: {said} (check the user and password in {VARIABLE})"
        return SendFailed(words, retry=True, status=error.code)
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        words = f"mail server {server} refused our sender address: {said} (check TOCSIN_MAIL_FROM)"
        return SendFailed(words, retry=True, status=error.code)
    final = isinstance(error, aiosmtplib.SMTPDataError) and error.code >= PERMANENT
    retry = not final or bool(CURABLE.search(error.message))
    return SendFailed(f"mail server {server} answered {said}", retry=retry, status=error.code)


def _connection(error: Exception, server: SmtpServer) -> str:
    tls = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    if tls is not None:
        why = getattr(tls, "verify_message", "") or (tls.reason or "handshake failed").lower().replace("_", " ")
        return f"no secure connection to mail server {server}: {why} (check {VARIABLE})"
    if isinstance(error, aiosmtplib.SMTPConnectTimeoutError):
        return f"mail server {server} cannot be reached: no answer in time (check {VARIABLE})"
    if isinstance(error, TimeoutError):
        return f"mail server {server} stopped answering"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return f"mail server {server} closed the connection"
    said = (_system_words(cause) for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror)
    words = next(said, str(error).rpartition(": ")[2])
    return f"mail server {server} cannot be reached: {_line(words)} (check {VARIABLE})"


def _system_words(error: OSError) -> str:
    """Return the system's words; asyncio puts its own in their place, resolvers have numbers below zero."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or ""


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return the chain of causes, the deepest first: the system's own words are there."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain[::-1]


def _line(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:WORDS]
