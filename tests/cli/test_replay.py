"""`tocsin replay`: a line is judged with its own words, at its own time, in order, and it says the same each time."""

import json
from pathlib import Path
from typing import Any

from tests.commands import tocsin

STRIKE = "A Russian missile hit a block of flats in the city of Kharkiv and killed {}, the governor said."


def row(row_id: str, minute: int, title: str, summary: str, **more: str) -> dict[str, Any]:
    at = f"2026-03-04T06:{minute:02}:00Z"
    return (
        {"id": row_id, "feed": "Northern Wire", "lang": "en", "published": at}
        | more
        | {
            "title": title,
            "summary": summary,
        }
    )


def killed(row_id: str, minute: int, count: str, **more: str) -> dict[str, Any]:
    return row(row_id, minute, f"{count.title()} killed as missile hits Kharkiv", STRIKE.format(count), **more)


def quiet(row_id: str, minute: int, **more: str) -> dict[str, Any]:
    return row(row_id, minute, "Museum opens in Kharkiv", "The museum shows paintings of three centuries.", **more)


def replay(folder: Path, rows: list[dict[str, Any]]) -> tuple[list[tuple[str, list[str], int]], list[dict[str, Any]]]:
    """Return of each line its id, the decisions and the alerts; and the events."""
    file, events = folder / "rows.jsonl", folder / "events.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = tocsin("replay", str(file), "--events", str(events), environ={})
    assert done.returncode == 0, done.stderr
    *lines, _ = map(json.loads, done.stdout.splitlines())
    said = [(line["id"], [report["decision"] for report in line["reports"]], line["alerts"]) for line in lines]
    return said, [json.loads(line) for line in events.read_text().splitlines()]


def test_each_version_of_an_entry_is_judged_with_its_own_words(tmp_path: Path) -> None:
    """Though all of them come within one chunk, under one id or at one address."""
    at = "https://wire.example/kharkiv"
    said, (event,) = replay(
        tmp_path,
        [
            quiet("a", 0),
            killed("b", 1, "three", link=at),
            killed("a", 2, "four"),
            killed("c", 3, "five", link=at),
            killed("b", 4, "seven", link=at),
        ],
    )
    assert said == [("a", [], 0), ("b", ["new"], 1), ("a", ["joined"], 0), ("c", ["joined"], 0), ("b", ["joined"], 0)]
    assert event["revision"] == 3
    assert (event["killed"]["max"], event["reports"]) == (7, 2)


def test_an_edit_waits_for_what_was_told_before_it(tmp_path: Path) -> None:
    """An entry edited into a strike is a copy of what another feed told earlier, not the other way."""
    filler = [quiet(f"f{number}", number, feed="Harbour Post") for number in range(1, 55)]
    said, _ = replay(
        tmp_path, [quiet("a", 0), *filler, killed("b", 56, "three", feed="Harbour Post"), killed("a", 57, "three")]
    )
    assert [line for line in said if line[1]] == [("b", ["new"], 1), ("a", ["copy"], 0)]


def test_one_id_in_two_feeds_is_two_entries(tmp_path: Path) -> None:
    said, _ = replay(tmp_path, [killed("1", 0, "three"), quiet("1", 1, feed="Harbour Post")])
    assert said == [("1", ["new"], 1), ("1", [], 0)]


def test_the_same_lines_say_the_same_each_time(tmp_path: Path) -> None:
    rows = [killed("a", 0, "three"), quiet("a", 1), killed("b", 2, "four"), quiet("a", 2), killed("a", 3, "nine")]
    assert replay(tmp_path, rows) == replay(tmp_path, rows)
