"""Making strangers' words safe to put in front of people.

Headlines, quotes and outlets' names come from feeds. A line break in one ends a header, a lone surrogate cannot be
encoded, and a bidirectional control turns the rest of the line around. None of them is worth losing an alert over, so
they are mended here, once, before any template or header sees them.
"""

import re
from typing import Any

HEADLINE = 200
QUOTE = 420
NAME = 80
URL = 2000

_SPACE = re.compile(r"[\s\x00-\x20\x7f-\x9f\u2028\u2029]+")
_BROKEN = re.compile("[\ud800-\udfff]")
# Bidirectional controls, zero-width space, joiners of words, byte order mark, annotation marks, tags. The zero-width
# joiner and non-joiner (200c, 200d) stay: Persian and many emoji need them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
_WEB = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x20\x7f-\x9f]+", re.IGNORECASE)


def clean(text: object, limit: int = QUOTE) -> str:
    """Return one line of printable text, at most `limit` characters, cut between words with an ellipsis."""
    sample = str(text or "")[: limit * 4]
    if sample.isprintable() and "  " not in sample:  # true of most; the rest of the work is for what is not
        return shorten(sample.strip(), limit)
    line = _SPACE.sub(" ", _INVISIBLE.sub("", _BROKEN.sub("\ufffd", sample))).strip()
    return shorten(line, limit)


def shorten(line: str, limit: int) -> str:
    """Cut a line to `limit` characters, between words where a space is near."""
    if len(line) <= limit:
        return line
    head = line[: max(limit - 1, 0)]
    words = head.rsplit(" ", 1)[0]
    return (words if len(words) > limit * 0.6 else head).rstrip(" ,;:") + "…"


def web_url(url: str | None) -> str:
    """Return the address if it is a plain http(s) one, else an empty string: no `javascript:`, no hidden characters."""
    if not url or len(url) > URL or _INVISIBLE.search(url) or _BROKEN.search(url):
        return ""
    return url if _WEB.fullmatch(url) else ""


def scrub(value: Any, limit: int = QUOTE) -> Any:
    """Return JSON types with every string in them cleaned."""
    if isinstance(value, str):
        return clean(value, limit)
    if isinstance(value, dict):
        return {str(key): scrub(item, limit) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(item, limit) for item in value]
    return value
