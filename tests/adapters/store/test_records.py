from service.adapters.store import SqlStore
from service.core.subscription import Notice
from tests.adapters.store.making import LATER, NOW, event, subscribe

SENT = Notice(kind="event.new", code="new", reason="nobody was told yet", due_at=NOW)
HELD = Notice(kind=None, code="same", reason="nothing new in it", supersede=True)


def test_decisions_come_back_whole_oldest_first(store: SqlStore) -> None:
    with store.write() as tx:
        sub_id, event_id = subscribe(tx).subscription_id, tx.events.create(event())
        tx.decisions.add(sub_id, event_id, 1, "kyiv", SENT, NOW)
        assert tx.decisions.of(sub_id, event_id) == [(NOW, 1, "kyiv", SENT)]
        tx.decisions.add(sub_id, event_id, 2, "", HELD, LATER)
    with store.read() as tx:
        assert tx.decisions.of(sub_id, event_id) == [(NOW, 1, "kyiv", SENT), (LATER, 2, "", HELD)]
        assert tx.decisions.of(sub_id, 99) == []


def test_a_rules_text_is_kept_when_it_differs_from_the_last(store: SqlStore) -> None:
    with store.write() as tx:
        noted = [tx.rules.note("kyiv", text, author="ada", reason=f"r{n}", now=NOW) for n, text in enumerate("aabba")]
        assert noted == [True, False, True, False, True]
        assert tx.rules.note("odesa", "a", author="bea", reason="", now=LATER)
        found = tx.rules.history("kyiv")
        assert [(version.number, version.text, version.reason) for version in found] == [
            (3, "a", "r4"),
            (2, "b", "r2"),
            (1, "a", "r0"),
        ]
        assert (found[0].at, found[0].author, found[0].channel) == (NOW, "ada", "file")
        assert tx.rules.history("lviv") == []


def test_a_removed_rule_has_a_version_without_text(store: SqlStore) -> None:
    with store.write() as tx:
        assert not tx.rules.note("lviv", "", author="ada", reason="never there", now=NOW)
        assert tx.rules.note("kyiv", "a", author="ada", reason="", now=NOW, channel="web", file="rules/a.yaml")
        assert tx.rules.latest() == {"kyiv": "a"}
        assert tx.rules.note("kyiv", "", author="ada", reason="over", now=LATER)
        assert tx.rules.latest() == {}
    with store.read() as tx:
        assert [(version.text, version.channel, version.file) for version in tx.rules.history("kyiv")] == [
            ("", "file", ""),
            ("a", "web", "rules/a.yaml"),
        ]


def test_what_is_read_from_files_is_kept_where_it_differs(store: SqlStore) -> None:
    with store.write() as tx:
        tx.rules.note_read({"kyiv": ("a", "rules/a.yaml"), "lviv": ("b", "rules/a.yaml")}, now=NOW)
        tx.rules.note_read({"kyiv": ("a", "rules/a.yaml"), "lviv": ("", ""), "odesa": ("", "")}, now=LATER)
    with store.read() as tx:
        assert tx.rules.latest() == {"kyiv": "a"}
        assert [version.reason for version in tx.rules.history("kyiv")] == ["read from a.yaml"]
        assert [version.reason for version in tx.rules.history("lviv")] == [
            "no file has it any more",
            "read from a.yaml",
        ]
        assert tx.rules.history("odesa") == []


def test_accepted_files_are_replaced_as_a_whole(store: SqlStore) -> None:
    with store.write() as tx:
        assert tx.rules.accept({"rules/a.yaml": "a", "0/lists.yaml": "l"}, now=NOW)
        assert not tx.rules.accept({"rules/a.yaml": "a", "0/lists.yaml": "l"}, now=NOW)
        before = tx.rules.accepted_digests()
        assert tx.rules.accept({"rules/a.yaml": "A", "rules/b.yaml": "b"}, now=LATER)
    with store.read() as tx:
        assert tx.rules.accepted() == {"rules/a.yaml": "A", "rules/b.yaml": "b"}
        assert tx.rules.accepted_digests().keys() == {"rules/a.yaml", "rules/b.yaml"}
        assert tx.rules.accepted_digests()["rules/a.yaml"] != before["rules/a.yaml"]


def test_a_machine_that_is_behind_overwrites_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        assert tx.rules.accept({"rules/a.yaml": "1", "rules/b.yaml": "b"}, machine="east", now=NOW)
        assert not tx.rules.accept({"rules/a.yaml": "1", "rules/b.yaml": "b"}, machine="west", now=NOW)
        assert tx.rules.accept({"rules/a.yaml": "2"}, machine="east", now=LATER)
        behind = {"rules/a.yaml": "1", "rules/b.yaml": "b"}
        assert not tx.rules.accept(behind, machine="west", now=LATER)
        assert tx.rules.accepted() == {"rules/a.yaml": "2"}
        assert not tx.rules.accept({}, machine="west", now=LATER)
        assert tx.rules.files()["rules/b.yaml"].digest == ""
        assert tx.rules.accept({"rules/a.yaml": "3"}, machine="west", now=LATER)
        assert tx.rules.accepted() == {"rules/a.yaml": "3"}
        assert not tx.rules.accept({"rules/a.yaml": "2"}, machine="east", now=LATER)
        assert tx.rules.accept({"rules/a.yaml": "2"}, machine="west", now=LATER)
        assert tx.rules.accept(behind, machine="east", now=LATER, over=True)
        assert tx.rules.accepted() == behind
        assert {file.machine for file in tx.rules.files().values()} == {"east"}


def test_the_last_heartbeat_counts(store: SqlStore) -> None:
    with store.write() as tx:
        tx.heartbeats.beat("clock", NOW)
        tx.heartbeats.beat("worker", NOW)
        tx.heartbeats.beat("clock", LATER)
    with store.read() as tx:
        assert tx.heartbeats.all() == {"clock": LATER, "worker": NOW}
