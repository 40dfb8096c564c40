"""Hubs are asked to tell us of their feeds' news: claim what is due → ask → write what they said.

They answer that they will ask back; that is the other end, see callback. Nothing waits for it here.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from service.core.feed import Push
from service.core.urls import host_key
from service.core.websub import (
    PAUSE,
    HubAnswer,
    HubRequest,
    answered,
    asking,
    begun,
    gave_up_leaving,
    left,
)
from service.pipeline.websub.keep import keep
from service.ports.store import Store, Transaction
from service.ports.world import Clock, Hubs

log = logging.getLogger(__name__)

_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHub:
    """What became of one request. `error` says why nothing, empty where the hub will ask back."""

    feed_id: int
    hub: str
    leaving: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSub:
    """The step. `base_url` is where hubs reach us, "" where they cannot: what was agreed on is ended then.

    `make_key` gives what nobody can guess. One hub is asked one thing at a time, `host_gap` apart, and that far apart
    from polls on its domain. The lease outlasts a batch of slow hubs.
    """

    store: Store
    hubs: Hubs
    clock: Clock
    jitter: Callable[[], float]
    make_key: Callable[[], str]
    base_url: str
    host_gap: timedelta
    batch: int = 20
    lease: timedelta = timedelta(minutes=5)

    def run(self, now: datetime) -> list[AskedHub]:
        """Ask one batch of hubs; empty when none is to be asked."""
        with self.store.write() as tx:
            self._leave(tx, now)
            self._begin(tx, now)
            asked = self._claim(tx, now)
        by_id: Mapping[int, Push] = {push.feed_id: push for push in asked}
        answers = self.hubs.ask([_request(push) for push in asked]) if asked else ()
        return [self._settle(by_id[answer.feed_id], answer) for answer in answers]

    def _leave(self, tx: Transaction, now: datetime) -> None:
        """End what is not as agreed any more."""
        for push in tx.pushes.unwanted(self.base_url, limit=self.batch):
            log.info("feed %d: we want no more of the hub %s", push.feed_id, push.hub)
            keep(tx, push, left(push, now=now), now=now)

    def _begin(self, tx: Transaction, now: datetime) -> None:
        for feed in tx.pushes.unasked(limit=self.batch) if self.base_url else ():
            key, secret = self.make_key(), self.make_key()
            tx.pushes.add(begun(feed, base_url=self.base_url, key=key, secret=secret, now=now))

    def _claim(self, tx: Transaction, now: datetime) -> list[Push]:
        """Return what to ask now. The rest is put off until its hub is free, or forgotten."""
        hosts: Counter[str] = Counter()
        claimed = []
        for push in tx.pushes.due(now, limit=self.batch):
            host = host_key(push.hub)
            if gave_up_leaving(push):
                tx.pushes.end(push.feed_id)
                continue
            free_at = now + hosts[host] * self.host_gap if hosts[host] else self._turn(tx, push, now)
            if free_at is not None:
                tx.pushes.save(replace(push, due_at=free_at))
            else:
                claimed.append(asking(push, until=now + self.lease))
                tx.pushes.save(claimed[-1])
            hosts[host] += 1
        return claimed

    def _turn(self, tx: Transaction, push: Push, now: datetime) -> datetime | None:
        """Take the hub's host, which polls leave alone for the gap then. Else return when it is free."""
        return tx.feeds.turn(push.hub, now, gap=self.host_gap)

    def _settle(self, asked: Push, answer: HubAnswer) -> AskedHub:
        now = self.clock.now()
        with self.store.write() as tx:
            push = tx.pushes.hold(asked.feed_id)
            if push is not None and (push.key, push.tries) == (asked.key, asked.tries):
                keep(tx, push, answered(push, answer, now=now, jitter=self.jitter()), now=now)
            if answer.status in _BUSY:
                wait = min(timedelta(seconds=answer.retry_after_s or PAUSE.total_seconds()), _LONGEST)
                tx.feeds.keep_away(asked.hub, until=now + wait, reason=answer.error)
        if answer.error:
            log.warning("feed %d: its hub %s: %s", asked.feed_id, asked.hub, answer.error)
        return AskedHub(feed_id=asked.feed_id, hub=asked.hub, leaving=asked.state == "leaving", error=answer.error)


def _request(push: Push) -> HubRequest:
    return HubRequest(
        feed_id=push.feed_id,
        hub=push.hub,
        mode="unsubscribe" if push.state == "leaving" else "subscribe",
        topic=push.topic,
        callback=push.callback,
        secret=push.secret,
    )
