"""One running Tocsin, and what faces may ask of it."""

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO

from service import resources
from service.adapters import declared
from service.adapters.render import check_templates
from service.bootstrap.curating import EventDesk
from service.bootstrap.feeds import AT_ONCE, Feeding
from service.bootstrap.machine import machine_id
from service.bootstrap.operators import OperatorDesk
from service.bootstrap.readers import ReaderDesk
from service.bootstrap.rules import RuleDesk
from service.bootstrap.wishes import completed, wish_for, wish_of
from service.core.errors import BadConfig, BadInput, StoreUnavailable
from service.core.subscription import Channel, Subscription
from service.pipeline import manage
from service.pipeline.gather import Gathering
from service.ports.store import Transaction
from service.ports.world import Rendered

log = logging.getLogger(__name__)


class App(Feeding):
    """One running Tocsin, or as much of it as a command needs. Use it as a context manager."""

    def start(self) -> None:
        """Get ready to run: one service per data folder, the database up to date, declared feeds applied."""
        self._closing.enter_context(only_one(self.settings.data_dir, self.settings.database_url))
        if self.settings.database_url.startswith("sqlite"):
            self.store.release_leases()  # nobody else is at work: what a killed process held need not be waited for
        try:
            self.refresh()
        except StoreUnavailable as error:  # a full disk must not keep the pages and the warnings away
            log.error("%s %s; trying again at the next tick", error.code, error)  # noqa: TRY400  the message says it all

    def refresh(self) -> None:
        """Take up edited watch rules, declared feeds and subscriptions. A bad edit is logged, nothing lost."""
        self.rulebook.refresh()
        self.desk.note()
        stamp = declared.stamp(self.config)
        if stamp == self._applied:
            return
        for fault in self.apply_declared():
            log.error("%s", fault.located())
        self._applied = stamp  # only now: what the database could not take is tried again at the next tick

    def apply_declared(self) -> list[BadInput]:
        """Bring feeds and subscriptions to what config files declare. Return what is wrong; the rest is applied."""
        return [fault for file in declared.declared(self.config) for fault in self._apply_file(file)]

    def _apply_file(self, file: declared.File) -> list[BadInput]:
        """Apply its items; then let go what it declared once and does not any more, unless some of it is wrong."""
        done = self._applied_feeds(file) if file.what == "feed" else [self._apply(item) for item in file.items]
        faults = [fault for fault in done if isinstance(fault, BadInput)]
        if file.whole and not faults:
            kept = {made for made in done if isinstance(made, int)}
            with self.store.write() as tx:
                if file.what == "feed":
                    manage.leave_feeds(tx, kept, now=self.clock.now())
                else:
                    manage.leave_subscriptions(tx, kept)
        return faults

    def _applied_feeds(self, file: declared.File) -> list[int | BadInput]:
        done: list[int | BadInput] = []
        for start in range(0, len(file.items), AT_ONCE):
            with self.store.write() as tx:
                part = enumerate(file.items[start : start + AT_ONCE], start)
                done += [self._apply_feed(tx, item, nth) for nth, item in part]
        return done

    def _apply_feed(self, tx: Transaction, item: declared.Declared | BadConfig, nth: int) -> int | BadInput:
        if isinstance(item, BadConfig):
            return item
        try:
            return manage.add_feed(tx, **item.values, now=self.clock.now(), source="file", nth=nth).feed_id
        except BadInput as error:
            return _at(item, error)

    def _apply(self, item: declared.Declared | BadConfig) -> int | BadInput:
        if isinstance(item, BadConfig):
            return item
        try:
            wish = wish_of(item.values)
            kept = self.readers.kept(wish)
            if kept != wish:
                log.warning("%s", _erased(item).located())
            if kept is None:
                return 0
            made = self.subscribe(kept)
        except BadInput as error:
            return _at(item, error)
        if made.state == "ended":
            hint = "%s:%d: subscription %d was ended; `tocsin subscriptions add` begins it again, a file does not"
            log.warning(hint, item.file, item.line, made.subscription_id)
        return made.subscription_id

    def subscribe(self, wish: manage.Wish) -> Subscription:
        """Add a subscription; a webhook that has no secret is given one, a mailbox is asked unless it has agreed.

        Raises BadInput.
        """
        known = {rule.rule_id for rule in self.rulebook.current().rules}
        with self.store.write() as tx:
            made = manage.subscribe(tx, completed(tx, wish), known_rules=known, now=self.clock.now())
        if made.state == "pending" and made.channel.kind == "email":
            self.coming.invite(made, wish_for(made), self.clock.now())
        return made

    def preview_digest(self, subscription_id: int | None) -> Rendered:
        """Render what a digest would say now. Nothing is written. Raises NotFound."""
        now = self.clock.now()
        with self.store.read() as tx:
            subscription = tx.subscriptions.get(subscription_id) if subscription_id is not None else _anybody(now)
            gathering = Gathering(tx=tx, rules=self.rules(), now=now)
            past = gathering.past(subscription.subscription_id)
            return self.renderer.digest(gathering.message(subscription, past, due_at=now))

    def send_digest(self, subscription_id: int) -> int | None:
        """Queue this subscription's digest now. None if today's is made already. Raises NotFound."""
        with self.store.read() as tx:
            subscription = tx.subscriptions.get(subscription_id)
        return self.digest.make(subscription, self.clock.now(), early=True)

    def check_declared(self) -> list[BadInput]:
        """Return what is wrong with declared feeds and subscriptions, without applying them."""
        items = [item for file in declared.declared(self.config) for item in file.items]
        return [fault for item in items if (fault := self._refused(item)) is not None]

    def _refused(self, item: declared.Declared | BadConfig) -> BadInput | None:
        if isinstance(item, BadConfig):
            return item
        try:
            if item.what == "feed":
                manage.check_feed(item.values.get("url", ""), item.values.get("country"), item.values.get("topic"))
            else:
                wish = wish_of(item.values)
                manage.check_wish(wish, {rule.rule_id for rule in self.rulebook.current().rules})
                return _erased(item) if self.readers.kept(wish) != wish else None
        except BadInput as error:
            return _at(item, error)
        return None

    def check_templates(self) -> Sequence[BadInput]:
        """Render every template with sample data; return what fails."""
        return check_templates(self.templates)

    @cached_property
    def desk(self) -> RuleDesk:
        """What may be done with watch rules."""
        return RuleDesk(
            store=lambda: self.store,
            clock=self.clock,
            book=self.rulebook,
            folder=own_rules(self.settings.config_dir),
            judge=lambda: self.judge,
            machine=lambda: self.machine,
        )

    @cached_property
    def events(self) -> EventDesk:
        """What may be done to events."""
        return EventDesk(
            store=lambda: self.store,
            clock=self.clock,
            renderer=lambda: self.renderer,
            engine=self.engine,
            rules=self.rules,
        )

    @cached_property
    def readers(self) -> ReaderDesk:
        """What may be done for readers and by them."""
        return ReaderDesk(
            readers=lambda: self.coming,
            clock=self.clock,
            rules=self.rulebook.current,
            secret=lambda: self.secret_key,
        )

    @cached_property
    def machine(self) -> str:
        """What this machine is called among those that share the database; "" where it has it for itself."""
        if self.settings.database_url.startswith("sqlite"):
            return ""
        return machine_id(self.settings.data_dir)

    @cached_property
    def operators(self) -> OperatorDesk:
        """Who may change things."""
        return OperatorDesk(store=lambda: self.store, clock=self.clock, shared=self.settings.operator_token)

    @property
    def outage_since(self) -> datetime | None:
        """When our own network went down, None while it is up, as far as this process has seen."""
        return self.poll.outage_since

    def ready(self) -> Sequence[str]:
        """Say what keeps the service from its work. A typo in a rule does not: the others go on, or its last text."""
        rules = self.rulebook.current()
        return [error.located() for error in rules.errors] if not rules.rules else []

    def rule_errors(self) -> int:
        """Return how many things are wrong with the watch rules, those apart and those missing among them."""
        return len(self.desk.wrong) + len(self.desk.apart) + len(self.desk.missing)


def _at(item: declared.Declared, error: BadInput) -> BadInput:
    """Return the error with the place of what is declared."""
    return BadInput(error.message, hint=error.hint, code=error.code, file=item.file, line=item.line)


def _erased(item: declared.Declared) -> BadInput:
    """Return what is to be done about an item that names somebody who is erased; it does not say whom."""
    hint = "take them out here too; mail to them is not taken up again"
    return _at(item, BadInput("whom this names had themselves erased", hint=hint))


def own_rules(config_dir: Path | None) -> Path | None:
    """Return the folder of rule files an operator may edit: their own, or a checkout's, which is theirs too."""
    if config_dir is None and resources.CHECKOUT is None:
        return None
    return (config_dir or resources.shipped("config")) / "rules"


@contextmanager
def only_one(data_dir: Path, database_url: str) -> Iterator[None]:
    """Hold the data for one running service: the SQLite file, wherever it is, or else the data folder.

    Raises BadConfig where another service has it, or we may not write.
    """
    scheme, _, path = database_url.partition(":///")
    with _lock_file(data_dir, Path(f"{path}.run.lock") if scheme == "sqlite" else data_dir / "run.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "stop it first, or set TOCSIN_DATA_DIR to another folder"
            raise BadConfig("another Tocsin is running on this data folder", hint=hint, file=str(data_dir)) from error
        yield


def _lock_file(data_dir: Path, path: Path) -> IO[str]:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        hint = "set TOCSIN_DATA_DIR to a folder we may write to"
        raise BadConfig(f"cannot use the data folder: {error.strerror}", hint=hint, file=str(data_dir)) from error


def _anybody(now: datetime) -> Subscription:
    """Return somebody who would get everything, for a preview without a subscription."""
    channel = Channel(channel_id=0, kind="email", address="preview@localhost")
    return Subscription(subscription_id=0, channel=channel, mode="digest", key="preview", created_at=now)
