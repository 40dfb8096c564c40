"""One event as a Common Alerting Protocol message, version 1.2 (OASIS, 1 July 2010; ITU-T X.1303).

Each revision of an event is a message of its own: an Alert first, then Updates, a Cancel once it is withdrawn; each
names all that came before it, so that a receiver who missed some still takes the latest in their place. What it says
depends on the event alone, so that it can be given at any time.

`status` is never Actual unless the operator says so: nobody has checked what machines read in the news. For the same
reason it is never `Observed`, and asks nobody to do anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.adapters.render.clean import HEADLINE, NAME, QUOTE, clean, web_url
from service.adapters.render.view import EventView, event_view
from service.adapters.render.words import place_words
from service.core.event import Claim, Development, Event
from service.core.rules import severity

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
EXPIRES = timedelta(hours=24)
MOST_REFERENCES = 40
SEVERITIES = {5: "Extreme", 4: "Severe", 3: "Moderate", 2: "Minor", 1: "Unknown"}
CERTAINTIES = {"high": "Likely", "medium": "Possible", "low": "Unknown"}
RADII_KM = {"city": 10, "region": 100}
UNVERIFIED = "This repeats what sources report. Nobody has verified it."
WITHDRAWN = "The report behind this event has been withdrawn."

register_namespace("", NAMESPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapEvent:
    """An event with its developments, oldest first; `before` are events that were found to be the same as it."""

    event: Event
    developments: Sequence[Development]
    claims: Sequence[Claim] = ()
    before: Mapping[int, Sequence[Development]]


def cap(told: CapEvent, *, base_url: str, status: str) -> bytes:
    """Return the latest message about an event, as UTF-8 XML."""
    event, host = told.event, urlsplit(base_url).hostname or "tocsin.invalid"
    messages = [*_messages(told, host)]
    latest, sent = messages[-1]
    kind = "Cancel" if event.state == "retracted" else "Update" if messages[:-1] else "Alert"
    view = event_view(event, told.claims, base_url=base_url, max_quotes=2)
    alert = Element(f"{{{NAMESPACE}}}alert")
    head = {"identifier": latest, "sender": host, "sent": moment(sent), "status": status, "msgType": kind}
    note = {"note": WITHDRAWN} if kind == "Cancel" else {"note": UNVERIFIED}
    earlier = [f"{host},{identifier},{moment(at)}" for identifier, at in messages[:-1]]
    references = {"references": " ".join(earlier[-MOST_REFERENCES:])} if earlier else {}
    _add(alert, head | {"source": "Tocsin", "scope": "Public"} | note | references)
    _add(alert, {"incidents": f"{host}.event.{event.event_id}"})
    info = SubElement(alert, f"{{{NAMESPACE}}}info")
    _add(info, _info(event, view, sent=sent))
    for name, value in _parameters(event, view):
        _add(SubElement(info, f"{{{NAMESPACE}}}parameter"), {"valueName": name, "value": value})
    if event.place:
        _area(info, event)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(alert, encoding="utf-8"))


def moment(at: datetime) -> str:
    """Return a time as CAP wants it: whole seconds, and an offset that is never `Z` (section 3.3.2)."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _messages(told: CapEvent, host: str) -> Iterator[tuple[str, datetime]]:
    """Yield identifier and time of each message there was: those of what was found to be the same first."""
    for event_id, developments in told.before.items():
        yield from ((f"{host}.event.{event_id}.{item.revision}", item.at) for item in _by_revision(developments))
    own = _by_revision(told.developments)
    for item in own:
        yield f"{host}.event.{told.event.event_id}.{item.revision}", item.at
    if not own:
        yield f"{host}.event.{told.event.event_id}.{told.event.revision}", told.event.first_seen


def _by_revision(developments: Sequence[Development]) -> list[Development]:
    """Return one for each revision, the last that was kept of it."""
    return [*{item.revision: item for item in developments}.values()]


def _info(event: Event, view: EventView, *, sent: datetime) -> dict[str, str]:
    grave = "Unknown" if event.state == "retracted" else SEVERITIES[severity(event)]
    withdrawn = f"{WITHDRAWN} " if event.state == "retracted" else ""
    quotes = [f"“{quote.quote}” ({quote.outlet})" for quote in view.quotes if quote.quote]
    said = [
        part for part in (view.opening, view.when, f"{view.confidence.capitalize()} confidence: {view.sources}") if part
    ]
    onset = {"onset": moment(event.occurred.start)} if event.occurred else {}
    return {
        "language": "en",
        "category": "Security" if event.kind == "strike" else "Other",
        "event": "Reported military strike" if event.kind == "strike" else "Reported ceasefire talks",
        "urgency": "Unknown",
        "severity": grave,
        "certainty": CERTAINTIES[view.confidence],
        "effective": moment(sent),
        **onset,
        "expires": moment(sent + EXPIRES),
        "senderName": "Tocsin",
        "headline": view.headline,
        "description": clean(f"{withdrawn}{'. '.join(said)}. {' '.join(quotes)} {UNVERIFIED}", 4 * QUOTE),
        **({"web": view.url} if web_url(view.url) else {}),
    }


def _parameters(event: Event, view: EventView) -> Iterator[tuple[str, str]]:
    for name in ("killed", "injured", "children_killed", "missing"):
        count = getattr(event, name)
        for bound in ("min", "max"):
            if count and getattr(count, bound) is not None:
                yield f"{name}_{bound}", str(getattr(count, bound))
    yield "sources", str(event.sources)
    yield "confidence", view.confidence
    yield "revision", str(event.revision)
    if event.status:
        yield "status", clean(event.status, NAME)


def _area(info: Element, event: Event) -> None:
    place = event.place
    if place is None:
        return
    area = SubElement(info, f"{{{NAMESPACE}}}area")
    radius = RADII_KM.get(place.precision)
    known = place.lat is not None and place.lon is not None and radius is not None
    circle = {"circle": f"{place.lat:.4f},{place.lon:.4f} {radius}"} if known else {}
    _add(area, {"areaDesc": clean(place_words(place), HEADLINE) or "Unknown"} | circle)
    if place.country:
        _add(
            SubElement(area, f"{{{NAMESPACE}}}geocode"),
            {"valueName": "ISO 3166-1", "value": clean(place.country, NAME)},
        )


def _add(parent: Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        SubElement(parent, f"{{{NAMESPACE}}}{name}").text = value
