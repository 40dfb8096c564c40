"""What a reader would read, and what is safe to show."""

import time

import pytest

from service.adapters.parse.text import plain, sanitised

BASE = "https://outlet.example/a/"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain  words\n here", "plain words here"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("One<br>Two<br/>Three", "One Two Three"),
        ("a<b>b</b>c", "abc"),
        ("AT&amp;T &lt;3", "AT&T <3"),
        ("AT&T 3 < 5 > 2", "AT&T 3 < 5 > 2"),
        ("caf&eacute; &#8217; &#x2019;", "café ’ ’"),
        ("x<script>spy()</script>y<style>p{}</style>z", "xyz"),
        ("a<!-- hidden -->b", "ab"),
        ("zero\u200bwidth \u202eturned\u202c \ufeffmark", "zerowidth turned mark"),
        ("bell\x07 null\x00 lone\ud800", "bell null lone"),
        ("non\u00a0breaking", "non breaking"),
        ("<a href='x>y'>link</a>", "link"),
        ("<div" * 3, ""),
        ("", ""),
    ],
)
def test_markup_becomes_what_a_reader_would_read(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<p onclick=x>Hi</p>", "<p>Hi</p>"),
        ("<script>x</script><iframe src=//e></iframe>ok", "ok"),
        ("<img src='/i.png' onerror=x>", '<img src="https://outlet.example/i.png">'),
        ("<a href='javascript:x'>y</a>", '<a rel="noopener noreferrer nofollow">y</a>'),
        ("3 < 5 & so", "3 &lt; 5 &amp; so"),
        ("<b>open", "<b>open</b>"),
    ],
)
def test_what_is_shown_is_safe(markup: str, safe: str) -> None:
    assert sanitised(markup, BASE) == safe


def test_short_links_on_a_long_address_do_not_grow_without_bounds() -> None:
    assert len(sanitised("<a href=x>y</a>" * 10_000, BASE + "a/" * 900)) < 400_000
    assert len(sanitised("<a href=x>y</a>" * 10, BASE + "a/" * 9_000)) < 1_000


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 40_000 + "deep",
        "<div></b>" * 20_000 + "deep",
        "<b><i>" * 20_000 + "deep",
        "<!--" * 50_000 + "deep",
        "<a<b" * 50_000 + "deep",
        "&" * 200_000,
        "<p " + "a=1 " * 40_000 + ">deep",
    ],
    ids=["nested", "with stray ends", "formatting", "comments", "unclosed", "ampersands", "attributes"],
)
def test_no_markup_takes_long(bomb: str) -> None:
    started = time.monotonic()
    plain(bomb)
    sanitised(bomb, BASE)
    assert time.monotonic() - started < 2
