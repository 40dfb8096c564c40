"""Texts as quoted-printable, with places left open."""

import quopri
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service import resources
from service.adapters.render import Renderer
from service.adapters.render.quoted import quoted, sheet
from service.adapters.render.samples import sample_digest, sample_event
from service.core.subscription import Told
from tests.adapters.test_render_mail import head, opened, renderer

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300)


def lines_of(encoded: bytes) -> list[bytes]:
    assert b"\n" not in encoded.replace(b"\r\n", b"")
    return encoded.split(b"\r\n")


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(TEXT, min_size=1, max_size=4), word=st.text(min_size=1, max_size=200).map(lambda s: s.strip()))
@example(parts=["000" + "\x80" * 10 + "\U00010000" + "0", ""], word="0")
def test_what_is_filled_in_reads_as_if_it_had_been_there(parts: list[str], word: str) -> None:
    """Any text around any word: decoded, it is the text with the word; no line is too long or left ragged."""
    word = "".join(char for char in word if char.isprintable() and char != " ")
    encoded = sheet("MARK".join(parts), {"own": "MARK"}).filled({"own": word})
    wanted = word.join(parts)
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == wanted
    assert all(len(line) <= 76 and not line.endswith((b" ", b"\t")) for line in lines_of(encoded))


def test_nothing_in_a_text_can_end_it_or_be_changed_on_the_way() -> None:
    """Boundaries, lone dots, mailbox separators, bare line ends and lone surrogates."""
    encoded = quoted("=_alt_0\r.\nFrom here\n\ud800 \nend ")
    assert b"=_" not in encoded
    assert not re.search(rb"(?m)^(From |\.\r?$)", encoded)
    assert encoded.isascii()
    assert quopri.decodestring(encoded) == b"=_alt_0\r\n.\r\nFrom here\r\n? \r\nend "


def test_readers_of_the_same_news_get_the_same_mail_but_for_their_own_links() -> None:
    """Two readers, one rendering; each gets their own links, in both parts."""
    send, message = renderer(), sample_event()
    mails = {
        key: send.event(replace(message, subscription=replace(message.subscription, key=key))) for key in ("aa", "b&b")
    }
    for key, link in (("aa", "/s/aa"), ("b&b", "/s/b%26b")):
        _, text, html = opened(mails[key])
        for part in (text, html):
            assert set(re.findall(r"/s/[^/\"\s<]+", part)) == {link}
        assert f"List-Unsubscribe: <https://tocsin.example{link}/unsubscribe>" in head(mails[key])


@pytest.mark.parametrize("filters", ["upper", "truncate(9, true, '')", "urlencode", "replace('a', 'b')", "length"])
def test_a_template_may_do_anything_with_a_readers_links(tmp_path: Path, filters: str) -> None:
    """What cannot be shared is rendered for each reader: never with the links of another."""
    (tmp_path / "alert").mkdir()
    shipped = resources.folders("templates", None)
    html = (shipped[0] / "alert" / "body.html").read_text()
    (tmp_path / "alert" / "body.html").write_text(html.replace("m.urls.manage", f"m.urls.manage|{filters}"))
    send = Renderer(
        [tmp_path, *shipped], base_url="https://t.example", mail_from="a@b.example", on_fallback=pytest.fail
    )
    plain, message = renderer("https://t.example", "a@b.example"), sample_event()
    for key in ("reader-one", "reader-two", "reader-one"):
        theirs = replace(message, subscription=replace(message.subscription, key=key))
        others = {"reader-one", "reader-two"} - {key}
        _, text, html = opened(send.event(theirs))
        assert opened(plain.event(theirs))[1] == text
        assert not re.search("|".join(others), html, re.IGNORECASE)
        assert f"/s/{key}/unsubscribe" in html


def test_a_changed_template_counts_at_once(tmp_path: Path) -> None:
    """What is remembered of a rendering is not what an operator has just replaced."""
    (tmp_path / "alert").mkdir()
    folders = [tmp_path, *resources.folders("templates", None)]
    send = Renderer(folders, base_url="https://t.example", mail_from="a@b.example", on_fallback=pytest.fail)
    before = send.event(sample_event()).subject
    (tmp_path / "alert" / "subject.txt").write_text("Ours: {{ m.subject }}")
    assert send.event(sample_event()).subject == f"Ours: {before}"


def test_an_update_answers_the_last_mail_this_reader_got_about_the_event() -> None:
    """The event's own root first, then what was sent; what never left is no part of the thread."""
    message = sample_event()
    first = Told(kind="event.new", revision=1, state="sent", created_at=message.now, message_id="msg_1")
    told = [
        first,
        replace(first, message_id="msg_2", state="superseded"),
        replace(first, message_id="msg_3"),
        replace(first, message_id="msg_4", state="gave_up"),
    ]
    lines = "\n".join(head(renderer().event(replace(message, told_before=told))))
    ids = "<evt.1042@tocsin.example>", "<msg_1@tocsin.example>", "<msg_3@tocsin.example>"
    assert f"References: {ids[0]}\n {ids[1]}\n {ids[2]}\n" in lines
    assert f"In-Reply-To: {ids[2]}\n" in lines
    digest = "\n".join(head(renderer().digest(sample_digest())))
    assert "References" not in digest
