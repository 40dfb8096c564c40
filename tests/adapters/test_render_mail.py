"""Mails as bytes: what stands on the wire, and that no feed can change it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import resources
from service.adapters.maps import Cartographer
from service.adapters.render import Renderer
from service.adapters.render.digest_view import digest_view
from service.adapters.render.samples import (
    sample_claims,
    sample_confirm,
    sample_digest,
    sample_digests,
    sample_event,
    sample_events,
    sample_gap,
    sample_strike,
)
from service.core.errors import BadConfig
from service.core.event import Delta, Development
from service.core.report import Count
from service.ports.world import DigestItem, DigestMessage, EventMessage, Rendered
from service.ports.world import Renderer as RendererPort

BASE = "https://tocsin.example"
HOSTILE = [
    "Strike\r\nBcc: spy@example.org",
    "Strike\n\n<script>alert(1)</script>",
    "line\u2028separator\u2029paragraph\x85next\x0bvertical\x0cfeed",
    "lone \ud800 surrogate \udfff",
    "\u202eturned around\u202c",
    "x" * 10_000,
    "слово " * 2_000,
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %} =?utf-8?q?=0d=0aX:1?=",
    "\x00\x01\x1b[31m",
    "\N{EN DASH}" * 300,
    "",
]


@cache
def renderer(base_url: str = BASE, mail_from: str = "Tocsin <alerts@tocsin.example>") -> Renderer:
    """Return a renderer of the shipped templates that fails the test if one does not work."""
    shipped = resources.folders("templates", None)
    maps = Cartographer(resources.shipped("config") / "map" / "countries.json")
    return Renderer(shipped, base_url=base_url, mail_from=mail_from, on_fallback=pytest.fail, maps=maps)


def opened(rendered: Rendered) -> tuple[EmailMessage, str, str]:
    """Read the bytes back: the message, its text, its HTML."""
    mail = message_from_bytes(rendered.body, policy=default)
    assert isinstance(mail, EmailMessage)
    text, rest = mail.iter_parts()
    html = next(part for part in rest.walk() if part.get_content_type() == "text/html")
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    return mail, text.get_content(), html.get_content()


def opened_bare(rendered: Rendered) -> list[str]:
    """Read back the texts of a mail without a map."""
    mail = message_from_bytes(rendered.body, policy=default)
    return [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]


def head(rendered: Rendered) -> list[str]:
    """Return the header lines exactly as they are on the wire."""
    return rendered.body.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")


class _Text(HTMLParser):
    """What a reader sees of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._skip = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]
        self._skip += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.words.append(data)


def numbers(text: str) -> set[str]:
    """Return every number in it that is not part of an address."""
    return set(re.findall(r"\d+", re.sub(r"https?://\S+", "", text)))


def test_it_keeps_the_ports_promises() -> None:
    """The renderer is what the pipeline asks for."""
    port: RendererPort = renderer()
    assert port


def test_headers_are_literal_on_the_wire() -> None:
    """Every header a mail program acts on stands in one line, unencoded."""
    lines = head(renderer().event(sample_event()))
    assert "Message-ID: <sample-1042-1@tocsin.example>" in lines
    assert "Date: Sun, 22 Nov 2026 18:33:00 +0000" in lines
    assert "From: Tocsin <alerts@tocsin.example>" in lines
    assert "To: reader@example.org" in lines
    assert "References: <evt.1042@tocsin.example>" in lines
    assert "In-Reply-To: <evt.1042@tocsin.example>" in lines
    assert "List-Id: Tocsin alerts <alerts.tocsin.example>" in lines
    assert f"List-Unsubscribe: <{BASE}/s/sample-key/unsubscribe>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert f"List-Help: <{BASE}/s/sample-key>" in lines
    assert f"List-Archive: <{BASE}/e/1042>" in lines
    assert "Precedence: bulk" in lines
    assert "Feedback-ID: ::alerts:tocsinexample" in lines
    assert "Auto-Submitted: auto-generated" in lines
    assert "X-Auto-Response-Suppress: All" in lines
    assert "MIME-Version: 1.0" in lines


@pytest.mark.parametrize("length", [40, 60, 77, 78, 79, 120, 300, 900])
def test_the_unsubscribe_address_is_literal_at_any_length(length: int) -> None:
    """RFC 8058 wants the address itself; the standard library would encode a long one."""
    base = "https://tocsin.example/" + "a" * (length - len(BASE) - 1)
    lines = head(renderer(base).digest(sample_digest()))
    assert f"List-Unsubscribe: <{base}/s/sample-key/unsubscribe>" in lines


def test_where_mail_can_come_back_a_mail_unsubscribes_too() -> None:
    """The link stays first and literal; the address names the message and nothing of the reader's."""
    shipped = resources.folders("templates", None)
    sender, back = "alerts@tocsin.example", "bounces@дзвін.example"
    send = Renderer(shipped, base_url=BASE, mail_from=sender, bounces_to=back, on_fallback=pytest.fail)
    lines = head(send.event(sample_event()))
    domain = "дзвін".encode("idna").decode()
    by_mail = f"<mailto:bounces+sample-1042-1@{domain}.example?subject=unsubscribe>"
    assert f"List-Unsubscribe: <{BASE}/s/sample-key/unsubscribe>, {by_mail}" in lines


def test_it_is_text_and_html_in_that_order_and_quoted_printable() -> None:
    mail, text, html = opened(renderer().event(sample_event()))
    parts = [(part.get_content_type(), part["content-transfer-encoding"]) for part in mail.walk()]
    assert parts == [
        ("multipart/alternative", None),
        ("text/plain", "quoted-printable"),
        ("multipart/related", None),
        ("text/html", "quoted-printable"),
        ("image/png", "base64"),
    ]
    assert text.startswith("TOCSIN, UPDATE 2.")
    assert html.lower().startswith("<!doctype html>")


@pytest.mark.parametrize("message", [sample_event(), sample_digest()], ids=lambda message: message.message_id)
def test_one_picture_and_it_is_inside_the_mail(message: EventMessage | DigestMessage) -> None:
    """No mail program asks anybody for anything; who sees no pictures reads the places."""
    send = renderer()
    rendered = send.event(message) if isinstance(message, EventMessage) else send.digest(message)
    mail, _, html = opened(rendered)
    (tag,) = re.findall(r"<img[^>]*>", html)
    source, alt = (re.search(rf' {name}="([^"]*)"', tag) for name in ("src", "alt"))
    (image,) = (part for part in mail.walk() if part.get_content_type() == "image/png")
    assert source
    assert alt
    assert source[1] == "cid:map@tocsin.example"
    assert image["content-id"] == "<map@tocsin.example>"
    assert image["content-disposition"].content_disposition == "inline"
    content = image.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.startswith(b"\x89PNG")
    assert "Kharkiv, Ukraine" in alt[1]
    assert "Boundaries follow UN practice and imply no endorsement" in html
    assert not re.search(
        r"(?i)(src|background|href)=[\"']?(https?:)?//(?!tocsin|northern|relief|harbour|meridian)", html
    )
    assert len(rendered.body) <= 150_000


def test_what_a_mail_ends_with_is_the_same_for_all_its_readers() -> None:
    """The picture is counted as shared, to the byte; nothing of a reader's own is in it."""
    message, send = sample_event(), renderer()
    theirs = replace(message, message_id="other", subscription=replace(message.subscription, key="other-key"))
    one, two = send.event(message), send.event(theirs)
    assert one.shared == two.shared > 10_000
    assert one.body[-one.shared :] == two.body[-two.shared :]
    assert one.body[: -one.shared].endswith(b"</html>\r\n") or b"</html>" in one.body[: -one.shared][-80:]


@pytest.mark.parametrize("change", [{"place": None}, {"state": "retracted"}], ids=["no place", "withdrawn"])
def test_a_mail_without_a_place_to_show_has_no_map(change: dict[str, Any]) -> None:
    """And then it is as simple as can be."""
    message = sample_event()
    rendered = renderer().event(replace(message, event=replace(message.event, **change)))
    mail, _, html = opened(rendered)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<img" not in html
    assert rendered.shared == 0


def test_the_same_message_is_the_same_bytes() -> None:
    assert renderer().event(sample_event()).body == renderer().event(sample_event()).body


def test_no_line_is_longer_than_the_wire_allows() -> None:
    for rendered in (*map(renderer().event, sample_events()), *map(renderer().digest, sample_digests())):
        lines = rendered.body.split(b"\r\n")
        assert max(map(len, lines)) <= 998
        assert b"\n" not in b"".join(lines)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("event.new", "Strike, Kharkiv: {}, 6\N{EN DASH}9 killed"),
        ("event.updated", "Update: Strike, Kharkiv: {}, 6\N{EN DASH}9 killed"),
        ("event.corrected", "Correction: Strike, Kharkiv: {}, 6\N{EN DASH}9 killed"),
        ("event.retracted", "Retraction: Strike, Kharkiv: {}"),
    ],
)
def test_a_subject_says_what_kind_of_news_it_is(kind: str, subject: str) -> None:
    """First news, update, correction and retraction can be told apart in the inbox."""
    message = next(message for message in sample_events() if message.kind == kind)
    rendered = renderer().event(message)
    assert rendered.subject == subject.format(sample_strike().headline)
    assert opened(rendered)[0]["subject"] == rendered.subject


@pytest.mark.parametrize(
    ("headline", "subject"),
    [
        ("El Fasher truce collapses", "Update: Talks: El Fasher truce collapses"),
        ("Envoys leave Cairo without a word", "Update: Talks: Envoys leave Cairo without a word, collapsed"),
    ],
)
def test_a_subject_says_the_state_of_talks_once(headline: str, subject: str) -> None:
    message = sample_event()
    talks = replace(message.event, kind="talks", place=None, headline=headline, status="collapsed")
    assert renderer().event(replace(message, event=talks)).subject == subject


def test_a_digests_subject_counts() -> None:
    full, empty = (renderer().digest(message).subject for message in sample_digests())
    assert full == "Digest: 18 events, 102\N{EN DASH}153 killed, 1 move in talks"
    assert empty == "Digest: no new reports, 40 of 42 feeds answered, 23 November 2026"


def test_a_long_headline_gives_way_and_the_toll_stays() -> None:
    event = replace(sample_strike(), headline="word " * 100)
    subject = renderer().event(replace(sample_event(), event=event)).subject
    assert len(subject) <= 150
    assert subject.endswith("…, 6\N{EN DASH}9 killed")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:24])
def test_no_headline_quote_or_name_can_inject_or_break(words: str) -> None:
    """Line breaks, controls, surrogates, markup and floods, in every place a feed can write to."""
    claims = [replace(claim, outlet=words, quote=words, url=words) for claim in sample_claims()]
    event = replace(sample_strike(), headline=words, actor=words, target=words, parties=(words,))
    alert = replace(sample_event(), event=event, claims=claims, rule=words)
    item = DigestItem(event=event, developments=(), claims=claims)
    digest = replace(sample_digest(), items=[item] * 20, gaps=[replace(sample_gap(), names=(words,))])
    for rendered in (renderer().event(alert), renderer().digest(digest)):
        mail, text, html = opened(rendered)
        assert not mail.defects
        assert "bcc" not in {name.lower() for name in mail}
        assert len(mail["subject"]) <= 150
        assert all(char.isprintable() for char in mail["subject"])
        assert not re.search("[\ud800-\udfff\u202a-\u202e\u2028\u2029\x00-\x08\x0b\x0c\x0e-\x1f\x85]", text + html)
        seen = _Text(html)
        assert "script" not in seen.tags
        assert seen.tags.count("img") <= 1
        assert all(link.startswith("https://") for link in seen.links)
        assert len(html.encode()) <= 80_000


@settings(max_examples=60, deadline=None)
@given(headline=st.text(), outlet=st.text(), key=st.text(max_size=40))
def test_any_text_at_all_makes_a_proper_mail(headline: str, outlet: str, key: str) -> None:
    """Whatever characters there are, the header block keeps its lines and the parts come out."""
    message = sample_event()
    claims = [replace(claim, outlet=outlet, quote=headline) for claim in message.claims]
    subscription = replace(message.subscription, key=key)
    event = replace(message.event, headline=headline)
    rendered = renderer().event(replace(message, event=event, claims=claims, subscription=subscription))
    assert {line.split(":")[0] for line in head(rendered) if not line.startswith(" ")} == WRITTEN
    assert not opened(rendered)[0].defects


WRITTEN = {
    "Message-ID",
    "Date",
    "From",
    "To",
    "Subject",
    "References",
    "In-Reply-To",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Archive",
    "Auto-Submitted",
    "Precedence",
    "Feedback-ID",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}


@pytest.mark.parametrize("message", [*sample_events(), *sample_digests()], ids=lambda message: message.message_id)
def test_text_and_html_say_the_same_numbers(message: EventMessage | DigestMessage) -> None:
    """A reader of either part learns the same facts, to the digit."""
    send = renderer()
    rendered = send.event(message) if isinstance(message, EventMessage) else send.digest(message)
    _, text, html = opened(rendered)
    assert numbers(text) == numbers(" ".join(_Text(html).words))


def test_every_number_has_its_quote_and_source_in_both_parts() -> None:
    """The ends of the range are each in the words of who said them, with a link."""
    _, text, html = opened(renderer().event(sample_event()))
    seen = " ".join(" ".join(_Text(html).words).split())
    for part in (" ".join(text.split()), seen):
        assert "Rescuers have recovered nine bodies" in part
        assert "The emergency service counted six dead" in part
        assert "Northern Wire" in part
    links = set(_Text(html).links)
    assert {link for link in links if "northern" in link} == {"https://northern.example/kharkiv?id=3&lang=en"}
    assert "https://northern.example/kharkiv?id=3&lang=en" in text


def test_both_parts_lead_to_the_event_the_settings_and_the_way_out() -> None:
    _, text, html = opened(renderer().event(sample_event()))
    for link in (f"{BASE}/e/1042", f"{BASE}/s/sample-key", f"{BASE}/s/sample-key/unsubscribe"):
        assert link in text
        assert link in _Text(html).links


@pytest.mark.parametrize("contact", ["https://desk.example/contact", "mailto:desk@example.org"])
def test_a_mails_foot_leads_to_who_can_put_it_right_where_they_said_how(contact: str) -> None:
    reached = Renderer(
        resources.folders("templates", None),
        base_url=BASE,
        mail_from="alerts@tocsin.example",
        on_fallback=pytest.fail,
        contact_url=contact,
    )
    for message in (sample_event(), sample_digest()):
        made = reached.digest(message) if isinstance(message, DigestMessage) else reached.event(message)
        assert all("Tell us what is wrong" in part and contact in part for part in opened_bare(made))
    assert "Tell us" not in opened(renderer().event(sample_event()))[1]


def test_a_digest_offers_alerts_instead() -> None:
    _, text, html = opened(renderer().digest(sample_digest()))
    assert "Change it, or get alerts instead: https://tocsin.example/s/" in text
    assert "Change it, or get alerts instead</a>" in html


def test_a_quote_that_is_the_headline_is_not_said_twice() -> None:
    event, claims = sample_strike(), sample_claims()
    said = [replace(claim, quote=f"{event.headline}.") for claim in claims]
    digest = replace(sample_digest(), items=[DigestItem(event=event, developments=(), claims=said)])
    _, text, _ = opened(renderer().digest(digest))
    assert text.count(event.headline) == 2, "in the first line, and above the event"
    assert "Relief Desk: " in text, "who says so stays"


def test_a_retraction_does_not_repeat_the_toll_as_news() -> None:
    message = next(message for message in sample_events() if message.kind == "event.retracted")
    _, text, html = opened(renderer().event(message))
    for part in (text, html):
        assert "has been withdrawn" in part
        assert "We had reported: 6\N{EN DASH}9 killed" in part
        assert "reported killed" not in part


def test_an_empty_day_says_that_silence_is_not_good_news() -> None:
    _, text, _ = opened(renderer().digest(list(sample_digests())[1]))
    assert "No new reports." in text
    assert "Nothing reported does not mean that nothing happened." in " ".join(text.split())
    assert "40 of 42 feeds answered in this period." in text


def test_a_digest_shows_twelve_events_in_full_and_the_rest_in_a_line_each() -> None:
    _, text, html = opened(renderer().digest(sample_digest()))
    assert html.count("<h3") == 12
    assert text.count("- Strike, Kharkiv, Ukraine: Depot") == 6
    assert "3 of 5 feeds for Sudan have failed since 22 November 09:14 UTC (Khartoum Post," in " ".join(text.split())
    assert (
        "Toll up: Apartment block hit in Kharkiv's Saltivka district: 6\N{EN DASH}9 killed, was 6\N{EN DASH}7 killed."
        in text
    )


@pytest.mark.parametrize(
    ("field", "before", "after", "words"),
    [
        ("killed", [4, 4], [3, 4], "3–4 killed, was 4 killed"),
        ("injured", None, [12, 12], "12 injured"),
        ("actor", None, "Russia", "attributed to Russia"),
        ("actor", "Russia", "Belarus", "attributed to Belarus, was Russia"),
        ("status", "scheduled", "collapsed", "collapsed, was scheduled"),
    ],
)
def test_what_changed_is_said_as_one_would_say_it(field: str, before: object, after: object, words: str) -> None:
    delta = Delta(field=field, before=before, after=after, outlet="Harbour Post", quote="")
    step = Development(change="toll_changed", revision=2, at=sample_digest().now, deltas=(delta,))
    item = DigestItem(event=sample_strike(), developments=(step,), claims=(), told=1)
    (changed,) = digest_view(replace(sample_digest(), items=[item], quiet=()), base_url=BASE).changed
    assert changed.text == f"{words}."


def test_readers_are_told_of_rules_by_the_titles_they_chose_them_by_and_programs_by_ids() -> None:
    made = Renderer(
        resources.folders("templates", None),
        base_url=BASE,
        mail_from="alerts@tocsin.example",
        on_fallback=pytest.fail,
        titles=lambda rule_id: f"Title, {rule_id}",
    )
    event, digest, confirm = next(iter(sample_events())), sample_digest(), sample_confirm()
    rules = ("first", "second")
    digest = replace(digest, subscription=replace(digest.subscription, rules=rules))
    _, text, html = opened(made.event(replace(event, rule="first")))
    assert "Sent because it matches Title, first." in text
    assert "Title, first" in html
    _, text, html = opened(made.digest(digest))
    assert "for Title, first; Title, second." in " ".join(text.split())
    assert "rules=first%2Csecond" in html
    _, text, _ = opened(made.confirm(replace(confirm, wish=replace(confirm.wish, rules=rules))))
    assert "About: Title, first; Title, second." in " ".join(text.split())
    hook = next(iter(sample_events("webhook")))
    assert b'"rule":"first"' in made.event(replace(hook, rule="first")).body.replace(b": ", b":")


def test_a_flood_of_events_stays_within_the_limit_and_says_how_many_are_left_out() -> None:
    """Three hundred events with long foreign words: at most 80 kB of HTML, the rest counted."""
    words = "слово " * 60
    claims = [replace(claim, outlet=words, quote=words * 4) for claim in sample_claims()]
    event = replace(sample_strike(), headline=words)
    items = [DigestItem(event=replace(event, event_id=n), developments=(), claims=claims) for n in range(300)]
    _, text, html = opened(renderer().digest(replace(sample_digest(), items=items)))
    assert len(html.encode()) <= 80_000
    assert re.search(r"\d{3} more on the web", text)


def test_a_digest_in_a_script_of_more_bytes_gives_up_its_map_before_its_events() -> None:
    """Every letter of a quote in Ukrainian takes six bytes on the wire: twelve events in full all the same."""
    quote = "Рятувальники дістали з-під завалів будинку дев'ятьох загиблих, повідомив голова обласної адміністрації."
    message = sample_digest(lines=30)
    claims = [replace(claim, quote=f"{claim.outlet}: {quote}") for claim in sample_claims()]
    items = [replace(item, claims=claims, event=replace(item.event, headline=quote[:70])) for item in message.items]
    rendered = renderer().digest(replace(message, items=tuple(items)))
    mail, _, html = opened(rendered)
    assert html.count("<h3") == 12
    assert len(rendered.body) <= 150_000
    assert "image/png" not in {part.get_content_type() for part in mail.walk()} or rendered.shared < 30_000


def test_a_digests_sum_stays_open_where_one_toll_is_open() -> None:
    items = [
        DigestItem(event=replace(sample_strike(), killed=killed), developments=(), claims=())
        for killed in (Count(6, 9), Count(8, None), None, Count(None, None))
    ]
    assert "at least 14 killed" in renderer().digest(replace(sample_digest(), items=items)).subject


def test_only_what_was_withdrawn_is_left_of_a_withdrawn_event() -> None:
    """A retracted event is a line under what changed, neither a card nor in the sum."""
    message = sample_digest()
    gone = replace(message.items[0], event=replace(sample_strike(), state="retracted"))
    rendered = renderer().digest(replace(message, items=[gone]))
    assert rendered.subject == "Digest: 1 change to earlier events, 23 November 2026"
    assert "Withdrawn: Apartment block hit" in opened(rendered)[1]


@pytest.mark.parametrize(
    "mail_from", ["nobody", "a@b\r\nBcc: x@y", "Tocsin <>", "", "two@x.example, three@x.example\n", "@example.org"]
)
def test_a_sender_that_is_no_address_is_refused_with_the_way_out(mail_from: str) -> None:
    with pytest.raises(BadConfig) as caught:
        renderer(mail_from=mail_from)
    assert "TOCSIN_MAIL_FROM" in caught.value.located()


def test_names_and_domains_in_any_script_reach_the_wire_in_ascii() -> None:
    send = renderer(mail_from="Дзвін <alerts@дзвін.example>")
    message = sample_event()
    channel = replace(message.subscription.channel, address="reader@пошта.example")
    rendered = send.event(replace(message, subscription=replace(message.subscription, channel=channel)))
    assert rendered.body.isascii()
    assert f"To: reader@{'пошта'.encode('idna').decode()}.example" in head(rendered)
    assert opened(rendered)[0]["from"].addresses[0].display_name == "Дзвін"


def test_a_mailbox_in_any_script_stands_in_the_mail_as_it_is() -> None:
    message = sample_event()
    channel = replace(message.subscription.channel, address="ада@пошта.example")
    body = renderer().event(replace(message, subscription=replace(message.subscription, channel=channel))).body
    assert f"\r\nTo: ада@{'пошта'.encode('idna').decode()}.example\r\n".encode() in body


def test_long_foreign_subjects_are_folded_into_encoded_words_of_legal_length() -> None:
    event = replace(sample_strike(), headline="Удар по житловому будинку в Харкові " * 5)
    lines = head(renderer().event(replace(sample_event(), event=event)))
    assert max(len(word) for line in lines for word in line.split() if word.startswith("=?")) <= 75


def test_dates_are_those_of_the_message_not_of_the_machine() -> None:
    at = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert "Date: Thu, 02 Jan 2031 03:04:05 +0000" in head(renderer().event(replace(sample_event(), now=at)))


def test_the_operators_folder_may_be_missing(tmp_path: Path) -> None:
    """A folder that does not exist overrides nothing."""
    folders = [tmp_path / "none", *resources.folders("templates", None)]
    send = Renderer(folders, base_url=BASE, mail_from="a@b.example", on_fallback=pytest.fail)
    assert not send.event(sample_event()).fell_back


def test_a_digest_says_what_changed_since_the_readers_own_last_one() -> None:
    """What was told before and changed, what nothing more was heard of, and how many events are new to this reader."""
    message = sample_digest()
    _, text, _ = opened(renderer().digest(message))
    assert "WHAT CHANGED SINCE YOUR LAST DIGEST" in text
    assert "- New: 17 events, below." in text
    assert "- Toll up: " in text
    assert "- No news: Rail depot in Dnipro struck: nothing further since." in text
    assert "18\nevents, 8 in the last digest" in text or "18 events, 8 in the last digest" in text
    never = [replace(item, told=None) for item in message.items]
    _, text, _ = opened(renderer().digest(replace(message, items=never, quiet=())))
    assert "WHAT CHANGED" not in text


def test_the_copy_on_the_web_has_the_stretch_and_the_rules_and_nobodys_name() -> None:
    message = sample_digest()
    _, text, _ = opened(renderer().digest(message))
    (url,) = re.findall(r"Read on the web: (\S+)", text)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert urlsplit(url).path == "/digest/2026-11-23"
    assert (asked["since"], asked["until"]) == ("2026-11-22T06:00:00Z", "2026-11-23T06:00:00Z")
    assert asked.get("rules", "") == ",".join(message.subscription.rules)
    assert message.subscription.key not in url
