"""One person's data: all of it is given to them, and all of it can be forgotten, whatever table it came to lie in."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy import MetaData, select

from service.adapters.store import SqlStore, open_store
from service.adapters.store.tables import Base
from service.adapters.store.types import Words
from service.adapters.store.writings import WRITTEN
from service.core.event import Act
from service.core.optin import Visitor
from service.core.subscription import Wish
from service.ports.returns import Sent
from service.ports.rules import HoldKind, RuleHold
from service.ports.users import Session
from service.ports.world import Attempt, Rendered
from tests.adapters.store.making import LATER, LEASE, NOW, connection_of, event, queue, subscribe

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


def noted(store: SqlStore) -> None:
    """Let it come to lie where operators write: names, reasons, comments, rules; and with endpoints."""
    with store.write() as tx:
        hook = Wish(kind="webhook", address="https://hook.example/ada", mode="alert", owner=ADA)
        told = tx.subscriptions.add(replace(hook, confirmed=True), now=NOW)
        carbon = replace(hook, address=f"https://hook.example/?to={quote(ADA)}", owner="")
        tx.subscriptions.add(replace(carbon, confirmed=True), now=NOW)
        owner = tx.subscriptions.mailbox(ADA, now=NOW)
        queue(tx, replace(told, channel=owner), "closed", kind="endpoint.disabled")
        tx.subscriptions.disable_channel(told.channel.channel_id, f"{ADA} asked for it")
        tx.rules.note("quay", f"owner: {ADA}\nid: quay", author=ADA, reason=f"as {ADA.title()} said", now=NOW)
        tx.rules.note("quay", "id: quay", author=ADA, reason="", now=NOW)
        for until in (LATER, None):
            kind: HoldKind = "snooze" if until else "pause"
            tx.rule_states.hold(RuleHold(rule_id="quay", kind=kind, author=ADA, at=NOW, until=until, comment=ADA))
        tx.rule_states.resume("quay", author=ADA, now=NOW)
        tx.users.add(ADA, now=NOW)
        tx.users.give(ADA, "digest", hint="", label=f"phone of {ADA}", until=None, now=NOW)
        tx.users.open("cookie", Session(name=ADA, until=LATER), now=NOW)
        event_id = tx.events.create(event())
        act = Act(act_id=0, at=NOW, by=ADA, verb="correct", event_id=event_id, reason=f"{ADA} was there")
        tx.events.note(act)


def where_it_lies(store: SqlStore, words: str) -> set[str]:
    """Return the tables that hold these words in any column, in whatever case."""
    found = set()
    with store.read() as tx:
        connection = connection_of(tx)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            rows = connection.execute(select(table))
            if any(words in unquote(said(value)).casefold() for row in rows for value in row):
                found.add(table.name)
    return found


def said(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def test_an_address_is_erased_from_every_table(store: SqlStore) -> None:
    known(store)
    noted(store)
    mine = {"channel", "consent", "outbox", "outbox_body", "attempt", "returned"}
    theirs = {"rule_version", "rule_hold", "operator", "token", "session", "act"}
    assert where_it_lies(store, ADA) == mine | theirs
    with store.write() as tx:
        assert tx.people.standing(ADA) == ["the list of operators"]
        tx.users.remove(ADA, now=NOW)
        assert tx.people.standing(ADA) == []
        counts = tx.people.erase(ADA.upper(), mark="erased:1", now=NOW)
    assert (counts["messages"], counts["endpoints"]) == (4, 2)
    assert where_it_lies(store, ADA) == set()
    with store.read() as tx:
        assert {row.state for row in tx.outbox.list()} <= {"superseded", "gave_up"}
        assert [one.state for one in tx.subscriptions.all()] == ["ended", "active", "ended"]
        assert [version.text for version in tx.rules.history("quay")][-1] == "owner: erased\nid: quay"


def test_a_longer_address_of_somebody_else_is_left_alone(store: SqlStore) -> None:
    others = (f"x{ADA}", f"{ADA}.example", f"x.{ADA}", f"{ADA}-west")
    with store.write() as tx:
        for other in others:
            tx.rules.note("quay", f"owner: {other}", author=other, reason="", now=NOW)
        subscribe(tx, address=f"x{ADA}")
    with store.write() as tx:
        assert not any(tx.people.erase(ADA, mark="erased:1", now=NOW).values())
        assert [version.author for version in reversed(tx.rules.history("quay"))] == list(others)


def test_what_is_held_of_a_person_is_all_given_to_them(store: SqlStore) -> None:
    known(store)
    noted(store)
    with store.read() as tx:
        held = tx.people.export(ADA.title())
    assert {name: len(rows) for name, rows in held.items() if isinstance(rows, list)} == {
        "addresses": 1,
        "subscriptions": 1,
        "consents": 1,
        "messages": 4,
        "attempts": 2,
        "returned": 1,
        "digests": 0,
        "endpoints": 2,
        "written": 17,
    }
    assert "secret" not in str(held)


def test_one_mailbox_is_one_however_its_domain_is_written(store: SqlStore) -> None:
    with store.write() as tx:
        subscribe(tx, address="ada@bücher.example")
        assert tx.people.erase("Ada@XN--bcher-kva.example", mark="erased:1", now=NOW)["subscriptions"] == 1
    assert where_it_lies(store, "ada@") == set()


def test_every_column_that_takes_words_is_known_to_be_about_somebody_or_not() -> None:
    """A new one is put into WRITTEN where people may write there, else here."""
    written = {(table.__tablename__, name) for table, names in WRITTEN for name in names}
    known = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        if table.name not in OF_FEEDS
        for column in table.columns
        if isinstance(column.type, Words) and (table.name, column.name) not in written
    }
    assert known == EMPTIED | ABOUT_NOBODY


OF_FEEDS = {"article", "claim", "development", "entry", "entry_revision", "event", "feed", "feed_address", "host"}
OF_FEEDS |= {"poll_record", "push", "relation", "report"}
EMPTIED = {
    *(("channel", name) for name in ("address", "mailbox", "owner", "secret", "old_secret", "older_secret")),
    *(("consent", name) for name in ("asked_agent", "confirmed_agent")),
    *(("outbox", name) for name in ("subject", "fell_back", "last_error")),
    *(("attempt", name) for name in ("error", "response")),
    ("returned", "words"),
}
ABOUT_NOBODY = {
    *(("example", name) for name in ("outlet", "title", "summary", "content")),
    *((table, "rule_id") for table in ("rule_hold", "rule_version", "rule_match", "held_back", "firing")),
    *((table, "name") for table in ("rule_file", "rule_file_before")),
    *(("outbox", name) for name in ("dedup_key", "message_id")),
    ("subscription", "rules_key"),
    ("decision", "rule"),
    ("guess", "network"),
}


def test_what_is_erased_while_the_service_runs_is_gone_from_its_files(sqlite_url: str) -> None:
    """Also from the log of writes that SQLite keeps beside the file until it is full."""
    files = [Path(sqlite_url.removeprefix("sqlite:///") + end) for end in ("", "-wal")]
    with open_store(sqlite_url) as store:
        known(store)
        assert any(ADA.encode() in file.read_bytes() for file in files)
        with store.write() as tx:
            tx.people.erase(ADA, mark="erased:1", now=NOW)
        store.scrub()
        assert not any(ADA.encode() in file.read_bytes() for file in files)
