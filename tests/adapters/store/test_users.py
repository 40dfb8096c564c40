"""Operators, their tokens and who is signed in, on both databases."""

from datetime import timedelta

from service.adapters.store import SqlStore
from service.bootstrap.operators import OperatorDesk
from service.core.guesses import BURST, LAPSES
from service.ports.users import Session
from tests.adapters.store.making import LATER, NOW
from tests.standins import HandClock

DAY = timedelta(days=1)


def test_an_operator_is_there_once_whatever_the_case_and_can_come_back(store: SqlStore) -> None:
    with store.write() as tx:
        assert not tx.users.any()
        assert tx.users.add("Ada Łovelace", now=NOW)
        assert not tx.users.add("ADA ŁOVELACE", now=NOW)
        assert tx.users.any()
        assert tx.users.remove("ada łovelace", now=LATER)
        assert not tx.users.remove("ada łovelace", now=LATER)
        assert not tx.users.any()
        assert [user.ended_at for user in tx.users.all()] == [LATER]
        assert tx.users.add("Ada", now=LATER)
        assert tx.users.add("Ada Łovelace", now=LATER)
        assert [(user.name, user.ended_at) for user in tx.users.all()] == [("Ada", None), ("Ada Łovelace", None)]


def test_a_token_is_known_by_its_digest_until_it_ends(store: SqlStore) -> None:
    with store.write() as tx:
        tx.users.add("ada", now=NOW)
        assert tx.users.give("bea", "d0", hint="t", label="", until=None, now=NOW) is None
        kept = tx.users.give("ADA", "d1", hint="tocsin_ab", label="ci", until=None, now=NOW)
        brief = tx.users.give("ada", "d2", hint="tocsin_cd", label="", until=NOW + DAY, now=NOW)
        assert kept
        assert brief
        assert (kept.user, kept.label, kept.hint, kept.used_at) == ("ada", "ci", "tocsin_ab", None)
        tx.users.used(kept.token_id, now=LATER)
    with store.write() as tx:
        assert [token.used_at for token in tx.users.all()[0].tokens] == [LATER, None]
        assert tx.users.known("d1", now=NOW)
        assert tx.users.known("d9", now=NOW) is None
        assert tx.users.known("d2", now=NOW + DAY) is None
        assert tx.users.revoke(kept.token_id, now=LATER)
        assert not tx.users.revoke(kept.token_id, now=LATER)
        assert tx.users.known("d1", now=NOW) is None
        tx.users.remove("ada", now=LATER)
        assert tx.users.known("d2", now=NOW) is None


def test_a_session_ends_by_itself_at_the_sign_out_and_with_its_token(store: SqlStore) -> None:
    with store.write() as tx:
        tx.users.add("ada", now=NOW)
        token = tx.users.give("ada", "d1", hint="t", label="", until=NOW + DAY, now=NOW)
        assert token
        for digest in ("s1", "s2"):
            tx.users.open(digest, Session(name="ada", until=NOW + 2 * DAY, token_id=token.token_id), now=NOW)
        tx.users.open("s3", Session(name="bea", until=NOW + 2 * DAY, proof="p"), now=NOW)
    with store.write() as tx:
        assert tx.users.session("s1", now=NOW) == Session(name="ada", until=NOW + 2 * DAY, token_id=token.token_id)
        assert tx.users.session("s1", now=NOW + DAY) is None
        assert tx.users.session("s3", now=NOW + DAY)
        assert tx.users.session("s3", now=NOW + 2 * DAY) is None
        tx.users.close("s1")
        assert tx.users.session("s1", now=NOW) is None
        assert tx.users.session("s2", now=NOW)
        tx.users.revoke(token.token_id, now=NOW)
        assert tx.users.session("s2", now=NOW) is None
        tx.users.open("s4", Session(name="bea", until=NOW + 9 * DAY), now=NOW + 3 * DAY)
        assert tx.users.session("s3", now=NOW) is None


def test_wrong_tokens_are_counted_over_all_processes_and_lapse(store: SqlStore) -> None:
    """Two desks on one database are two workers: together they let as many through as one."""
    clock = HandClock(NOW)
    desks = [OperatorDesk(store=lambda: store, clock=clock, shared="") for _ in range(2)]
    for n in range(BURST):
        assert desks[n % 2].wait_s("192.0.2.7") == 0
        desks[n % 2].wrong("192.0.2.7")
    assert [desk.wait_s("192.0.2.7") for desk in desks] == [60, 60]
    assert desks[0].wait_s("192.0.2.8") == 0
    clock.at -= DAY  # set back
    assert desks[1].wait_s("192.0.2.7") == 60
    clock.at += DAY + timedelta(seconds=30)
    assert desks[1].wait_s("192.0.2.7") == 30
    clock.at += timedelta(seconds=30)
    assert desks[1].wait_s("192.0.2.7") == 0
    desks[0].wrong("192.0.2.7")
    desks[1].right("192.0.2.7")
    for _ in range(BURST - 1):
        desks[1].wrong("192.0.2.7")
    assert desks[0].wait_s("192.0.2.7") == 0
    clock.at += LAPSES + timedelta(seconds=1)
    desks[0].wrong("192.0.2.9")
    with store.read() as tx:
        assert tx.users.guesses("192.0.2.7") is None, "nothing is kept of who stopped"
