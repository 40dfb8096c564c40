"""The terminal says what is new between two looks, in one line each, in signs the terminal has."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.cli.demo.screen import Look, Screen, changed, news, people, summary
from service.core.event import Delta, Development, Event
from service.core.feed import Feed
from service.core.report import Count, Place
from service.core.subscription import Channel, Message, MessageKind
from service.ports.outbox import Delivery

START = datetime(2026, 11, 19, tzinfo=UTC)
AT = START + timedelta(hours=3, minutes=52)
KHARKIV = Place(name="Kharkiv", country="UA", lat=50.0, lon=36.2, precision="city")
EVENT = Event(
    event_id=7,
    kind="strike",
    headline="Drone hits apartment block",
    first_seen=AT,
    last_seen=AT,
    place=KHARKIV,
    killed=Count(1, 1),
    sources=2,
)
NEW = Development(change="new", revision=1, at=AT)
TOLL = Development(
    change="toll_changed",
    revision=2,
    at=AT + timedelta(hours=1),
    deltas=(Delta(field="killed", before=[1, 1], after=[6, None], outlet="Northern Wire"),),
)


def delivery(number: int, channel: int, kind: MessageKind, revision: int | None, state: str = "sent") -> Delivery:
    known = Channel(channel_id=channel, kind="email" if channel == 1 else "webhook", address="x")
    message = Message(
        outbox_id=number,
        message_id=f"m{number}",
        channel=known,
        kind=kind,
        body=b"",
        attempts=1,
        created_at=AT,
        event_id=7 if revision else None,
        revision=revision,
    )
    return Delivery(
        message=message,
        subscription_id=channel,
        subject="Digest: 3 events",
        state="pending" if state == "pending" else "sent",
        due_at=AT,
        sent_at=AT,
        last_error="",
    )


MOVED = Development(
    change="status_changed",
    revision=3,
    at=AT + timedelta(hours=2),
    deltas=(
        Delta(
            field="planned",
            before={"from": "2026-11-26T22:00Z", "to": "2026-11-27T22:00Z"},
            after={"from": "2026-11-30T00:00Z", "to": "2026-12-07T00:00Z"},
            outlet="Northern Wire",
        ),
    ),
)

FIRST = Look(
    at=AT,
    events=[EVENT],
    developments={7: [NEW]},
    deliveries=[delivery(1, 1, "event.new", 1), delivery(2, 2, "event.new", 1)],
)


def said(before: Look, after: Look, encoding: str = "utf-8", *, colour: bool = False) -> list[str]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    screen = Screen(stream, START, colour=colour)
    for line in news(before, after):
        screen.line(line)
    return raw.getvalue().decode(encoding).splitlines()


def test_a_new_event_is_one_line_with_its_messages() -> None:
    (line,) = said(Look(at=AT), FIRST)
    assert " ".join(line.split()) == "d1 03:52 ● Strike Kharkiv 1 killed 2 sources alert → mail, webhook"


def test_an_update_says_what_changed_from_what_to_what() -> None:
    after = replace(
        FIRST, developments={7: [NEW, TOLL]}, deliveries=[*FIRST.deliveries, delivery(3, 1, "event.updated", 2)]
    )
    (line,) = said(FIRST, after)
    assert "killed 1 → 6+" in line
    assert line.endswith("update → mail")
    assert "Strike" not in line


def test_nothing_is_said_twice_and_nothing_immaterial() -> None:
    after = replace(FIRST, developments={7: [NEW, replace(TOLL, material=False)]})
    assert said(FIRST, FIRST) == []
    assert said(FIRST, after) == []


def test_a_digest_and_a_feed_in_trouble_are_said() -> None:
    feed = Feed(feed_id=1, url="http://127.0.0.1/x", title="Khartoum Dispatch", due_at=AT, failures=1, last_error="503")
    after = replace(FIRST, deliveries=[*FIRST.deliveries, delivery(3, 1, "digest", None)], feeds=[feed])
    digest, trouble = said(FIRST, after)
    assert "Digest: 3 events" in digest
    assert "Khartoum Dispatch" in trouble
    (recovered,) = said(after, replace(after, feeds=[replace(feed, failures=0)]))
    assert "works again" in recovered


def test_a_terminal_without_unicode_gets_ascii() -> None:
    (line,) = said(Look(at=AT), FIRST, "ascii")
    assert "* Strike" in line
    assert "alert -> mail" in line


def test_colour_only_where_asked_for() -> None:
    assert "\x1b[" not in said(Look(at=AT), FIRST)[0]
    assert said(Look(at=AT), FIRST, colour=True)[0].startswith("\x1b[31m")


@pytest.mark.parametrize(
    ("count", "words"),
    [(Count(8, 8), "8"), (Count(8, None), "8+"), (Count(6, 9), "6–9"), (Count(None, 4), "up to 4"), (Count(), "")],
)
def test_numbers_of_people_are_ranges(count: Count, words: str) -> None:
    assert people(count) == words


def test_the_sum_counts_and_would_own_up_to_a_double_alert() -> None:
    text = " ".join(summary(replace(FIRST, set_aside={"no_cue": 60, "labour_strike": 4}), repeats=1))
    assert "1 events: 1 strikes, 0 talks" in text
    assert "2 alerts" in text
    assert "no channel was alerted to an event twice" in text
    assert "64 entries set aside: no_cue 60, labour_strike 4" in text
    twice = replace(FIRST, deliveries=[*FIRST.deliveries, delivery(3, 1, "event.new", 2)])
    assert "AN EVENT WAS ALERTED 2 TIMES" in " ".join(summary(twice, repeats=0))


def test_a_look_is_settled_when_nothing_is_due() -> None:
    assert FIRST.settled
    assert not replace(FIRST, waiting=1).settled
    assert not replace(FIRST, deliveries=[delivery(1, 1, "event.new", 1, "pending")]).settled


def test_a_look_is_not_settled_while_a_feed_is_to_be_polled_or_its_poll_is_under_way() -> None:
    due = Feed(feed_id=1, url="http://127.0.0.1/x", due_at=AT, lease_token="somebody polls it")
    later = Feed(feed_id=2, url="http://127.0.0.1/y", due_at=AT + timedelta(seconds=1))
    muted = Feed(feed_id=3, url="http://127.0.0.1/z", due_at=AT, state="muted")
    assert replace(FIRST, feeds=[later, muted]).settled
    assert replace(FIRST, feeds=[later, due], waiting=2).behind == "1 feeds to poll, 2 entries to judge"


def test_days_are_told_as_days() -> None:
    assert changed(MOVED) == "planned 27 Nov → 30 Nov–6 Dec"
