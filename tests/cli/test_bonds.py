"""What operators said, taken from one store into a replay: merged, split, parted and removed again as by hand."""

import json
from pathlib import Path

import pytest

from service.cli.bonds import Bonds, read_bonds
from service.cli.entries import read_rows
from service.core.errors import BadInput
from tests.cli.test_event_edits import ROWS
from tests.commands import tocsin

MORE = [
    ROWS[0],  # a: Kharkiv
    ROWS[1],  # b: Tyre
    ROWS[2],  # c: Kharkiv, joined to a
    ROWS[2] | {"id": "f", "feed": "Harbour Post", "published": "2026-03-04T07:20:00Z"},  # the same text
]


def replay(folder: Path, *flags: str) -> list[list[str]]:
    """Return the ids in each event, in order of the first."""
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in MORE))
    done = tocsin("replay", str(rows), *flags, environ={})
    assert done.returncode == 0, done.stderr
    together: dict[int, list[str]] = {}
    for line in map(json.loads, done.stdout.splitlines()):
        for report in line.get("reports", ()):
            together.setdefault(report["event_id"], []).append(line["id"])
    return sorted(together.values())


def test_what_was_merged_split_and_removed_by_hand_is_so_again_in_a_replay(tmp_path: Path) -> None:
    desk = {"TOCSIN_DATA_DIR": str(tmp_path)}
    assert replay(tmp_path, "--store", f"sqlite:///{tmp_path / 'tocsin.db'}") == [["a", "c", "f"], ["b"]]
    by_title = _reports(desk, 1)
    for words in (
        ("merge", "1", "2"),
        ("split", "1", str(by_title["c"])),
        ("remove", "1", str(by_title["f"])),
    ):
        done = tocsin("events", *words, environ=desk)
        assert done.returncode == 0, done.stderr
    bonds = tmp_path / "bonds.jsonl"
    bonds.write_text(tocsin("events", "bonds", environ=desk).stdout)
    assert replay(tmp_path, "--bonds", str(bonds)) == [["a", "b"], ["c"]]


def test_what_was_corrected_and_retracted_by_hand_is_so_again_in_a_replay(tmp_path: Path) -> None:
    """However late it was said, and though what it was said of joins another event there."""
    desk = {"TOCSIN_DATA_DIR": str(tmp_path)}
    replay(tmp_path, "--store", f"sqlite:///{tmp_path / 'tocsin.db'}")
    for words in (
        ("correct", "1", "killed=20-25", "weapon=drone"),
        ("correct", "1", "killed=30"),
        ("retract", "2", "--reason", "a drill"),
        ("correct", "1", "actor=Northland"),
        ("undo", "5"),
    ):
        done = tocsin("events", *words, environ=desk)
        assert done.returncode == 0, done.stderr
    said = tocsin("events", "bonds", environ=desk).stdout
    assert [json.loads(line)["field"] for line in said.splitlines()] == ["weapon", "killed", "state"]
    bonds, events = tmp_path / "bonds.jsonl", tmp_path / "events.jsonl"
    bonds.write_text(said)
    assert replay(tmp_path, "--bonds", str(bonds), "--events", str(events)) == [["a", "c", "f"], ["b"]]
    tyre, kharkiv = sorted(map(json.loads, events.read_text().splitlines()), key=lambda event: str(event["state"]))[
        ::-1
    ]
    assert tyre["state"] == "retracted"
    assert (kharkiv["killed"], kharkiv["weapon"]) == ({"min": 30, "max": 30}, ["drone"])
    assert kharkiv["actor"] != "Northland"
    assert "retracted" in events.read_text()


def _reports(desk: dict[str, str], event_id: int) -> dict[str, int]:
    shown = json.loads(tocsin("events", "show", str(event_id), "--json", environ=desk).stdout)
    ids = {(row["feed"], row["published"]): row["id"] for row in MORE}
    return {ids[account["outlet"], account["told_at"]]: account["report_id"] for account in shown["accounts"]}


def test_entries_are_named_by_feed_and_id_by_address_or_by_an_id_of_one_row(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"id": "1", "feed": "A", "title": "x", "link": "https://a.example/x?utm_source=rss"}\n'
        '{"id": "1", "feed": "B", "title": "y"}\n{"id": "2", "feed": "B", "title": "z"}\n'
    )
    said = tmp_path / "bonds.jsonl"
    ends = [
        ({"id": "1", "feed": "B"}, {"url": "https://a.example/x"}),
        ({"id": "2", "feed": "renamed"}, {"id": "1", "feed": "A"}),
        ({"id": "1", "feed": "renamed"}, {"id": "2", "feed": "B"}),
        ({"id": "gone"}, {"id": "2"}),
    ]
    said.write_text(
        "".join(
            json.dumps({"kind": "strike", "together": True, "left": left, "right": right}) + "\n"
            for left, right in ends
        )
    )
    found = Bonds.between([row for row in read_rows(rows) if not isinstance(row, BadInput)], read_bonds(said))
    assert [(left, right) for _, left, right in found.waiting] == [(("B", "1"), ("A", "1")), (("B", "2"), ("A", "1"))]
    assert found.unknown == 2
    assert found.ready({("B", "1"): 7}) == []
    ready = found.ready({("B", "1"): 7, ("A", "1"): 8})
    assert [(bond.left, bond.right) for bond in ready] == [(7, 8)]


@pytest.mark.parametrize(
    "line",
    [
        "no",
        "[]",
        "{}",
        '{"kind": "fire", "together": true, "left": {"id": "a"}, "right": {"id": "b"}}',
        '{"kind": "strike", "together": 1, "left": {"id": "a"}, "right": {"id": "b"}}',
        '{"kind": "strike", "together": true, "left": {}, "right": {"id": "b"}}',
        '{"kind": "strike", "together": true, "left": {"id": 7}, "right": {"id": "b"}}',
        '{"kind": "strike", "together": true, "left": "a", "right": {"id": "b"}}',
        '{"kind": "strike", "field": "killed", "value": "many", "of": {"id": "a"}}',
        '{"kind": "strike", "field": "headline", "value": "x", "of": {"id": "a"}}',
        '{"kind": "strike", "field": "state", "value": "live", "of": {"id": "a"}}',
        '{"kind": "strike", "field": "killed", "value": [1, 2]}',
    ],
)
def test_what_is_no_bond_is_refused_by_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "bonds.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(BadInput) as wrong:
        read_bonds(path)
    assert wrong.value.line == 2
    with pytest.raises(BadInput):
        read_bonds(tmp_path / "absent.jsonl")
