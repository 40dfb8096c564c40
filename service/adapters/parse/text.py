"""Text out of markup: plain where we judge it, sanitised where we show it."""

import html
import re

import nh3

from service.core.urls import is_web

CONTENT_LIMIT = 200_000  # characters of one entry's markup; an article is a tenth of that

_BLOCK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|dl|dt|dd|h[1-6]|tr|td|th|table|blockquote|figure|figcaption|section|article|hr|pre)\b)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})([^<>]{0,2000})>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905 - reads better
_SELF_CLOSING = frozenset("dd dt li option p td th tr".split())  # noqa: SIM905 - a new one ends the one before
_DEEPEST = 200
_LONGEST_BASE = 2_000
_GROWN = 2  # times; a thousand short links on a long address grow more than markup does
_CRUDE = re.compile(r"<[^<>]*>")
# Most markup is plain: tags that end where they seem to, around text. What is not goes to a real parser.
_SIMPLE_TAG = re.compile(r"""</?[a-zA-Z](?:[^<>"']|"[^"<>]*+"|'[^'<>]*+')*+>""")
_NOT_SIMPLE = re.compile(
    r"<(?:[!?]|(?:script|style|title|textarea|xmp|iframe|no(?:embed|frames|script)|plaintext|template|svg|math)\b)",
    re.IGNORECASE,
)
_REMAINING = re.compile(r"<[a-zA-Z/!?]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff\u00ad]"
)


def plain(markup: str) -> str:
    """Return what a reader would read: no tags, entities decoded, blanks collapsed, nothing invisible."""
    text = _seen(markup[:CONTENT_LIMIT])
    if "<" not in text and "&" not in text:
        return " ".join(text.split())
    if _MARKUP.search(text):
        text = _strip(_BLOCK.sub(" <", text))
    return collapse(text)


def collapse(text: str) -> str:
    """Return the text without control characters, marks of direction and lone surrogates, blanks collapsed."""
    return " ".join(_seen(text).split())


def _seen(text: str) -> str:
    """Return the text without what cannot be seen, of which ASCII that Python calls printable has nothing."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)


def sanitised(markup: str, base: str) -> str:
    """Return markup that is safe to show, its relative URLs resolved against `base`.

    nh3 takes time that grows with the square of the nesting, so markup nested deeper than anyone writes is reduced to
    its text first.
    """
    text = _seen(markup[:CONTENT_LIMIT])
    if not _MARKUP.search(text):
        return html.escape(text.strip(), quote=False)
    if _too_deep(text):
        return _bare(text)
    safe = nh3.clean(
        text,
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", base) if is_web(base) and len(base) <= _LONGEST_BASE else "deny",
        link_rel="noopener noreferrer nofollow",
    ).strip()
    return safe if len(safe) <= _GROWN * CONTENT_LIMIT else _bare(text)


def _bare(markup: str) -> str:
    return html.escape(" ".join(html.unescape(_CRUDE.sub(" ", markup)).split()), quote=False)


def _strip(markup: str) -> str:
    if not _NOT_SIMPLE.search(markup):
        text = _SIMPLE_TAG.sub("", markup)
        if not _REMAINING.search(text):
            return html.unescape(text)
    if _too_deep(markup):
        return html.unescape(_CRUDE.sub(" ", markup))
    return html.unescape(nh3.clean(markup, tags=set()))


def _too_deep(markup: str) -> bool:
    """Tell whether elements nest too deep. Only a matching end tag counts as one: strays do not hide depth."""
    if markup.count("<") <= _DEEPEST:
        return False
    opened: list[str] = []
    for end, name, rest in _TAG.findall(markup):
        tag = name.lower()
        if tag in _VOID or tag in _SELF_CLOSING or rest.endswith("/"):
            continue
        if not end:
            opened.append(tag)
            if len(opened) > _DEEPEST:
                return True
        elif tag in opened:
            del opened[len(opened) - 1 - opened[::-1].index(tag) :]
    return False
