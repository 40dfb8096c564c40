"""Mail over SMTP, the bytes exactly as they were rendered.

Connections are reused within a batch and closed after 90 messages: some servers count, and answer 452 to the next one.
421 and 452 on a used connection therefore mean "connect again", not "this recipient is trouble". When the server cannot
be reached or falls silent, the rest of the batch is not tried one by one against the same wall.
"""

import ssl
from asyncio import Semaphore
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import aiosmtplib
from aiosmtplib import SMTP

from service.adapters.channels.dkim import signed
from service.adapters.channels.envelope import Envelope, recipient
from service.adapters.channels.smtp_failure import SILENT, TooMany, failed
from service.adapters.channels.smtp_url import SmtpServer
from service.adapters.channels.turn import turn
from service.core.errors import SendFailed
from service.core.subscription import Message

CONNECTIONS = 4
MESSAGES_PER_CONNECTION = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds to wait for a connection, and for the answer to one command."""

    connect_s: float = 10.0
    command_s: float = 30.0


class Mail:
    """Sends one batch to one server. An async context manager: leaving it says QUIT on every connection.

    `envelope` says who sends and signs; `tls` which authorities to trust.
    """

    def __init__(self, server: SmtpServer, *, envelope: Envelope, tls: ssl.SSLContext, patience: Patience) -> None:
        self._server = server
        self._envelope = envelope
        self._new_line = partial(_Line, server, our_name=envelope.domain, tls=tls, patience=patience)
        self._gate = Semaphore(CONNECTIONS)
        self._idle: list[_Line] = []
        self._silent = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._idle:
            await line.close()

    async def send(self, message: Message) -> int | None:
        """Hand the mail over and return 250. Raises SendFailed."""
        async with turn(self._gate):
            if self._silent:
                raise SendFailed(f"not tried: {self._silent}", retry=True, tried=False)
            line = self._idle.pop() if self._idle else self._new_line()
            try:
                to, sender = recipient(message.channel.address), self._envelope.sender(message.message_id)
                await line.send(sender, to, signed(message.body, self._envelope.signers))
            except Exception as error:
                await line.close()
                failure = failed(error, self._server)
                if isinstance(error, SILENT):
                    self._silent = failure.message
                raise failure from error
            except BaseException:  # cancelled: no time for goodbyes
                line.drop()
                raise
            self._idle.append(line)
        return 250

    async def greet(self) -> None:
        """Connect, say EHLO, log in where there is a login, and leave. Raises SendFailed."""
        line = self._new_line()
        try:
            await line.connect()
        except Exception as error:
            raise failed(error, self._server) from error
        finally:
            await line.close()


class _Line:
    """One connection at a time, made when needed."""

    def __init__(self, server: SmtpServer, *, our_name: str, tls: ssl.SSLContext, patience: Patience) -> None:
        self._server = server
        self._our_name = our_name
        self._tls = tls
        self._patience = patience
        self._client: SMTP | None = None
        self._used = 0

    async def send(self, sender: str, to: str, body: bytes) -> None:
        if self._used >= MESSAGES_PER_CONNECTION:
            await self.close()
        reused = self._used > 0
        try:
            await self._hand_over(sender, to, body)
        except Exception as error:
            if not (reused and _worn_out(error)):
                raise
            await self.close()
            await self._hand_over(sender, to, body)

    async def _hand_over(self, sender: str, to: str, body: bytes) -> None:
        """Say MAIL, RCPT and DATA ourselves: the library's `sendmail` reads address and body twice over to do so.

        Who calls closes the connection after an error, so nothing is left half said.
        """
        client = self._client or await self.connect()
        self._used += 1
        wait_s = self._patience.command_s
        options = [f"size={len(body)}"] if client.supports_extension("size") else []
        if not to.isascii():
            if not client.supports_extension("smtputf8"):
                raise SendFailed("this mail server takes no address in other letters (SMTPUTF8)", retry=False)
            options.append("SMTPUTF8")
        await client.mail(sender, options=options, timeout=wait_s)
        await client.rcpt(to, encoding="utf-8", timeout=wait_s)
        await client.data(body, timeout=wait_s)

    async def connect(self) -> SMTP:
        server = self._server
        self._client = client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.security == "smtps",
            start_tls=server.security == "smtp+starttls",
            tls_context=self._tls,
            # The library would ask the resolver for our own name, which can take seconds; the sender's domain will do.
            local_hostname=self._our_name,
            timeout=self._patience.command_s,
        )
        await client.connect(timeout=self._patience.connect_s)
        await client.ehlo()
        return client

    async def close(self) -> None:
        client, self._client, self._used = self._client, None, 0
        if client is None:
            return
        try:
            if client.is_connected:
                await client.quit(timeout=self._patience.connect_s)
        except (aiosmtplib.SMTPException, OSError):
            pass  # it was being closed anyway
        finally:
            client.close()

    def drop(self) -> None:
        if self._client is not None:
            self._client.close()


def _worn_out(error: Exception) -> bool:
    """Say whether a new connection is likely to cure this: the server hung up, or has had enough of this one."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code in TooMany
    return isinstance(error, aiosmtplib.SMTPServerDisconnected)
