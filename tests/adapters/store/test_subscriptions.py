from datetime import time
from typing import Literal

import pytest

from service.adapters.store import SqlStore
from service.core.errors import NotFound
from service.core.subscription import Quiet
from tests.adapters.store.making import LATER, LEASE, NOW, queue, subscribe, tried


def test_what_is_read_is_what_was_written(store: SqlStore) -> None:
    with store.write() as tx:
        made = subscribe(
            tx, kind="webhook", address="https://hooks.example/x", secret="whsec_YQ==", mode="digest", rules=["b", "a"]
        )
    with store.read() as tx:
        known = tx.subscriptions.get(made.subscription_id)
        assert known == made == tx.subscriptions.by_key(made.key)
        assert tx.subscriptions.all() == [made]
        assert tx.subscriptions.channel(known.channel.channel_id) == known.channel
    assert (known.channel.kind, known.channel.address, known.channel.secret) == (
        "webhook",
        "https://hooks.example/x",
        "whsec_YQ==",
    )
    assert (known.mode, known.rules, known.tz, known.at) == ("digest", ("b", "a"), "Europe/Kyiv", time(7, 30))
    assert (known.state, known.source, known.created_at) == ("active", "cli", NOW)
    assert len(known.key) >= 32
    assert "whsec" not in repr(known)
    assert known.key not in repr(known)


def test_the_same_channel_mode_and_rules_are_added_once(store: SqlStore) -> None:
    with store.write() as tx:
        one = subscribe(tx, rules=["a", "b"])
        assert subscribe(tx, rules=["b", "a"]).subscription_id == one.subscription_id
        assert subscribe(tx, rules=["a"]).subscription_id != one.subscription_id
        assert subscribe(tx, mode="digest", rules=["a", "b"]).subscription_id != one.subscription_id
        assert len({known.channel.channel_id for known in tx.subscriptions.all()}) == 1


def test_adding_again_sets_the_time_and_confirms(store: SqlStore) -> None:
    with store.write() as tx:
        subscribe(tx, mode="digest", state="pending")
        again = subscribe(tx, mode="digest", tz="Asia/Tokyo", at="21:00", now=LATER)
        assert (again.tz, again.at, again.state, again.created_at) == ("Asia/Tokyo", time(21), "active", NOW)


HUSHED = Quiet(start=time(22), end=time(6), unless=4)


@pytest.mark.parametrize(
    ("before", "after", "named", "kept"),
    [
        ("cli", "cli", {"at"}, True),
        ("web", "cli", {"at"}, True),
        ("cli", "cli", {"at", "quiet"}, False),
        ("cli", "cli", None, False),
        ("web", "file", {"at"}, True),
        ("file", "cli", {"at"}, True),
        ("file", "file", {"at"}, False),
    ],
)
def test_adding_again_changes_what_is_named_and_a_file_all_of_its_own(
    store: SqlStore, before: str, after: str, named: set[str] | None, *, kept: bool
) -> None:
    with store.write() as tx:
        subscribe(tx, mode="both", quiet=HUSHED, source=before)
        asked = frozenset(named) if named is not None else None
        again = subscribe(tx, mode="both", at="21:00", source=after, named=asked)
        assert (again.at, again.quiet) == (time(21), HUSHED if kept else None)


def test_a_new_time_is_planned_anew(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx, mode="digest")
        tx.digests.plan(known.subscription_id, LATER)
        subscribe(tx, mode="digest")
        assert tx.digests.take(known.subscription_id) == LATER
        subscribe(tx, mode="digest", at="08:00")
        assert tx.digests.take(known.subscription_id) is None


@pytest.mark.parametrize(("source", "state"), [("file", "ended"), ("cli", "active"), ("web", "active")])
def test_a_file_does_not_bring_back_who_left(store: SqlStore, source: str, state: str) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        tx.subscriptions.set_state(known.subscription_id, "ended")
        again = subscribe(tx, source=source, now=LATER)
        assert (again.subscription_id, again.state) == (known.subscription_id, state)
        assert again.created_at == (NOW if state == "ended" else LATER)


@pytest.mark.parametrize(("source", "secret"), [("file", "whsec_new"), ("cli", "whsec_old")])
def test_a_file_may_change_a_secret_and_a_second_adding_may_not(store: SqlStore, source: str, secret: str) -> None:
    hook = {"kind": "webhook", "address": "https://hooks.example/x"}
    with store.write() as tx:
        subscribe(tx, **hook, secret="whsec_old")
        assert subscribe(tx, **hook, secret="whsec_new", source=source).channel.secret == secret
        assert subscribe(tx, **hook, secret=None, source=source).channel.secret == secret


def test_only_active_ones_on_active_channels_get_messages(store: SqlStore) -> None:
    with store.write() as tx:
        alert, digest = subscribe(tx), subscribe(tx, mode="digest")
        subscribe(tx, address="new@example.org", state="pending")
        gone = subscribe(tx, address="gone@example.org")
        tx.subscriptions.set_state(subscribe(tx, address="away@example.org").subscription_id, "paused")
        tx.subscriptions.disable_channel(gone.channel.channel_id, "410 Gone")
        assert tx.subscriptions.active("alert") == [alert]
        assert tx.subscriptions.active("digest") == [digest]
        disabled = tx.subscriptions.channel(gone.channel.channel_id)
        assert (disabled.state, disabled.reason) == ("disabled", "410 Gone")


def test_adding_by_hand_brings_a_disabled_channel_back_and_a_file_does_not(store: SqlStore) -> None:
    with store.write() as tx:
        tx.subscriptions.disable_channel(subscribe(tx).channel.channel_id, "410 Gone")
        assert subscribe(tx, source="file").channel.state == "disabled"
        assert subscribe(tx, source="cli").channel.state == "active"


@pytest.mark.parametrize("state", ["paused", "ended"])
def test_leaving_supersedes_what_is_unsent(store: SqlStore, state: Literal["paused", "ended"]) -> None:
    with store.write() as tx:
        leaver, stayer = subscribe(tx), subscribe(tx, address="bea@example.org")
        queue(tx, leaver, "in flight")
        [in_flight] = tx.outbox.claim(NOW, limit=1, lease=LEASE)
        queue(tx, leaver, "unsent")
        queue(tx, stayer, "other")
        tx.subscriptions.set_state(leaver.subscription_id, state)
        assert {known.message.message_id: known.state for known in tx.outbox.list()} == {
            "msg_in flight": "pending",
            "msg_unsent": "superseded",
            "msg_other": "pending",
        }
        tx.outbox.record(in_flight, tried(in_flight, ok=False, error="timeout"), retry_at=LATER)
        assert tx.outbox.get(in_flight.outbox_id).state == "superseded"


def test_disabling_a_channel_gives_up_what_is_unsent(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        queue(tx, known, "in flight")
        [in_flight] = tx.outbox.claim(NOW, limit=1, lease=LEASE)
        unsent = queue(tx, known, "unsent")
        assert unsent
        tx.subscriptions.disable_channel(known.channel.channel_id, "mailbox unknown")
        assert tx.outbox.get(unsent).last_error == "channel disabled: mailbox unknown"
        tx.outbox.record(in_flight, tried(in_flight, ok=False, error="timeout"), retry_at=LATER)
        assert [delivery.state for delivery in tx.outbox.list()] == ["gave_up", "gave_up"]


@pytest.mark.parametrize("state", ["paused", "ended"])
@pytest.mark.parametrize("kind", ["event.new", "digest"])
def test_who_left_while_a_killed_sender_held_their_message_gets_nothing(
    store: SqlStore, state: Literal["paused", "ended"], kind: str
) -> None:
    with store.write() as tx:
        leaver, stayer = subscribe(tx), subscribe(tx, address="bea@example.org")
        held = queue(tx, leaver, "held", kind=kind)
        assert held
        tx.outbox.claim(NOW, limit=1, lease=LEASE)
        tx.subscriptions.set_state(leaver.subscription_id, state)
        queue(tx, stayer, "other", due_at=NOW + LEASE)
        claimed = tx.outbox.claim(NOW + LEASE, limit=1, lease=LEASE)
        assert [message.message_id for message in claimed] == ["msg_other"]
        assert (tx.outbox.get(held).state, tx.outbox.get(held).last_error) == ("superseded", f"subscription {state}")


def test_what_is_queued_for_who_did_not_confirm_is_never_sent(store: SqlStore) -> None:
    with store.write() as tx:
        outbox_id = queue(tx, subscribe(tx, state="pending"), "k")
        assert outbox_id
        assert tx.outbox.claim(NOW, limit=9, lease=LEASE) == []
        assert tx.outbox.get(outbox_id).last_error == "subscription pending"


def test_what_a_killed_sender_held_for_a_channel_that_is_gone_is_given_up(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        held = queue(tx, known, "held")
        assert held
        tx.outbox.claim(NOW, limit=1, lease=LEASE)
        tx.subscriptions.disable_channel(known.channel.channel_id, "mailbox unknown")
        assert tx.outbox.claim(NOW + LEASE, limit=9, lease=LEASE) == []
        assert tx.outbox.get(held).state == "gave_up"
        assert tx.outbox.get(held).last_error == "channel disabled: mailbox unknown"


def test_unknown_ids_and_keys_are_not_found(store: SqlStore) -> None:
    with store.write() as tx:
        for ask in (
            lambda: tx.subscriptions.get(7),
            lambda: tx.subscriptions.channel(7),
            lambda: tx.subscriptions.by_key("x"),
            lambda: tx.subscriptions.set_state(7, "ended"),
            lambda: tx.subscriptions.disable_channel(7, "x"),
        ):
            with pytest.raises(NotFound):
                ask()


@pytest.mark.parametrize("written", ["ÄDA@Bücher.example", "äda@bücher.example", "äda@xn--bcher-kva.example"])
def test_a_mailbox_is_one_however_it_is_written(store: SqlStore, written: str) -> None:
    """In letters beyond ASCII too, which only one of the databases knows small and large."""
    with store.write() as tx:
        known = subscribe(tx, address="Äda@bücher.example")
        tx.subscriptions.disable_channel(known.channel.channel_id, "came back")
        assert [one.subscription_id for one in tx.subscriptions.at_address("email", written)] == [known.subscription_id]
        assert tx.returns.lift(written)
        assert not tx.returns.lift(written)
