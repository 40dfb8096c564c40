"""What Link headers say of WebSub (RFC 8288): who tells of news, and under which name. Pure."""

import re
from urllib.parse import urljoin

from service.core.urls import is_web

_MOST = 8192
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINK = re.compile(rf'<([^<>]*)>((?:\s*;\s*[^\s;,="<>]+(?:\s*=\s*(?:{_QUOTED}|[^\s;,"<>]*))?)*)')
_PARAMETER = re.compile(rf';\s*([^\s;,="<>]+)\s*=\s*({_QUOTED}|[^\s;,"<>]*)')


def hub_and_topic(header: str, base: str) -> tuple[str | None, str | None]:
    """Return the first rel=hub and the first rel=self as absolute web URLs, each None where there is none.

    `header` is all Link headers joined by commas; `base` is the URL of the answer they came with.
    """
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(header[:_MOST]):
        url = _absolute(target, base)
        for rel in _relations(parameters) if url else ():
            found.setdefault(rel, url)
    return found.get("hub"), found.get("self")


def _relations(parameters: str) -> list[str]:
    """Return the link's relations. One with an anchor speaks of another document; only the first rel counts."""
    named: dict[str, str] = {}
    for name, value in _PARAMETER.findall(parameters):
        named.setdefault(name.lower(), _bare(value))
    return [] if "anchor" in named else named.get("rel", "").lower().split()


def _bare(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _absolute(target: str, base: str) -> str:
    try:
        url = urljoin(base, target.strip())
    except ValueError:
        return ""
    return url if is_web(url) else ""
