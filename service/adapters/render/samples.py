"""Fictional messages that use everything a template can say: for `tocsin check`, for previews and for tests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time

from service.core.event import Claim, Delta, Development, Event
from service.core.health import Gap
from service.core.report import Count, Interval, Place
from service.core.subscription import Channel, ChannelKind, Mode, Quiet, Subscription, Told, Wish
from service.ports.world import ConfirmMessage, DigestItem, DigestMessage, EventMessage

OUTLETS = ("Harbour Post", "Relief Desk", "Northern Wire", "Meridian Daily")
NOW = datetime(2026, 11, 22, 18, 33, tzinfo=UTC)
KHARKIV = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city")
GENEVA = Place(name="Geneva", country="CH", lat=46.2, lon=6.15, precision="city")
ORIGINAL_QUOTE = "At least one person was killed when a bomb hit an apartment block in Saltivka, the mayor said."
GOVERNOR_QUOTE = (
    "Rescuers have recovered nine bodies from the block in Saltivka, the regional governor said, and 40 people are in "
    "hospital, 12 are missing."
)
SERVICE_QUOTE = "The emergency service counted six dead and 31 injured, two children among the dead."
DAY_QUOTE = "They are to meet in Geneva on 3 December, under a truce of 72 hours."
TALKS_QUOTE = "Both delegations have confirmed attendance in writing, the mediator's office said."


def sample_subscription(kind: ChannelKind = "email", mode: Mode = "alert") -> Subscription:
    """Return a reader in Paris, or a receiver."""
    address = "reader@example.org" if kind == "email" else "https://receiver.example/hook"
    return Subscription(
        subscription_id=1,
        channel=Channel(channel_id=1, kind=kind, address=address),
        mode=mode,
        tz="Europe/Paris",
        at=time(7, 0),
        key="sample-key",
        created_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    )


def sample_strike() -> Event:
    """Return a strike at its third revision, with a range for its toll."""
    return Event(
        event_id=1042,
        kind="strike",
        headline="Apartment block hit in Kharkiv's Saltivka district",
        first_seen=datetime(2026, 11, 22, 11, 40, tzinfo=UTC),
        last_seen=NOW,
        revision=3,
        place=KHARKIV,
        occurred=Interval(datetime(2026, 11, 22, 11, 0, tzinfo=UTC), datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        weapon=("bomb",),
        actor="Russia",
        target="Ukraine",
        killed=Count(6, 9),
        injured=Count(31, 40),
        children_killed=Count(2, 2),
        missing=Count(12, 12),
        confidence=0.9,
        sources=7,
        reports=11,
    )


def sample_talks() -> Event:
    """Return talks that have a date."""
    return Event(
        event_id=1045,
        kind="talks",
        headline="Sudan delegations agree to meet in Geneva",
        first_seen=datetime(2026, 11, 22, 18, 4, tzinfo=UTC),
        last_seen=NOW,
        place=GENEVA,
        status="scheduled",
        parties=("Sudan's army", "Rapid Support Forces"),
        mediators=("Switzerland",),
        venue=GENEVA,
        planned=Interval(datetime(2026, 12, 2, 23, 0, tzinfo=UTC), datetime(2026, 12, 3, 23, 0, tzinfo=UTC)),
        duration_h=72,
        confidence=0.7,
        sources=2,
        reports=2,
    )


def sample_claims() -> tuple[Claim, ...]:
    """Return who said what about the strike."""
    return (
        _claim("killed", [1, None], "Harbour Post", ORIGINAL_QUOTE, 11),
        _claim("killed", [6, 6], "Relief Desk", SERVICE_QUOTE, 17),
        _claim("injured", [31, 31], "Relief Desk", SERVICE_QUOTE, 17),
        _claim("children_killed", [2, 2], "Relief Desk", SERVICE_QUOTE, 17),
        _claim("killed", [9, 9], "Northern Wire", GOVERNOR_QUOTE, 18),
        _claim("missing", [12, 12], "Northern Wire", GOVERNOR_QUOTE, 18),
        _claim("injured", [40, 40], "Northern Wire", GOVERNOR_QUOTE, 18),
        _claim("killed", [9, 9], "Meridian Daily", GOVERNOR_QUOTE, 18, copy=True),
    )


def _claim(field: str, value: object, outlet: str, quote: str, hour: int, *, copy: bool = False) -> Claim:
    report_id = OUTLETS.index(outlet) + 1
    return Claim(
        field=field,
        value=value,
        report_id=report_id,
        entry_id=report_id,
        outlet=outlet,
        url=f"https://{outlet.split(maxsplit=1)[0].lower()}.example/kharkiv?id={report_id}&lang=en",
        quote=quote,
        told_at=datetime(2026, 11, 22, hour, 31, tzinfo=UTC),
        copy=copy,
    )


def sample_developments() -> tuple[Development, ...]:
    """Return new, toll changed, corrected and retracted, in that order."""
    toll = Delta(field="killed", before=[6, 7], after=[6, 9], outlet="Northern Wire", quote=GOVERNOR_QUOTE)
    place = Delta(field="place", before="Tyre", after="Kharkiv", outlet="Relief Desk", quote=SERVICE_QUOTE)
    state = Delta(
        field="state", before="live", after="retracted", outlet="Harbour Post", quote="We withdraw this report."
    )
    return (
        Development(change="new", revision=1, at=NOW, reason="first report by Harbour Post"),
        Development(change="toll_changed", revision=3, at=NOW, deltas=(toll,), reason="the reported toll rose"),
        Development(change="corrected", revision=4, at=NOW, deltas=(place,), reason="an operator corrected the place"),
        Development(change="retracted", revision=5, at=NOW, deltas=(state,), reason="Harbour Post withdrew its report"),
    )


def sample_event(kind: ChannelKind = "email") -> EventMessage:
    """Return the update on a risen toll."""
    return next(message for message in sample_events(kind) if message.kind == "event.updated")


def sample_events(kind: ChannelKind = "email") -> Iterator[EventMessage]:
    """Yield a first alert, an update, a correction, a retraction and news of talks."""
    new, toll, corrected, retracted = sample_developments()
    told = Told(kind="event.new", revision=1, state="sent", created_at=datetime(2026, 11, 22, 11, 41, tzinfo=UTC))
    first = EventMessage(
        kind="event.new",
        message_id="sample-1042-1",
        subscription=sample_subscription(kind),
        event=sample_strike(),
        development=new,
        history=(new,),
        claims=sample_claims(),
        rule="Ukraine: strikes on towns",
        told_before=(),
        now=NOW,
    )
    yield first
    yield replace(first, kind="event.updated", development=toll, history=(new, toll), told_before=(told, told))
    yield replace(first, kind="event.corrected", development=corrected, told_before=(told,))
    gone = replace(sample_strike(), state="retracted")
    yield replace(first, kind="event.retracted", event=gone, development=retracted, told_before=(told,))
    day = {"from": "2026-12-02T23:00Z", "to": "2026-12-03T23:00Z"}
    talks_claims = (
        _claim("status", "scheduled", "Meridian Daily", TALKS_QUOTE, 18),
        _claim("planned", day, "Meridian Daily", DAY_QUOTE, 18),
        _claim("duration_h", 72, "Meridian Daily", DAY_QUOTE, 18),
    )
    yield replace(first, event=sample_talks(), claims=talks_claims, rule="Sudan: talks")


def sample_gap() -> Gap:
    """Return a gap in the coverage of Sudan."""
    since = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
    names = ("Khartoum Post", "Darfur Monitor", "Harbour Post")
    return Gap(axis="country", code="SD", missing=3, of=5, since=since, cause="failing", names=names)


def sample_digest(kind: ChannelKind = "email", *, lines: int = 6) -> DigestMessage:
    """Return a digest of a strike, talks and `lines` more strikes, with one gap in coverage."""
    new, toll, _, _ = sample_developments()
    talks = next(message for message in sample_events() if message.event.kind == "talks")
    others = (
        DigestItem(
            event=replace(sample_strike(), event_id=2000 + n, headline=f"Depot {n} hit by drones", sources=2),
            developments=(new,),
            claims=sample_claims()[:2],
        )
        for n in range(1, lines + 11)
    )
    return DigestMessage(
        message_id="sample-digest-2026-11-23",
        subscription=sample_subscription(kind, "digest"),
        local_date=date(2026, 11, 23),
        window_start=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
        window_end=datetime(2026, 11, 23, 6, 0, tzinfo=UTC),
        items=(
            DigestItem(event=sample_strike(), developments=(toll,), claims=sample_claims(), earlier=(new,), told=1),
            DigestItem(event=talks.event, developments=(new,), claims=talks.claims),
            *others,
        ),
        gaps=(sample_gap(),),
        feeds_ok=40,
        feeds_all=42,
        before=8,
        quiet=(replace(sample_strike(), event_id=1999, headline="Rail depot in Dnipro struck"),),
        now=datetime(2026, 11, 23, 6, 0, tzinfo=UTC),
    )


def sample_digests() -> Iterator[DigestMessage]:
    """Yield a full digest and one of an empty day."""
    yield sample_digest()
    yield replace(sample_digest(), items=(), gaps=())


def sample_confirm() -> ConfirmMessage:
    """Return a request for a digest on two days and alerts that wait at night."""
    quiet = Quiet(start=time(22), end=time(6, 30), unless=4)
    wish = Wish(
        kind="email", address="reader@example.org", mode="both", tz="Europe/Kyiv", at="07:30", days=(1, 4), quiet=quiet
    )
    return ConfirmMessage(message_id="sample-confirm", wish=wish, token="sample-token", now=NOW)  # noqa: S106
