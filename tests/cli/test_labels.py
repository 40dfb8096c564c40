"""`tocsin events correct`, `tocsin labels`, `tocsin judge --backtest`: what was judged wrongly is not lost."""

import json
from pathlib import Path
from typing import Any

from tests.cli.test_event_edits import ROWS, environ  # noqa: F401  the same database
from tests.commands import tocsin

Environ = dict[str, str]


def labels(environ: Environ) -> list[dict[str, Any]]:  # noqa: F811
    out = tocsin("labels", "export", environ=environ)
    assert out.returncode == 0, out.stderr
    return [json.loads(line) for line in out.stdout.splitlines()]


def test_what_is_not_a_strike_is_kept_as_examples_and_measured_until_it_is_undone(
    environ: Environ,  # noqa: F811
    tmp_path: Path,
) -> None:
    done = tocsin("events", "correct", "1", "not a strike", "--reason", "a drill", "--json", environ=environ)
    assert done.returncode == 0, done.stderr
    (act,) = json.loads(done.stdout)
    assert (act["what"], act["reason"]) == ("retract", "a drill")
    kept = labels(environ)
    assert [(row["title"], row["kind"], row["new"], row["reason"]) for row in kept] == [
        (ROWS[at]["title"], "none", "no", "a drill") for at in (0, 2)
    ]
    file = tmp_path / "labels.jsonl"
    assert tocsin("labels", "export", str(file), environ=environ).returncode == 0
    measured = tocsin("judge", "--backtest", str(file), "--json", environ=environ)
    assert measured.returncode == 0, measured.stderr
    said = json.loads(measured.stdout)
    assert said["entries"] == 2
    assert said["strike"]["new"] == {"p": 0.0, "r": 0.0, "f1": 0.0, "n": 0}
    assert [(error["what"], error["right"], error["said"]) for error in said["errors"]] == [
        ("false alarm", "no strike", "new")
    ] * 2
    assert tocsin("events", "undo", str(act["act_id"]), environ=environ).returncode == 0
    assert labels(environ) == []


def test_an_entry_that_was_missed_is_labelled_and_the_list_shows_it(environ: Environ) -> None:  # noqa: F811
    added = tocsin("labels", "add", "2", "both", "--country", "LB", "--reason", "a truce broken", environ=environ)
    assert added.stdout == "entry 2 is labelled both\n", added.stderr
    shown = tocsin("labels", "list", environ=environ).stdout
    assert "both" in shown
    assert ROWS[1]["title"][:20] in shown
    (row,) = labels(environ)
    assert (row["kind"], row["new"], row["country"]) == ("both", "yes", "LB")
    wrong = tocsin("labels", "add", "2", "riot", environ=environ)
    assert wrong.returncode == 64
    assert "one of strike, talks, both, none" in wrong.stderr
    assert tocsin("labels", "add", "99", "strike", environ=environ).returncode != 0


def test_talks_cannot_be_said_of_a_strike(environ: Environ) -> None:  # noqa: F811
    wrong = tocsin("events", "correct", "1", "not talks", environ=environ)
    assert wrong.returncode == 64
    assert 'say "not a strike"' in wrong.stderr


def test_people_get_a_table_and_a_line_for_each_error_and_bad_lines_are_named(tmp_path: Path) -> None:
    rows = [
        {**ROWS[0], "kind": "strike", "new": "yes", "country": "UA", "killed_min": 4},
        {**ROWS[1], "kind": "strike", "new": "yes", "country": "LB", "killed_min": 2},
        {**ROWS[2], "kind": "perhaps"},
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + "no JSON\n")
    done = tocsin("judge", "--backtest", str(file), environ={"TOCSIN_DATA_DIR": str(tmp_path)})
    assert done.returncode == 1
    assert "2 entries, 1 errors" in done.stdout
    assert "strike wrong killed  is 4, was 3" in done.stdout
    assert f"{file}:3" in done.stderr
    assert f"{file}:4" in done.stderr
