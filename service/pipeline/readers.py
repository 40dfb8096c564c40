"""Readers come and go: a request in, a mail with a button out; the button pressed, a subscription in force.

Whatever is asked for on the page changes nothing until who reads the address's mail has pressed the button: a request
is a row of its own, and what an address has already stays as it is meanwhile.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from service.core.digest import first_due
from service.core.errors import BadInput, NotFound
from service.core.optin import LINK_LASTS, Verdict, Visitor, address_key, hashed, may_ask, network_of
from service.core.subscription import Subscription, Wish
from service.pipeline.told import put_right
from service.ports.readers import OPERATORS, Consent
from service.ports.store import Engine, Store, Transaction
from service.ports.world import ConfirmMessage, Rendered, Renderer

log = logging.getLogger(__name__)
TEXT_VERSION = "2026-11-28"
"""The words on the page and in the mail that readers agree to; a new one with every change of what they promise."""
TOO_OLD = "this link is too old, or was cut off in copying"
ASK_AGAIN = "links work for 48 hours; ask for a new one on the subscribe page"
BATCH = 100
REFUSED: frozenset[Verdict] = frozenset({"network", "busy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """The step. `make_token` gives 128 bits of chance as text for an address on the web.

    `scrub` takes an address that was erased out of files too, the database's own and mails kept beside it; `mark` makes
    of it what is kept to know it again.
    """

    store: Store
    renderer: Renderer
    engine: Engine
    make_token: Callable[[], str]
    mark: Callable[[str], str]
    scrub: Callable[[str], None] = lambda _address: None

    def ask(self, wish: Wish, visitor: Visitor, now: datetime) -> Verdict:
        """Send the mail with the button, unless there were many already. `wish` is checked.

        What happens, and how long it takes, is the same for known and unknown addresses.
        """
        network, key = network_of(visitor.ip), address_key(wish.address)
        with self.store.read() as tx:  # whoever floods us must cost nothing: neither a rendering nor a turn at writing
            verdict = may_ask(tx.consents.lately("", network, now))
        if verdict in REFUSED:
            return verdict
        token = self.make_token()
        message = self._message(wish, token, now)
        rendered = self.renderer.confirm(message)
        with self.store.write() as tx:
            verdict = may_ask(tx.consents.lately(key, network, now))
            if verdict in REFUSED:
                return verdict
            target = _target(tx, wish, decoy=f"{hashed(token)[:16]}@nobody.invalid", now=now)
            mailed = verdict == "mail" and target.channel.state == "active"
            consent_id = self._note(tx, target, wish, token, key if mailed else "", visitor, now)
            with _for_show(tx, unless=mailed):
                self._queue(tx, target, message, rendered, consent_id)
        return verdict

    def _queue(
        self, tx: Transaction, target: Subscription, message: ConfirmMessage, rendered: Rendered, consent_id: int
    ) -> int | None:
        outbox_id = tx.outbox.put(
            dedup_key=f"confirm:{consent_id}",
            message_id=message.message_id,
            kind="confirm",
            subscription=target,
            rendered=rendered,
            due_at=message.now,
            now=message.now,
        )
        self.engine.wake(tx, "deliver", [outbox_id] if outbox_id is not None else [])
        return outbox_id

    def _note(  # noqa: PLR0917
        self, tx: Transaction, target: Subscription, wish: Wish, token: str, key: str, visitor: Visitor, now: datetime
    ) -> int:
        return tx.consents.ask(
            target.subscription_id,
            wish,
            token_hash=hashed(token),
            address_key=key,
            text_version=TEXT_VERSION,
            expires_at=now + LINK_LASTS,
            visitor=visitor,
            now=now,
        )

    def _message(self, wish: Wish, token: str, now: datetime) -> ConfirmMessage:
        return ConfirmMessage(message_id=f"msg_{hashed('mail ' + token)[:32]}", wish=wish, token=token, now=now)

    def invite(self, subscription: Subscription, wish: Wish, now: datetime) -> int | None:
        """Ask the owner of an address that an operator added. Return the outbox id."""
        token = self.make_token()
        message = self._message(wish, token, now)
        with self.store.write() as tx:
            consent_id = self._note(tx, subscription, wish, token, "", Visitor(), now)
            return self._queue(tx, subscription, message, self.renderer.confirm(message), consent_id)

    def asked(self, token: str, now: datetime) -> Consent:
        """Return what this link would confirm, or did. Changes nothing. Raises NotFound for an old or unknown one."""
        with self.store.read() as tx:
            return _fresh(tx, token, now)

    def confirm(self, token: str, visitor: Visitor, now: datetime) -> Subscription:
        """Put what was asked for in force. Pressed again it changes nothing, not even for who has left meanwhile.

        Raises NotFound for an old or unknown link.
        """
        with self.store.write() as tx:
            consent = _fresh(tx, token, now, lock=True)
            if consent.confirmed_at is not None:
                return tx.subscriptions.get(consent.subscription_id)
            tx.consents.confirm(consent.consent_id, visitor, now)
            subscription = _apply(tx, consent)
            if subscription.state != "active":
                tx.subscriptions.begin(subscription.subscription_id, now)
            return _planned(tx, subscription.subscription_id, now)

    def change(self, subscription: Subscription, wish: Wish, now: datetime) -> Subscription:
        """Write what the reader chose. Raises BadInput where the address has just that already."""
        with self.store.write() as tx:
            tx.subscriptions.change(subscription.subscription_id, wish)
            return _planned(tx, subscription.subscription_id, now)

    def pause(self, subscription: Subscription, now: datetime, *, off: bool = False) -> Subscription:
        """Send nothing for a while, or go on. Raises BadInput for one that is neither running nor paused.

        Who goes on is told of what they had been told wrong; not of what they missed.
        """
        sub_id = subscription.subscription_id
        with self.store.write() as tx:
            state = tx.subscriptions.get(sub_id).state
            if state not in {"active", "paused"}:
                raise BadInput(f"subscription {sub_id} is {state}", hint="only its reader can begin it")
            if off and state == "paused":
                tx.subscriptions.begin(sub_id, None)
                self.engine.wake(tx, "digest", put_right(tx, sub_id, now))
            elif not off and state == "active":
                tx.subscriptions.set_state(sub_id, "paused")
            return _planned(tx, sub_id, now)

    def leave(self, subscription: Subscription) -> None:
        """End it, and drop what was still to be sent. Doing it twice is fine."""
        with self.store.write() as tx:
            if tx.subscriptions.get(subscription.subscription_id).state != "ended":
                tx.subscriptions.set_state(subscription.subscription_id, "ended")

    def export(self, address: str) -> Mapping[str, object]:
        """Return all there is about an address."""
        with self.store.read() as tx:
            return tx.people.export(address)

    def erase(self, address: str, now: datetime) -> Mapping[str, int]:
        """Forget all there is about an address. Raises BadInput for an operator's.

        Where an operator's file has it still, that is said in the log: nobody can be asked to wait for it. A reader
        whom a file names is not taken up again.
        """
        with self.store.write() as tx:
            standing = dict.fromkeys(tx.people.standing(address))
            if OPERATORS in standing:
                raise BadInput("this is an operator's address", hint=f"take it out of {OPERATORS} first")
            counts = tx.people.erase(address, mark=self.mark(address), now=now)
        self.scrub(address)
        if standing:
            log.warning("somebody was erased who stands in %s still: please take them out there", ", ".join(standing))
        return counts

    def was_erased(self, address: str) -> bool:
        """Whether whoever reads this mailbox had themselves erased."""
        with self.store.read() as tx:
            return tx.people.is_erased(self.mark(address))

    def forget(self, now: datetime) -> int:
        """Delete a batch of what was asked for and never confirmed. Return how many requests."""
        with self.store.read() as tx:
            if not tx.consents.stale(now):
                return 0
        with self.store.write() as tx:
            return tx.consents.forget(now, limit=BATCH)


def _planned(tx: Transaction, subscription_id: int, now: datetime) -> Subscription:
    """Plan the next digest of one that has none planned: from this moment on, not from when somebody looks next."""
    sub = tx.subscriptions.get(subscription_id)
    if sub.wants_digests and tx.digests.take(subscription_id) is None:
        tx.digests.plan(subscription_id, first_due(sub.tz, sub.at, after=now, days=sub.days))
    return sub


def _fresh(tx: Transaction, token: str, now: datetime, *, lock: bool = False) -> Consent:
    consent = tx.consents.find(hashed(token), lock=lock)
    if consent is None or (consent.confirmed_at is None and consent.expires_at <= now):
        raise NotFound(TOO_OLD, hint=ASK_AGAIN)
    return consent


class _Undone(Exception):  # noqa: N818  it is no error
    """What was done for show is taken back."""


@contextmanager
def _for_show(tx: Transaction, *, unless: bool) -> Iterator[None]:
    """Let something be done and take it back: whoever measures how long an answer takes must not learn from it."""
    with suppress(_Undone), tx.savepoint():
        yield
        if not unless:
            raise _Undone


def _target(tx: Transaction, wish: Wish, *, decoy: str, now: datetime) -> Subscription:
    """Return the subscription a request is about, made pending where there is none. Changes none that is there.

    A reader has one by the page; what an operator added for them stays beside it.
    """
    here = tx.subscriptions.at_address("email", wish.address)
    ours = [known for known in here if known.source == "web"]
    running = [known for known in ours if known.state != "ended"]
    known = running or _twins(here, wish) or ours
    address = decoy if known else here[0].channel.address if here else wish.address
    with _for_show(tx, unless=not known):
        made = tx.subscriptions.add(replace(wish, address=address, confirmed=False), now=now)
    return known[-1] if known else made


def _twins(here: Sequence[Subscription], wish: Wish) -> list[Subscription]:
    return [known for known in here if known.mode == wish.mode and set(known.rules) == set(wish.rules)]


def _apply(tx: Transaction, consent: Consent) -> Subscription:
    """Write the wish to its subscription; where the address has just that already, to that one."""
    mine = tx.subscriptions.get(consent.subscription_id)
    twin = (_twins(tx.subscriptions.at_address("email", mine.channel.address), consent.wish) or [mine])[-1]
    if twin.subscription_id != mine.subscription_id and mine.state == "pending":
        tx.subscriptions.set_state(mine.subscription_id, "ended")
    return tx.subscriptions.change(twin.subscription_id, consent.wish)
