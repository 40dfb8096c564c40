"""Pages in the worker that can be killed: the article and nothing else comes out, whatever goes in."""

import time
from collections.abc import Iterator

import pytest

from service.adapters.parse import ParseWorker
from service.core.feed import PageText

pytest.importorskip("trafilatura", reason="the extra `articles` is not installed")

LINES = (
    "A missile hit the central market of Kharkiv on Wednesday morning, when it was full of people.",
    "At least eight people were killed and 24 wounded, the regional governor said in a statement.",
    "Rescuers were still searching the rubble in the afternoon, and the market remains closed until further notice.",
)
OTHERS = "Air strike on Odesa port kills 90"


def page(*, body: str = "", charset: str = "utf-8") -> bytes:
    article = "".join(f"<p>{line}</p>" for line in LINES)
    return (
        f'<!doctype html><html><head><meta charset="{charset}"><title>Strike on market</title>'
        "<script>var x = 'Drone attack kills 77';</script></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/war'>War</a></li></ul></nav>"
        f"<article><h1>Strike on market in Kharkiv</h1>{article}"
        f"<p><a href='/2'>{OTHERS}</a></p>{body}</article>"
        "<section class='comments'><p>Somebody says that 500 people were killed, really.</p></section>"
        "<footer><p>All rights reserved by Harbour Post.</p></footer></body></html>"
    ).encode(charset)


@pytest.fixture(scope="module")
def reader() -> Iterator[ParseWorker]:
    with ParseWorker(budget_s=30) as worker:
        yield worker


def read(reader: ParseWorker, body: bytes, content_type: str = "text/html") -> PageText:
    return reader.read_page(body, url="https://harbourpost.example/1", content_type=content_type)


def test_the_article_comes_out_and_nothing_around_it(reader: ParseWorker) -> None:
    """A teaser for another strike, a comment or a script must not lend its toll to this one."""
    assert read(reader, page()) == PageText(text=" ".join(LINES))


def test_feeds_and_pages_go_through_the_same_worker(reader: ParseWorker) -> None:
    assert read(reader, page()).text
    assert read(reader, page()).text


def test_old_encodings_are_read(reader: ParseWorker) -> None:
    cyrillic = "<p>Ракета влучила в ринок у Харкові, загинули щонайменше вісім людей, сказав голова області.</p>"  # noqa: RUF001
    found = read(reader, page(body=cyrillic, charset="windows-1251"), "text/html; charset=windows-1251")
    assert "загинули щонайменше вісім людей" in found.text


def test_a_long_page_is_cut(reader: ParseWorker) -> None:
    long = "".join(f"<p>{LINES[1]} It was number {n} of many.</p>" for n in range(600))
    assert 19_000 < len(read(reader, page(body=long)).text) <= 20_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"%PDF-1.7", "application/pdf"), (b"{}", "application/json"), (b"words", "text/html"), (b"", "text/html")],
)
def test_what_is_no_page_is_refused_in_words(reader: ParseWorker, body: bytes, content_type: str) -> None:
    assert "not a page" in read(reader, body, content_type).error


@pytest.mark.parametrize("body", [b"\0<p>", b"<" * 10_000, bytes(range(256)) * 100, b"<p>\xff\xfe</p>", b"\xff\xfe<"])
def test_no_bytes_raise(reader: ParseWorker, body: bytes) -> None:
    found = read(reader, body)
    assert len(found.text) < 20_001


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>" + b"<div>" * 400_000,
        b"<html><body>" + b"<p>a" * 500_000,
        b"<html><body><p>" + b"<span>x</span> " * 130_000,
        b"<html><body>" + b"<div><p>Hello world, this is a text.</p></div>" * 230_000,
        b"<html>" + b"<!--" * 500_000,
    ],
    ids=["deep", "paragraphs", "spans", "ten megabytes", "comments"],
)
def test_hostile_pages_are_answered_within_five_seconds(body: bytes) -> None:
    with ParseWorker() as reader:
        started = time.monotonic()
        found = read(reader, body)
        assert time.monotonic() - started < 5.5
        assert not (found.text and found.error)


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    slow = b"<html><body>" + b"<p>a" * 500_000
    with ParseWorker(budget_s=0.05) as hasty:
        assert "not read within" in read(hasty, slow).error
        hasty._budget_s = 30
        assert read(hasty, page()).text
