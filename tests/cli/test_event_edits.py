"""`tocsin events merge|split|correct|undo|log`, and replay telling where each report is in the end."""

import json
from pathlib import Path

import pytest

from service.bootstrap.curating import event_id_of, fact_of
from service.core.errors import BadInput
from tests.commands import tocsin

ROWS = [
    {
        "id": "a",
        "feed": "Northern Wire",
        "lang": "en",
        "published": "2026-03-04T06:00:00Z",
        "title": "Three killed as Russian missile hits flats in Kharkiv",
        "summary": "A Russian missile hit a block of flats in the city of Kharkiv and killed three, the governor said.",
    },
    {
        "id": "b",
        "feed": "Harbour Post",
        "lang": "en",
        "published": "2026-03-04T06:30:00Z",
        "title": "Israeli air strike on Tyre kills two, ministry says",
        "summary": "Two people were killed in an Israeli air strike on Tyre in Lebanon, the health ministry said.",
    },
    {
        "id": "c",
        "feed": "Meridian Daily",
        "lang": "en",
        "published": "2026-03-04T07:00:00Z",
        "title": "Kharkiv block hit by Russian missile, three dead",
        "summary": "A Russian missile hit a block of flats in Kharkiv and killed three people, the mayor said.",
    },
    {
        "id": "d",
        "feed": "Harbour Post",
        "lang": "en",
        "published": "2026-03-04T12:00:00Z",
        "title": "Israel and Lebanon agree to ceasefire",
        "summary": "The ceasefire between Israel and Lebanon takes effect at midnight, both governments said.",
    },
    {
        "id": "e",
        "feed": "Northern Wire",
        "lang": "en",
        "published": "2026-03-06T12:00:00Z",
        "title": "Israeli air strike on Sidon kills four in violation of ceasefire",
        "summary": "An Israeli air strike on Sidon in southern Lebanon killed four, the health ministry said.",
    },
]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A database that a replay of three reports of two events filled."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    done = tocsin("replay", str(rows), "--store", f"sqlite:///{tmp_path / 'tocsin.db'}", environ={})
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[report["event_id"] for report in line["reports"]] for line in lines[:3]] == [[1], [2], [1]]
    return {"TOCSIN_DATA_DIR": str(tmp_path)}


def test_events_are_merged_by_id_or_link_shown_in_the_log_and_undone(environ: dict[str, str]) -> None:
    # Strikes on two countries: only a person would say so.
    merged = tocsin("events", "merge", "1", "https://desk.example/events/2", "--reason", "one raid", environ=environ)
    assert merged.returncode == 0, merged.stderr
    assert merged.stdout.startswith("event 2 is now event 1")
    log = json.loads(tocsin("events", "log", "--json", environ=environ).stdout)
    assert [(act["what"], act["event_id"], act["other_id"], act["reason"]) for act in log] == [
        ("merge", 1, 2, "one raid")
    ]
    assert tocsin("events", "undo", str(log[0]["act_id"]), environ=environ).returncode == 0
    shown = json.loads(tocsin("events", "show", "2", "--json", environ=environ).stdout)
    assert (shown["state"], len(shown["accounts"])) == ("live", 1)


def test_events_of_an_interval_are_listed_and_more_of_them_is_said(environ: dict[str, str]) -> None:
    def ids(*words: str) -> tuple[list[int], str]:
        done = tocsin("events", "list", "--json", *words, environ=environ)
        assert done.returncode == 0, done.stderr
        return [event["event_id"] for event in json.loads(done.stdout)], done.stderr

    assert ids() == ([], ""), "they are months old, or months ahead"
    assert ids("--from", "2026-03-04", "--to", "2026-03-04") == ([3, 1, 2], "")
    assert ids("--from", "20260304", "--to", "2026-W10-3") == ids("--from", "2026-03-04", "--to", "2026-03-04")
    assert ids("--from", "1960-01-01", "--to", "1961-01-01") == ([], "")
    assert ids("--from", "2026-03-04T06:45Z", "--to", "2026-03-04T12:00Z") == ([1], "")
    some, said = ids("--from", "2026-01-01", "--limit", "2")
    assert (len(some), "there are more" in said) == (2, True)
    for words in (
        ("--from", "soon"),
        ("--to", "2026-13-01"),
        ("--days", "2", "--to", "2026-03-01"),
        ("--kind", "fire"),
    ):
        assert tocsin("events", "list", *words, environ=environ).returncode == 64


def test_a_strike_that_breaks_a_truce_shows_which(environ: dict[str, str]) -> None:
    listed = json.loads(tocsin("events", "list", "--days", "3650", "--json", environ=environ).stdout)
    (truce,) = (event["event_id"] for event in listed if event["status"] == "agreed")
    strikes = (event for event in listed if event["kind"] == "strike")
    (strike,) = (event["event_id"] for event in strikes if event["place"]["name"] == "Sidon")
    shown = json.loads(tocsin("events", "show", str(strike), "--json", environ=environ).stdout)
    assert [(one["how"], one["event_id"], one["other_id"]) for one in shown["relations"]] == [
        ("violates", strike, truce)
    ]
    words = tocsin("events", "show", str(truce), environ=environ).stdout
    assert f"event {strike} violates {truce}: it breaks the truce of Israel" in words


def test_a_fact_is_corrected_and_what_cannot_be_is_wrong_usage(environ: dict[str, str]) -> None:
    done = tocsin("events", "correct", "1", "killed=4-6", "weapon=missile,drone", environ=environ)
    assert done.returncode == 0, done.stderr
    shown = json.loads(tocsin("events", "show", "1", "--json", environ=environ).stdout)
    assert (shown["killed"], shown["weapon"]) == ({"min": 4, "max": 6}, ["drone", "missile"])
    wrong = tocsin("events", "correct", "1", "killed=many", environ=environ)
    assert (wrong.returncode, wrong.stdout) == (64, "")
    assert "8-12" in wrong.stderr


def test_what_cannot_be_done_names_what_is_wrong_and_the_way_out(environ: dict[str, str]) -> None:
    """And changes nothing."""
    assert tocsin("events", "retract", "1", environ=environ).returncode == 0
    assert tocsin("events", "correct", "1", "not a strike", environ=environ).returncode == 0
    before = tocsin("events", "log", "--json", environ=environ).stdout
    for words, said in (
        (("retract", "1"), "retracted already"),
        (("split", "1", "4711"), "4711: no such report in event 1"),
        (("split", "1", "9" * 30), "9" * 30),
        (("split", "4711", "1"), "no event 4711"),
        (("remove", "1", "4711"), "report 4711 is not of event 1"),
        (("undo", "4711"), "number 4711"),
        (("undo", "9" * 30), "too large"),
    ):
        done = tocsin("events", *words, environ=environ)
        assert (done.returncode, done.stdout) == (64 if words[0] != "undo" and words[1] != "4711" else 2, ""), done
        assert said in " ".join(done.stderr.split()).replace("\u2502", ""), done.stderr
    assert tocsin("events", "log", "--json", environ=environ).stdout == before
    undone = tocsin("events", "undo", "2", environ=environ).stdout
    assert undone.startswith("2 is undone. The event is still retracted, as ")
    assert undone.endswith("To take that back: tocsin events undo 1\n")
    assert tocsin("events", "undo", "1", environ=environ).stdout == "1 is undone.\n"


@pytest.mark.parametrize(
    ("text", "event_id"), [("17", 17), ("https://desk.example/events/17", 17), ("/events/17/?from=mail", 17)]
)
def test_an_event_is_named_by_id_or_link(text: str, event_id: int) -> None:
    assert event_id_of(text) == event_id


@pytest.mark.parametrize("text", ["", "seventeen", "https://desk.example/"])
def test_what_names_no_event_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        event_id_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("killed=8", [8, 8]),
        ("killed=8-12", [8, 12]),
        ("injured=30-", [30, None]),
        ("parties=Northland, Southland", ["Northland", "Southland"]),
        ("status=agreed", "agreed"),
        ("missing=12", [12, 12]),
        ("duration_h=72", 72),
        ("duration_h=3 days", 72),
        ("planned=2026-12-03", {"from": "2026-12-03T00:00Z", "to": "2026-12-04T00:00Z"}),
        ("planned=2026-12-03T10:00+03:00", {"from": "2026-12-03T07:00Z", "to": "2026-12-03T07:01Z"}),
    ],
)
def test_a_fact_is_read_as_its_field_wants_it(text: str, value: object) -> None:
    assert fact_of(text)[1] == value


def test_a_place_is_looked_for_where_the_event_is_and_abroad_only_by_its_country() -> None:
    def country(text: str, at_home: str) -> object:
        value = fact_of(f"place={text}", at_home=at_home)[1]
        return value["country"] if isinstance(value, dict) else value

    assert (country("Kharkiv", ""), country("Kharkiv", "UA"), country("Kharkiv, UA", "SD")) == ("UA", "UA", "UA")
    assert country("Odessa", "UA") == "UA"
    assert country("Odessa, US", "UA") == "US"
    with pytest.raises(BadInput, match="no 'Kharkiv' is known in SD"):
        country("Kharkiv", "SD")


@pytest.mark.parametrize(
    "text", ["planned=soon", "planned=9999-12-31T23:59:59-20:00", "duration_h=a while", "duration_h=-3"]
)
def test_a_fact_that_is_not_readable_says_so(text: str) -> None:
    with pytest.raises(BadInput):
        fact_of(text)
