"""Lists of feeds as OPML 2.0 (opml.org/spec2.opml), the format in which readers hand feeds to one another.

What we know of a feed beyond that format goes into attributes of our own namespace, so that nothing is lost on the way
out and in again. A document with a doctype is refused: no list of feeds needs one, and it is how such files attack.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from service.core.errors import BadInput
from service.core.feed import Feed
from service.core.urls import canonical_url

_NAMESPACE = "urn:tocsin:opml"
_YES = {"1", "true", "yes"}
_LONGEST_TOPIC = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One feed of a list. `topic` is its first category, `folders` are the outlines around it, outermost first."""

    url: str
    title: str = ""
    site: str = ""
    lang: str | None = None
    country: str | None = None
    topic: str | None = None
    priority: bool = False
    folders: tuple[str, ...] = ()


def read_opml(document: bytes, *, file: str = "") -> list[Listed]:
    """Return the feeds of a list in its order, each once. Raises BadInput naming the place, also for a list of none."""
    reader = _Reader(file)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(document.lstrip(), True)
    except expat.ExpatError as exc:
        raise BadInput(
            f"not well-formed XML: {expat.ErrorString(exc.code)}",
            file=file,
            line=exc.lineno,
            column=exc.offset + 1,
            hint="export the list again from where it came",
        ) from None
    if not reader.found:
        raise BadInput("no feed in this list", file=file, hint='feeds are outlines with an attribute "xmlUrl"')
    return list(reader.found.values())


def write_opml(feeds: Iterable[Feed], *, title: str, now: datetime) -> str:
    """Return the feeds as an OPML document, in the order of their titles."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:tocsin={quoteattr(_NAMESPACE)}>',
        f"  <head><title>{_text(title)}</title><dateCreated>{format_datetime(now, usegmt=True)}</dateCreated></head>",
        "  <body>",
        *(_outline(feed) for feed in sorted(feeds, key=lambda feed: (feed.title.casefold(), feed.url))),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


class _Reader:
    """Collects outlines that are feeds. Attribute names count in any case, as they are found in any."""

    def __init__(self, file: str) -> None:
        self.found: dict[str, Listed] = {}
        self._file = file
        self._around: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        given = {key.rpartition(" ")[2].casefold(): value.strip() for key, value in attributes.items()}
        label = given.get("text") or given.get("title") or ""
        url = given.get("xmlurl", "")
        self._around.append("" if url or name.casefold() != "outline" else label)
        if url:  # whether it is a web address is for whoever adds it to say, aloud
            self.found.setdefault(canonical_url(url), self._listed(url, label, given))

    def end(self, _name: str) -> None:
        self._around.pop()

    def doctype(self, *_declared: object) -> None:
        raise BadInput(
            "a list of feeds must not declare a doctype", file=self._file, hint="remove the <!DOCTYPE …> line"
        )

    def _listed(self, url: str, label: str, given: dict[str, str]) -> Listed:
        return Listed(
            url=url,
            title=given.get("title") or label,
            site=given.get("htmlurl", ""),
            lang=given.get("language") or None,
            country=given.get("country", "").upper() or None,
            topic=given.get("category", "").partition(",")[0].strip("/ ")[:_LONGEST_TOPIC] or None,
            priority=given.get("priority", "").casefold() in _YES,
            folders=tuple(filter(None, self._around)),
        )


def _outline(feed: Feed) -> str:
    label = feed.title or feed.url
    attributes = {"type": "rss", "text": label, "title": label, "xmlUrl": feed.url}
    attributes |= {"language": feed.lang} if feed.lang else {}
    attributes |= {"tocsin:country": feed.country} if feed.country else {}
    attributes |= {"category": feed.subject} if feed.subject else {}
    attributes |= {"tocsin:priority": "true"} if feed.priority else {}
    return "    <outline " + " ".join(f"{name}={quoteattr(_legal(value))}" for name, value in attributes.items()) + "/>"


def _text(text: str) -> str:
    return _legal(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _legal(text: str) -> str:
    """Leave out what XML cannot hold in any way."""
    return "".join(c for c in text if c.isprintable() or c in "\t\n ")
