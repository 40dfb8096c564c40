"""The article on a page: what its outlet wrote, without menus, teasers and comments.

Met by worker processes only. Needs the extra `articles` (trafilatura).
"""

import re
from collections.abc import Iterator

import trafilatura

from service.adapters.parse.decoding import decode
from service.adapters.parse.text import collapse
from service.core.feed import PageText

MOST = 20_000  # characters; ten times a long report
_PAGES = ("text/html", "application/xhtml+xml")
_LINE = 120
_ENDS = re.compile(r"[.!?…:。！？؟।][\"'”’»)\]]*$")  # noqa: RUF001 - full stops of other scripts
_MARK = re.compile(r"<[a-zA-Z!?/]")


def read_page(body: bytes, *, content_type: str) -> PageText:
    """Return the article's text. Raises whatever the extractor does."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in _PAGES:
        return PageText(error=f"{kind}: not a page")
    markup, _ = decode(body, content_type)
    if not _MARK.search(markup):
        return PageText(error="no markup: not a page")
    text = trafilatura.extract(
        markup,
        fast=True,
        favor_precision=True,
        include_comments=False,
        include_tables=False,
    )
    return PageText(text=_cut(" ".join(_told(text or ""))))


def _told(text: str) -> Iterator[str]:
    """Yield the paragraphs. A short line that ends no sentence is a teaser for another article, a caption, a button."""
    for line in text.splitlines():
        paragraph = collapse(line)
        if len(paragraph) >= _LINE or _ENDS.search(paragraph):
            yield paragraph


def _cut(text: str) -> str:
    return text if len(text) <= MOST else text[:MOST].rpartition(" ")[0]
