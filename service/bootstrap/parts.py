"""What a Tocsin is made of: adapters made from settings, and the steps made from adapters."""

import logging
import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

from service import __version__
from service.adapters.channels import Channels
from service.adapters.fetch import HttpFetcher
from service.adapters.language import TextLanguage
from service.adapters.lexicons import lexicon_faults, load_lexicons
from service.adapters.mailfiles import forget_mails
from service.adapters.parse import ParseWorker
from service.adapters.render import Renderer
from service.adapters.rulefiles import RuleBook, SharedBook
from service.adapters.websub import HubClient
from service.bootstrap.ground import Ground
from service.bootstrap.live import LiveRules
from service.bootstrap.returned import ReturnedMail
from service.bootstrap.secret import secret_key
from service.bootstrap.sending import make_channels, make_deliver
from service.core.errors import BadConfig, TocsinError
from service.core.optin import erased_mark, signed
from service.core.rules import RuleIndex
from service.core.websub import unreachable
from service.pipeline.articles import Articles
from service.pipeline.deliver import Deliver
from service.pipeline.digest import Digest
from service.pipeline.endpoints import Endpoints
from service.pipeline.held import Summaries
from service.pipeline.ingest import Ingest
from service.pipeline.judge import Judging
from service.pipeline.poll import Poll
from service.pipeline.readers import Readers
from service.pipeline.repair import Repair
from service.pipeline.websub import Callback, WebSub

log = logging.getLogger(__name__)


class Parts(Ground):
    """One Tocsin, or as much of it as a command needs. Each part is made when first asked for, closed at the end."""

    @cached_property
    def judge(self) -> Judging:
        """Detect and extract, with the lexicons and the gazetteer."""
        lexicons = load_lexicons(self._lexicon_folders)
        for fault in self.check_lexicons():
            log.warning("%s", fault.located())
        return Judging(lexicons, self.gazetteer, TextLanguage())

    @property
    def _lexicon_folders(self) -> Sequence[Path]:
        return [folder / "lexicon" for folder in self.config]

    def check_lexicons(self) -> Sequence[BadConfig]:
        """Return what in an operator's lexicon has no effect."""
        return lexicon_faults(self._lexicon_folders)

    @cached_property
    def rulebook(self) -> RuleBook | SharedBook:
        """The watch rules, re-read when their files change, or when another machine accepts others."""
        if self.settings.rules_from == "database":
            return SharedBook(lambda: self._accepted("accepted_digests"), lambda: self._accepted("accepted"))
        return RuleBook(tuple(reversed(self.config)), self._remembered)

    def _remembered(self) -> Mapping[str, str]:
        """Return the rule files that were good before the restart: asked for only if some are bad now."""
        try:
            return self._accepted("accepted")
        except TocsinError as error:
            log.warning("what rules were in force before is unknown: %s", error)
            return {}

    def _accepted(self, what: Literal["accepted", "accepted_digests"]) -> Mapping[str, str]:
        with self.store.read() as tx:
            return tx.rules.accepted() if what == "accepted" else tx.rules.accepted_digests()

    @cached_property
    def live_rules(self) -> LiveRules:
        """The watch rules as an index."""
        return LiveRules(self.rulebook.current)

    def rules(self) -> RuleIndex:
        """Return the rules as they stand now, drafts and paused ones too: one whole set."""
        return self.live_rules.current()

    @cached_property
    def renderer(self) -> Renderer:
        """What turns values into mails and webhook bodies."""
        return Renderer(
            self.templates,
            base_url=self.settings.base_url,
            mail_from=self.settings.mail_from,
            bounces_to=self.settings.bounces_to,
            on_fallback=lambda fault: log.error("template: %s; the shipped one is used instead", fault),
            sign=lambda key: signed(key, self.secret_key),
            maps=self.maps,
            titles=self.live_rules.title,
            contact_url=self.settings.contact_url,
        )

    @cached_property
    def channels(self) -> Channels:
        """Email and webhooks."""
        channels = make_channels(self.settings, user_agent=self.user_agent, now=self.clock.now)
        self._closing.callback(channels.close)
        return channels

    @cached_property
    def endpoints(self) -> Endpoints:
        """What is done about webhook endpoints."""
        return Endpoints(store=self.store, renderer=self.renderer, engine=self.engine)

    @cached_property
    def secret_key(self) -> str:
        """What signs links, the same after every start."""
        return secret_key(self.settings.secret_key, self.settings.data_dir)

    @property
    def allow_nets(self) -> tuple[str, ...]:
        """Networks the address guard lets through."""
        return tuple(str(net) for net in self.settings.allow_nets)

    @property
    def user_agent(self) -> str:
        """Who we say we are to servers: with an address to complain to where one is set."""
        contact = self.settings.contact_url or self.settings.base_url
        return f"Tocsin/{__version__} (+{contact})"

    @cached_property
    def fetcher(self) -> HttpFetcher:
        """What asks servers for feeds and articles: one, so that a host's turns are counted together."""
        fetcher = HttpFetcher(
            user_agent=self.user_agent, allow_nets=self.allow_nets, host_gap_s=self.settings.host_gap_s
        )
        self._closing.callback(fetcher.close)
        return fetcher

    @cached_property
    def articles(self) -> Articles:
        """The step that fetches articles. Its reader is a process of its own: a bad page holds no feed up."""
        reader = ParseWorker()
        self._closing.callback(reader.close)
        return Articles(store=self.store, fetcher=self.fetcher, reader=reader, engine=self.engine, clock=self.clock)

    @property
    def public_url(self) -> str:
        """Where machines of others reach us, "" where they cannot."""
        settings = self.settings
        given = "base_url" in settings.model_fields_set
        return "" if unreachable(settings.base_url, given=given, allow=settings.allow_nets) else settings.base_url

    @cached_property
    def websub(self) -> WebSub:
        """The step that asks hubs."""
        return WebSub(
            store=self.store,
            hubs=HubClient(user_agent=self.user_agent, allow_nets=self.allow_nets),
            clock=self.clock,
            jitter=random.random,
            make_key=lambda: secrets.token_urlsafe(32),
            base_url=self.public_url,
            host_gap=timedelta(seconds=self.settings.host_gap_s),
        )

    @cached_property
    def callback(self) -> Callback:
        """What hubs talk to. Its parser is a process of its own: what they send waits for no poll."""
        parser = ParseWorker(workers=1)
        self._closing.callback(parser.close)
        return Callback(
            store=self.store,
            parser=parser,
            engine=self.engine,
            clock=self.clock,
            min_interval=timedelta(seconds=self.settings.min_interval_s),
        )

    @cached_property
    def poll(self) -> Poll:
        """The poll step."""
        parser = ParseWorker()
        self._closing.callback(parser.close)
        return Poll(
            store=self.store,
            fetcher=self.fetcher,
            parser=parser,
            engine=self.engine,
            clock=self.clock,
            jitter=random.random,
            min_interval=timedelta(seconds=self.settings.min_interval_s),
            max_interval=timedelta(seconds=self.settings.max_interval_s),
            batch=self.settings.poll_batch,
            host_gap=timedelta(seconds=self.settings.host_gap_s),
            lease=self.lease,
        )

    @cached_property
    def ingest(self) -> Ingest:
        """The ingest step."""
        return Ingest(
            store=self.store,
            judge=self.judge,
            renderer=self.renderer,
            engine=self.engine,
            rules=self.rules,
            owed=self.summaries.owed,
            articles=self.settings.articles,
            batch=self.settings.ingest_batch,
            lease=self.lease,
        )

    @cached_property
    def repair(self) -> Repair:
        """The step that merges and splits what linking got wrong."""
        return Repair(store=self.store)

    @cached_property
    def deliver(self) -> Deliver:
        """The deliver step."""
        return make_deliver(self)

    @cached_property
    def digest(self) -> Digest:
        """The digest step."""
        return Digest(store=self.store, renderer=self.renderer, engine=self.engine, rules=self.rules)

    @cached_property
    def summaries(self) -> Summaries:
        """The step that tells of what full hours held back."""
        return Summaries(store=self.store, renderer=self.renderer, engine=self.engine, rules=self.rules)

    @cached_property
    def coming(self) -> Readers:
        """The step by which readers come and go."""
        return Readers(
            store=self.store,
            renderer=self.renderer,
            engine=self.engine,
            make_token=lambda: secrets.token_urlsafe(16),
            mark=lambda address: erased_mark(address, self.secret_key),
            scrub=self.scrub,
        )

    def scrub(self, address: str) -> None:
        """Take an address that was erased out of our files: the database's, and mails that lie in folders."""
        self.store.scrub()
        maildir = self.settings.bounces_maildir
        folders = [self.settings.data_dir / "mail", *([maildir / "new", maildir / "cur"] if maildir else [])]
        forget_mails(folders, address)

    @cached_property
    def returned_mail(self) -> ReturnedMail:
        """What takes in mail that comes back."""
        return ReturnedMail(self.store, self.clock, self.settings.bounces_maildir)

    def periodic(self, now: datetime) -> list[int]:
        """Queue every summary and digest that is due. Return the outbox ids. Forget and take in what is to be."""
        self.coming.forget(now)
        self.returned_mail.look()
        return [*self.summaries.run(now), *self.digest.run(now)]

    @property
    def lease(self) -> timedelta:
        """How long a worker may hold a row before it is taken for dead."""
        return timedelta(seconds=self.settings.lease_s)
