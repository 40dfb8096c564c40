"""The dispatching sender: each message to its channel, all at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path

from service.adapters.channels.batch import Answer, Batch, Send
from service.adapters.channels.email import Mail, Patience
from service.adapters.channels.envelope import envelope, unaligned
from service.adapters.channels.files import MailFolder
from service.adapters.channels.many import Many
from service.adapters.channels.smtp_url import VARIABLE, SmtpServer, parse_smtp_url
from service.adapters.channels.webhook import DEADLINE_S, Webhooks
from service.adapters.http import HttpClient
from service.core.errors import BadConfig, SendFailed, TocsinError, Unavailable
from service.core.subscription import ChannelKind, Message
from service.ports.world import Attempt, none_more

AT_ONCE = 200


class Channels:
    """Email and webhooks. Keeps the promises of `ports.world.Sender`.

    Args:
        smtp_url: the mail server; empty means that mail is written to `mail_dir` as `.eml` files.
        mail_from: the sender, as in the mails' From; its bare address is the envelope's.
        mail_dir: the folder for mail without a server.
        bounces_to: where mail comes back to that cannot be delivered; to the sender's address if not given.
        dkim_key: private keys in PEM form to sign mail with; not signed if not given.
        dkim_selector: the name of each key in the DNS, parted by commas.
        dkim_domain: the domain that signs; the sender's if not given.
        allow_nets: CIDRs that webhooks may reach although they are not public.
        user_agent: who we say we are to webhooks' receivers.
        now: the clock.
        deadline_s: seconds for one webhook, from resolving the name to the last byte.
        patience: how long to wait for the mail server; 10 s for a connection and 30 s for an answer if not given.
        tls: replaces the context that trusts the usual authorities.
        stage: called with `after_connect`, `after_send` (webhooks) and `after_answer`, as a message gets there.

    Raises:
        BadConfig: if `smtp_url` is no mail server's address, `mail_from` no sender's, or a key is of no use.
    """

    def __init__(
        self,
        *,
        smtp_url: str,
        mail_from: str,
        mail_dir: Path,
        bounces_to: str = "",
        dkim_key: str = "",
        dkim_selector: str = "tocsin",
        dkim_domain: str = "",
        allow_nets: Sequence[str] = (),
        user_agent: str,
        now: Callable[[], datetime],
        deadline_s: float = DEADLINE_S,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
        stage: Callable[[str], None] | None = None,
    ) -> None:
        self._server = parse_smtp_url(smtp_url) if smtp_url else None
        self._envelope = envelope(
            mail_from, bounces=bounces_to, dkim_key=dkim_key, dkim_selector=dkim_selector, dkim_domain=dkim_domain
        )
        self._folder = MailFolder(mail_dir)
        self._mail_dir = mail_dir
        self._allow_nets = tuple(allow_nets)
        self._user_agent = user_agent
        self._now = now
        self._deadline_s = deadline_s
        self._patience = patience or Patience()
        self._given_tls = tls
        self._stage = stage

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made once: reading the authorities' certificates takes 30 ms."""
        return self._given_tls or ssl.create_default_context()

    def send(
        self, messages: Sequence[Message], *, more: Callable[[], Sequence[Message]] = none_more
    ) -> Iterator[Attempt]:
        """Yield one attempt per message, as they end. Never raises for what the far side does. See the port."""
        return Batch(self._now, self._channels, self._stage).run(messages, more)

    def check(self) -> list[TocsinError]:
        """Return what stands in the way of sending mail: try the server, or the folder where there is none."""
        stranger = unaligned(self._envelope)
        found: list[TocsinError] = [stranger] if stranger else []
        if self._server is None:
            return [*found, *self._check_folder()]
        try:
            asyncio.run(self._mail(self._server).greet())
        except SendFailed as error:
            found.append(Unavailable(error.message, hint="mail waits in the outbox and is tried again"))
        return found

    def records(self) -> list[tuple[str, str]]:
        """Return name and text of each TXT record that receivers look up to check our signatures."""
        return [signer.record() for signer in self._envelope.signers]

    def close(self) -> None:
        """Nothing is held between batches; here so that owners need not know."""

    def _mail(self, server: SmtpServer) -> Mail:
        return Mail(server, envelope=self._envelope, tls=self._tls, patience=self._patience)

    def _check_folder(self) -> list[TocsinError]:
        try:
            self._mail_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            hint = f"set {VARIABLE}, or TOCSIN_DATA_DIR to a folder we may write to"
            words = f"no mail server is set and mail cannot be written to a file: {error.strerror or error}"
            return [BadConfig(words, hint=hint, file=str(self._mail_dir))]
        return []

    @asynccontextmanager
    async def _channels(self) -> AsyncIterator[Mapping[ChannelKind, Send]]:
        async with AsyncExitStack() as open_now:
            http = HttpClient(
                allow_nets=self._allow_nets,
                user_agent=self._user_agent,
                max_connections=AT_ONCE,
                ssl_context=self._tls,
                stage=self._stage,
            )
            await open_now.enter_async_context(http)
            mail: Send = self._folder.send
            if self._server:
                mail = (await open_now.enter_async_context(self._mail(self._server))).send
            webhooks, many = Webhooks(http, now=self._now, deadline_s=self._deadline_s), Many()

            async def post(message: Message) -> int | Answer | None:
                chosen: Send = many.send if message.channel.format == "apprise" else webhooks.send
                return await chosen(message)

            yield {"email": mail, "webhook": post}
