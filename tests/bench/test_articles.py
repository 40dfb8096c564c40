"""How fast articles are read: milliseconds a page, the process and its pipes included."""

import time

import pytest

from service.adapters.parse import ParseWorker

pytestmark = pytest.mark.bench
pytest.importorskip("trafilatura", reason="the extra `articles` is not installed")

PAGES = 60
WORDS = "Rescuers searched the rubble of the market in Kharkiv on Wednesday, the governor said in statement number {n}."
MENU = "".join(f'<li class="item"><a href="/section/{n}">Section {n}</a></li>' for n in range(300))
TEASER = (
    '<div class="teaser"><a href="/{n}"><img src="/{n}.jpg" alt=""><span>Another headline, number {n}</span></a></div>'
)


def page(number: int, *, paragraphs: int = 40, teasers: int = 500) -> bytes:
    """A page as outlets send them: 5 kB of article in 100 kB of everything else."""
    article = "".join(f"<p>{WORDS.format(n=number * 1000 + n)}</p>" for n in range(paragraphs))
    around = "".join(TEASER.format(n=n) for n in range(teasers))
    script = f"<script>window.state = {'{}'};{'var a = 1;' * 2000}</script>"
    return (
        f"<!doctype html><html><head><title>Strike {number}</title>{script}</head><body><nav><ul>{MENU}</ul></nav>"
        f"<main><article><h1>Missile strike on Kharkiv market</h1>{article}</article></main>"
        f"<aside>{around}</aside></body></html>"
    ).encode()


def test_pages_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [page(number) for number in range(PAGES)]
    with ParseWorker(budget_s=60) as reader:
        started = time.perf_counter()
        assert read(reader, pages[0])
        first = time.perf_counter() - started
        spans = sorted(timed(reader, body) for body in pages)
    with capsys.disabled():
        size = sum(map(len, pages)) / PAGES / 1000
        print(  # noqa: T201 - what benchmarks are for
            f"\narticles: {size:.0f} kB a page, {spans[PAGES // 2]:.1f} ms median, {spans[PAGES * 9 // 10]:.1f} ms p90;"
            f" the first, starting the process, {first * 1000:.0f} ms"
        )


def timed(reader: ParseWorker, body: bytes) -> float:
    """Read one page. Return milliseconds."""
    started = time.perf_counter()
    assert read(reader, body)
    return (time.perf_counter() - started) * 1000


def read(reader: ParseWorker, body: bytes) -> str:
    return reader.read_page(body, url="https://northernwire.example/1", content_type="text/html; charset=utf-8").text
