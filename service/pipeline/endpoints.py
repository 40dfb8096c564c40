"""What is done about webhook endpoints: tried out, given a new secret, sent again what they missed, and closed.

Whoever answers for an endpoint that is closed is told by mail, in the transaction that closes it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from service.core.errors import BadInput
from service.core.subscription import OLD_SECRET, Channel, MessageKind, Subscription
from service.pipeline.tell import message_id_of
from service.pipeline.told import put_right
from service.ports.outbox import Delivery, Outgoing
from service.ports.store import Engine, Store, Transaction
from service.ports.world import EndpointMessage, Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What operators may ask of endpoints, and what the deliver step does where one is closed."""

    store: Store
    renderer: Renderer
    engine: Engine

    def test(self, subscription_id: int, now: datetime) -> int:
        """Queue a message that says nothing but that it is a test. Return its outbox id. Raises NotFound, BadInput."""
        with self.store.write() as tx:
            subscription = endpoint(tx, subscription_id)
            if subscription.channel.state != "active":
                words = f"subscription {subscription_id}'s endpoint is disabled: {subscription.channel.reason}"
                raise BadInput(words, hint=f"`tocsin subscriptions resume {subscription_id}` opens it again")
            if subscription.state != "active":
                raise BadInput(f"subscription {subscription_id} is {subscription.state}", hint="resume it first")
            outbox_id = self._queue(tx, "endpoint.test", subscription, "you asked for a test", now)
            self.engine.wake(tx, "deliver", [outbox_id])
        return outbox_id

    def reopen(self, subscription_id: int, now: datetime) -> bool:
        """Send to its channel again where nothing was sent any more, or not for a while. Say whether that was so.

        Who is told there is told of what they had been told wrong; not of what they missed. Raises NotFound.
        """
        with self.store.write() as tx:
            channel = tx.subscriptions.get(subscription_id).channel
            if channel.state == "active" and (channel.paused_until is None or channel.paused_until <= now):
                return False
            tx.subscriptions.enable_channel(channel.channel_id)
            there = tx.subscriptions.on_channel(channel.channel_id) if channel.state != "active" else ()
            owed = [due for one in there if one.state == "active" for due in put_right(tx, one.subscription_id, now)]
            self.engine.wake(tx, "digest", owed)
        return True

    def rotate(self, subscription_id: int, secret: str, now: datetime) -> Subscription:
        """Give the endpoint a new secret; for 24 hours the one before signs too. Raises NotFound, BadInput."""
        with self.store.write() as tx:
            channel = endpoint(tx, subscription_id).channel
            if channel.secret == secret:
                raise BadInput("that is the secret it has already", hint="leave --secret out to be given a new one")
            tx.subscriptions.rotate(channel.channel_id, secret, until=now + OLD_SECRET, now=now)
            return tx.subscriptions.get(subscription_id)

    def retry(self, outbox_id: int, now: datetime) -> Delivery:
        """Send one that was given up once more, at once, under its id. Raises NotFound, BadInput."""
        with self.store.write() as tx:
            tx.outbox.retry(outbox_id, now)
            self.engine.wake(tx, "deliver", [outbox_id])
            return tx.outbox.get(outbox_id)

    def replay(self, since: datetime, now: datetime, *, subscription_id: int | None = None, all_: bool = False) -> int:
        """Make due again, under their old ids, what was given up since then; with `all_` what was sent, too.

        What nobody wants any more stays where it is; in place of what is out of date goes the event's newest state.
        Return how many are due. Raises NotFound.
        """
        with self.store.write() as tx:
            if subscription_id is not None:
                tx.subscriptions.get(subscription_id)
            due = tx.outbox.replay(since, now, subscription_id=subscription_id, sent=all_)
            self.engine.wake(tx, "deliver", due)
            self.engine.wake(tx, "digest", due)
        return len(due)

    def closed(self, tx: Transaction, channel: Channel, reason: str, now: datetime) -> None:
        """Tell whoever answers for the endpoint, if it has somebody."""
        readers = [one for one in tx.subscriptions.on_channel(channel.channel_id) if one.state == "active"]
        if channel.kind != "webhook" or not channel.owner or not readers:
            return
        owner = tx.subscriptions.mailbox(channel.owner, now=now)
        self._queue(tx, "endpoint.disabled", readers[0], reason, now, to=owner)

    def _queue(
        self,
        tx: Transaction,
        kind: MessageKind,
        subscription: Subscription,
        reason: str,
        now: datetime,
        *,
        to: Channel | None = None,
    ) -> int:
        key = f"{subscription.subscription_id}:{kind}:{now.timestamp():.6f}"
        message = EndpointMessage(
            kind=kind,
            message_id=message_id_of(subscription, key),
            subscription=subscription,
            to=to.address if to else "",
            reason=reason,
            now=now,
        )
        outgoing = Outgoing(
            dedup_key=key,
            message_id=message.message_id,
            kind=kind,
            subscription=replace(subscription, channel=to) if to else subscription,
            rendered=self.renderer.endpoint(message),
            due_at=now,
            loud=True,
        )
        return tx.outbox.put_all([outgoing], now)[key]


def endpoint(tx: Transaction, subscription_id: int) -> Subscription:
    """Return the subscription. Raises NotFound, and BadInput where it has no webhook."""
    subscription = tx.subscriptions.get(subscription_id)
    if subscription.channel.kind != "webhook":
        raise BadInput(f"subscription {subscription_id} has no webhook", hint="`tocsin subscriptions list` shows them")
    return subscription
