"""One person's data: all of it is given to them, and all of it can be forgotten, whatever table it came to lie in."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import MetaData, select

from service.adapters.store import SqlStore, open_store
from service.core.optin import Visitor
from service.core.subscription import Wish
from service.ports.returns import Sent
from service.ports.world import Attempt, Rendered
from tests.adapters.store.making import LATER, LEASE, NOW, connection_of, queue, subscribe

ADA = "ada.lovelace@example.org"
SAID = f"550 5.1.1 <{ADA}>: user unknown"


def known(store: SqlStore) -> None:
    """Let her address come to lie wherever it can: consents, bodies, errors, answers, returned mail."""
    with store.write() as tx:
        mine = subscribe(tx, address=ADA, mode="digest")
        wish = Wish(kind="email", address=ADA, mode="digest")
        visitor = Visitor(ip="192.0.2.7", agent=f"A browser of {ADA}")
        tx.consents.ask(
            mine.subscription_id,
            wish,
            token_hash="hash",
            address_key="key",
            text_version="1",
            expires_at=LATER,
            visitor=visitor,
            now=NOW,
        )
        for key in ("first", "second", "third"):
            queue(tx, mine, key, rendered=Rendered(subject="Digest", body=f"To: {ADA}".encode()))
        first, second, _ = tx.outbox.claim(NOW, limit=9, lease=LEASE)
        failed = Attempt(outbox_id=first.outbox_id, at=NOW, ok=False, error=SAID, response=SAID)
        tx.outbox.record(first, failed, retry_at=LATER)
        back = Sent(outbox_id=first.outbox_id, subscription_id=mine.subscription_id, channel_id=mine.channel.channel_id)
        tx.returns.note(back, kind="hard", words=SAID, now=NOW)
        tx.outbox.record(second, replace(failed, outbox_id=second.outbox_id), retry_at=None)


def where_it_lies(store: SqlStore, words: str) -> set[str]:
    """Return the tables that hold these words in any column."""
    found = set()
    with store.read() as tx:
        connection = connection_of(tx)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if any(words in str(value) for row in connection.execute(select(table)) for value in row):
                found.add(table.name)
    return found


def test_an_address_is_erased_from_every_table(store: SqlStore) -> None:
    known(store)
    assert where_it_lies(store, ADA) == {"channel", "consent", "outbox", "outbox_body", "attempt", "returned"}
    with store.write() as tx:
        counts = tx.people.erase(ADA)
    assert counts["messages"] == 3
    assert where_it_lies(store, ADA) == set()
    with store.read() as tx:
        assert {row.state for row in tx.outbox.list()} <= {"superseded", "gave_up"}


def test_what_is_erased_while_the_service_runs_is_gone_from_its_files(sqlite_url: str) -> None:
    """Also from the log of writes that SQLite keeps beside the file until it is full."""
    files = [Path(sqlite_url.removeprefix("sqlite:///") + end) for end in ("", "-wal")]
    with open_store(sqlite_url) as store:
        known(store)
        assert any(ADA.encode() in file.read_bytes() for file in files)
        with store.write() as tx:
            tx.people.erase(ADA)
        store.scrub()
        assert not any(ADA.encode() in file.read_bytes() for file in files)
