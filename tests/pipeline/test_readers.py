"""Readers come and go: nothing without the owner's word, nothing twice, nothing kept that was not agreed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from service.core.errors import BadInput, NotFound
from service.core.optin import Visitor, erased_mark
from service.core.subscription import Quiet, Subscription, Wish
from service.pipeline.deliver import Deliver
from service.pipeline.manage import check_wish, quiet_in, subscribe
from service.pipeline.readers import Readers
from service.ports.store import Store
from service.ports.world import Attempt
from tests.standins import NOON, BellEngine, HandClock, PlainRenderer, ScriptedSender

ADA = "ada@example.org"
HERE = Visitor(ip="192.0.2.7", agent="A browser")
WISH = Wish(kind="email", address=ADA, mode="digest", tz="Europe/Kyiv", at="07:30", source="web")


@pytest.fixture
def readers(store: Store) -> Readers:
    tokens = (f"token-{n}" for n in count(1))
    return Readers(
        store=store, renderer=PlainRenderer(), engine=BellEngine(), make_token=lambda: next(tokens), mark=mark
    )


def mark(address: str) -> str:
    return erased_mark(address, "a-secret")


def all_of(readers: Readers) -> list[Subscription]:
    with readers.store.read() as tx:
        return tx.subscriptions.all()


def mails(readers: Readers) -> list[str]:
    """Return the tokens in the confirming mails that wait, oldest first."""
    with readers.store.read() as tx:
        waiting = [row for row in tx.outbox.list() if row.message.kind == "confirm"]
    return [row.message.body.decode() for row in reversed(waiting)]


def test_nothing_is_in_force_before_the_button_was_pressed(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    (pending,) = all_of(readers)
    assert (pending.state, mails(readers)) == ("pending", ["token-1"])
    assert readers.asked("token-1", NOON).confirmed_at is None
    assert all_of(readers)[0].state == "pending", "looking changes nothing"
    made = readers.confirm("token-1", HERE, NOON)
    assert (made.state, made.tz, made.at) == ("active", "Europe/Kyiv", time(7, 30))


def test_an_answer_takes_as_much_work_for_every_address(store: Store, readers: Readers) -> None:
    """Unknown, known, left, given up or asked for too often: as many statements, so that time tells nobody which."""
    known, left, given_up, often = (f"{name}@example.org" for name in ("known", "left", "given-up", "often"))
    ips = (Visitor(ip=f"192.0.2.{n}") for n in count(1))
    for address in (known, left, given_up, often, often, often):
        readers.ask(replace(WISH, address=address), next(ips), NOON)
    late = NOON + timedelta(hours=12)
    with store.write() as tx:
        by_address = {one.channel.address: one for one in tx.subscriptions.all()}
        tx.subscriptions.set_state(by_address[known].subscription_id, "active")
        tx.subscriptions.set_state(by_address[left].subscription_id, "ended")
        tx.subscriptions.disable_channel(by_address[given_up].channel.channel_id, "it bounced")
    work = {}
    for address in ("new@example.org", known, left, given_up, often):
        before = all_of(readers), len(mails(readers))
        with statements() as counted:
            readers.ask(replace(WISH, address=address), next(ips), late)
        work[address] = len(counted)
        added = len(all_of(readers)) - len(before[0]), len(mails(readers)) - before[1]
        assert added == (int(address.startswith("new")), int(address not in {given_up, often}))
    assert len(set(work.values())) == 1, work


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note each statement that a database is given."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_what_an_address_has_stays_as_it_is_until_its_owner_agrees(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    before = readers.confirm("token-1", HERE, NOON)
    other = replace(WISH, mode="both", at="20:00", quiet=Quiet(start=time(22), end=time(6)))
    readers.ask(other, Visitor(ip="198.51.100.9"), NOON)
    assert all_of(readers) == [before]
    after = readers.confirm("token-2", HERE, NOON)
    assert [one.subscription_id for one in all_of(readers)] == [before.subscription_id]
    assert (after.mode, after.at, after.quiet) == ("both", time(20), Quiet(start=time(22), end=time(6)))


def test_the_first_digest_is_planned_as_the_button_is_pressed(readers: Readers) -> None:
    """Not when somebody looks next: a scheduler that sleeps until after the hour must find it due."""
    readers.ask(WISH, HERE, NOON)
    made = readers.confirm("token-1", HERE, NOON)
    with readers.store.read() as tx:
        assert tx.digests.due_at([made.subscription_id]) == {1: datetime(2026, 3, 5, 5, 30, tzinfo=UTC)}
    readers.change(made, replace(WISH, at="20:00"), NOON)
    with readers.store.read() as tx:
        assert tx.digests.due_at([made.subscription_id]) == {1: datetime(2026, 3, 4, 18, 0, tzinfo=UTC)}


def test_pressing_again_changes_nothing_and_brings_nobody_back(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    made = readers.confirm("token-1", HERE, NOON)
    assert readers.confirm("token-1", HERE, NOON + timedelta(days=30)) == made
    readers.leave(made)
    assert readers.confirm("token-1", HERE, NOON).state == "ended"


@pytest.mark.parametrize("token", ["token-2", "", "token-1 ", "\udcff"])
def test_a_guessed_link_confirms_nothing(readers: Readers, token: str) -> None:
    readers.ask(WISH, HERE, NOON)
    with pytest.raises(NotFound, match="too old"):
        readers.confirm(token, HERE, NOON)


def test_after_48_hours_the_link_is_dead_and_the_address_forgotten(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    late = NOON + timedelta(hours=48)
    assert readers.forget(late - timedelta(seconds=1)) == 0
    with pytest.raises(NotFound):
        readers.confirm("token-1", HERE, late)
    assert readers.forget(late) == 1
    assert (all_of(readers), mails(readers)) == ([], [])
    with readers.store.read() as tx:
        assert tx.people.export(ADA)["addresses"] == []


def test_only_what_was_never_confirmed_is_forgotten(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    readers.ask(WISH, HERE, NOON)
    readers.confirm("token-2", HERE, NOON)
    assert readers.forget(NOON + timedelta(days=3)) == 1
    assert [one.state for one in all_of(readers)] == ["active"]
    with readers.store.read() as tx:
        kept: Any = tx.people.export(ADA)["consents"]
    assert [(one["asked_ip"], one["confirmed_agent"]) for one in kept] == [("192.0.2.7", "A browser")]


def test_three_mails_a_day_and_the_same_answer_to_all(readers: Readers) -> None:
    """Who asks for a stranger from many places fills no mailbox, and learns nothing."""
    for n in range(6):
        plus = replace(WISH, address=f"ada+{n}@example.org")
        assert readers.ask(plus, Visitor(ip=f"192.0.2.{n}"), NOON) in {"mail", "enough"}
    assert len(mails(readers)) == 3
    readers.ask(WISH, Visitor(ip="192.0.2.99"), NOON + timedelta(hours=25))
    assert len(mails(readers)) == 4


def test_three_requests_a_day_from_one_network(readers: Readers) -> None:
    asked = [readers.ask(replace(WISH, address=f"{n}@example.org"), HERE, NOON) for n in range(4)]
    assert asked == ["mail", "mail", "mail", "network"]
    assert readers.ask(WISH, HERE, NOON + timedelta(hours=25)) == "mail"


def test_who_floods_us_costs_no_rendering(readers: Readers) -> None:
    for n in range(20):
        readers.ask(replace(WISH, address=f"{n}@example.org"), HERE, NOON)
    assert isinstance(readers.renderer, PlainRenderer)
    assert len(readers.renderer.confirms) == 3
    assert len(all_of(readers)) == 3


def test_what_counts_for_the_network_does_not_tell_of_the_address(readers: Readers) -> None:
    """A request for an address that has had its share counts for the network as any other does."""
    for n in range(3):
        readers.ask(WISH, Visitor(ip=f"192.0.2.{n}"), NOON)
    assert [readers.ask(WISH, Visitor(ip="203.0.113.5"), NOON) for _ in range(4)] == ["enough"] * 3 + ["network"]


def test_an_address_that_bounced_or_complained_gets_no_mail_and_the_same_answer(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    made = readers.confirm("token-1", HERE, NOON)
    with readers.store.write() as tx:
        tx.subscriptions.disable_channel(made.channel.channel_id, "complaint")
    before = len(mails(readers))
    assert readers.ask(WISH, HERE, NOON) == "mail"
    assert len(mails(readers)) == before


def test_who_left_may_come_back(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    readers.leave(readers.confirm("token-1", HERE, NOON))
    readers.ask(WISH, HERE, NOON + timedelta(days=2))
    again = readers.confirm("token-2", HERE, NOON + timedelta(days=2))
    assert (again.state, again.created_at) == ("active", NOON + timedelta(days=2))
    assert len(all_of(readers)) == 1


def test_what_an_operator_added_stays_beside_it(readers: Readers) -> None:
    with readers.store.write() as tx:
        theirs = subscribe(tx, replace(WISH, mode="alert", source="cli"), known_rules=[], now=NOON)
    readers.ask(WISH, HERE, NOON)
    readers.confirm("token-1", HERE, NOON)
    assert [(one.mode, one.source, one.state) for one in all_of(readers)] == [
        ("alert", "cli", "active"),
        ("digest", "web", "active"),
    ]
    with readers.store.read() as tx:
        assert tx.subscriptions.get(theirs.subscription_id) == theirs


def test_a_wish_like_one_that_is_there_makes_no_second(readers: Readers) -> None:
    """Alerts and digest are two wishes; asked for one after the other they end as what was confirmed last."""
    readers.ask(WISH, HERE, NOON)
    readers.confirm("token-1", HERE, NOON)
    with readers.store.write() as tx:
        subscribe(tx, replace(WISH, mode="alert", source="cli"), known_rules=[], now=NOON)
    readers.ask(replace(WISH, mode="alert"), HERE, NOON)
    readers.confirm("token-2", HERE, NOON)
    assert sorted(one.mode for one in all_of(readers)) == ["alert", "digest"]


def test_the_mail_goes_out_though_nobody_agreed_yet_and_its_link_is_kept_by_nobody(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    sender = ScriptedSender(lambda message: Attempt(outbox_id=message.outbox_id, at=NOON, ok=True))
    deliver = Deliver(store=readers.store, sender=sender, clock=HandClock(), jitter=lambda: 0.5)
    deliver.run(NOON)
    assert [message.body for message in sender.sent] == [b"token-1"]
    with readers.store.read() as tx:
        (row,) = tx.outbox.list()
    assert (row.state, row.message.body) == ("sent", b"")


def test_pause_and_go_on_and_never_for_who_has_not_agreed(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    (pending,) = all_of(readers)
    with pytest.raises(BadInput, match="pending"):
        readers.pause(pending, NOON, off=True)
    made = readers.confirm("token-1", HERE, NOON)
    assert readers.pause(made, NOON).state == "paused"
    assert readers.pause(made, NOON, off=True).state == "active"
    readers.leave(made)
    with pytest.raises(BadInput, match="ended"):
        readers.pause(made, NOON, off=True)


def test_an_erased_reader_is_nowhere_and_cannot_be_brought_back_by_an_old_link(readers: Readers) -> None:
    readers.ask(WISH, HERE, NOON)
    readers.confirm("token-1", HERE, NOON)
    assert readers.erase("ADA@example.org", NOON)["subscriptions"] == 1
    assert readers.export(ADA)["addresses"] == []
    assert [(one.state, one.channel.state) for one in all_of(readers)] == [("ended", "disabled")]
    with pytest.raises(NotFound):
        readers.confirm("token-1", HERE, NOON)
    readers.ask(WISH, HERE, NOON)  # and may begin anew
    assert readers.confirm("token-2", HERE, NOON).channel.address == ADA


def test_whom_a_file_names_is_erased_all_the_same_and_known_again(
    readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    with readers.store.write() as tx:
        subscribe(tx, replace(WISH, source="file"), known_rules=[], now=NOON)
    assert not readers.was_erased(ADA)
    assert readers.erase(ADA, NOON)["subscriptions"] == 1
    assert "stands in subscriptions.yaml still" in caplog.text
    assert ADA not in caplog.text
    assert readers.export(ADA)["addresses"] == []
    assert readers.was_erased("Ada@Example.org")
    assert not readers.was_erased(f"x{ADA}")


def test_who_answers_for_an_endpoint_and_gets_no_mail_is_known_again_too(readers: Readers) -> None:
    hook = Wish(kind="webhook", address="https://desk.example/hook", mode="alert", owner=ADA, source="file")
    with readers.store.write() as tx:
        subscribe(tx, replace(hook, secret="whsec_c2VjcmV0"), known_rules=[], now=NOON)
    assert readers.erase(ADA, NOON)["endpoints"] == 1
    assert readers.was_erased(ADA)
    assert [(one.state, one.channel.owner) for one in all_of(readers)] == [("active", "")]


def test_an_operator_is_taken_off_their_list_first(readers: Readers) -> None:
    with readers.store.write() as tx:
        tx.users.add(ADA, now=NOON)
    with pytest.raises(BadInput, match="the list of operators"):
        readers.erase(ADA, NOON)


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: victims@example.org",
        "ada@example.org, bob@example.org",
        "<ada@example.org>",
        '"ada b"@example.org',
        "ada@exa mple.org",
        "ada@-example.org",
        "ada@example..org",
        ".ada@example.org",
        "a..b@example.org",
        "ada@" + "x" * 64 + ".org",
        "ada\u2028@example.org",
        "ada\u202e@example.org",
        "ada@",
        "a@b",
        "ada@example.org.",
        "ada@127.0.0.1",
        "ada@exam_ple.org",
        "ada@example-.org",
        "ada",
        "",
        "a" * 65 + "@example.org",
    ],
)
def test_no_address_that_could_say_more_than_an_address(address: str) -> None:
    with pytest.raises(BadInput, match="no email address"):
        check_wish(replace(WISH, address=address), [])


@pytest.mark.parametrize("at", ["22:00+02:00", "22:00Z", "24:00", "7:30"])
def test_no_time_of_day_that_would_be_read_as_another(at: str) -> None:
    with pytest.raises(BadInput, match="no time of day"):
        check_wish(replace(WISH, at=at), [])
    with pytest.raises(BadInput, match="no time of day"):
        quiet_in(f"{at}-06:00")


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("Ada+news@Example.ORG", "Ada+news@example.org"),
        ("ада@пошта.укр", "ада@пошта.укр"),
        ("o'brien@example.org", "o'brien@example.org"),
        (" ada@bücher.example ", "ada@bücher.example"),
        ("用户@例子.中国", "用户@例子.中国"),
        ("ada@xn--80ak6aa92e.xn--p1ai", "ada@xn--80ak6aa92e.xn--p1ai"),
    ],
)
def test_addresses_of_all_the_world_are_taken(address: str, plain: str) -> None:
    assert check_wish(replace(WISH, address=address), []).address == plain


def test_only_operators_may_have_mail_sent_to_this_machine() -> None:
    mine = replace(WISH, address="root@localhost", source="cli")
    assert check_wish(mine, []).address == "root@localhost"
    with pytest.raises(BadInput, match="no dot"):
        check_wish(replace(mine, source="web"), [])
