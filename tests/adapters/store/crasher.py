"""A program for test_crashes to kill: works on a database until it is, and prints what was committed."""

# ruff: noqa: T201 - what it prints is what it is for
from datetime import timedelta

from service.adapters.store import SqlStore, open_store
from tests.adapters.store.making import NOW, development, event, judged, tried

LEASE = timedelta(milliseconds=1)


def work(url: str, what: str) -> None:
    """Start here: `grow` or `drain`."""
    with open_store(url) as opened:
        {"grow": grow, "drain": drain}[what](opened)


def grow(store: SqlStore) -> None:
    """Make events, each with one development, in one transaction each."""
    while True:
        with store.write() as tx:
            event_id = tx.events.create(event())
            tx.events.add_development(event_id, development(), None)
        print(event_id, flush=True)


def drain(store: SqlStore) -> None:
    """Claim and finish entries and messages in small batches, as the steps do, until nothing is left."""
    while True:
        with store.write() as tx:
            entries, messages = tx.entries.claim(NOW, limit=5, lease=LEASE), tx.outbox.claim(NOW, limit=5, lease=LEASE)
        if not entries and not messages:
            return
        for message in messages:
            print("sent", message.message_id, flush=True)
        with store.write() as tx:
            finished = [entry.uid for entry in entries if tx.entries.finish([(entry, judged())])]
            for message in messages:
                tx.outbox.record(message, tried(message), retry_at=None)
        for uid in finished:
            print("done", uid, flush=True)
