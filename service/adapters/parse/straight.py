"""Reads items straight off the XML tree, as feedparser would, as long as they hold nothing out of the ordinary.

feedparser needs twenty times as long, and is the reference: what it would make of an element is written down here only
for those that plain RSS and Atom are made of, one by one. Of anything else (nested markup, an encoding within the text,
a namespace by a strange name, an address in the place of a name) nothing is guessed: the document is then feedparser's.
"""

import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, iterparse

from service.adapters.parse.elements import Names, UnusualError, Words, attributes, even, kind_of, resolved, text_of
from service.adapters.parse.entries import Item
from service.core.feed import Enclosure

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_TELLING = {"base", "lastmod", "href", "about"}  # attributes of an item that feedparser heeds
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
_SIZE = re.compile(r"[0-9]{1,15}")

# Where feedparser keeps what we read of an item: an element of such a name would be taken for it.
_KEPT = frozenset({
    "id", "guidislink", "link", "links", "feedburner_origlink", "title", "title_detail", "summary", "summary_detail",
    "content", "authors", "author", "author_detail", "tags", "published", "updated", "created", "image", "textinput",
})  # fmt: skip


def read(data: bytes, words: Words, *, items: Collection[str], base: str, atom: bool) -> list[Item]:
    """Return the items of a well-formed document in UTF-8, in their order.

    `items` are the names of elements that are items, as in `scan`; `atom` says that texts are what they say they are,
    and need not be looked at for markup. Raises UnusualError.
    """
    walk = iterparse(io.BytesIO(data), events=("start-ns",))  # noqa: S314 - scanned already; it has no DOCTYPE
    declared = frozenset(pair for _, pair in walk)
    root: Element = walk.root  # type: ignore[attr-defined]  # there once all is read
    names = Names(words, declared)
    found = [child for parent in (root, *root) for child in _unbased(parent) if _scan_name(child.tag) in items]
    return [_Reading(names, base, atom).read(item) for item in found]


def _unbased(parent: Element) -> Element:
    if any(name.lower().endswith("base") for name in parent.attrib):
        raise UnusualError
    return parent


def _scan_name(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    return f"{space[1:]} {local}".strip().lower()


@dataclass(slots=True)
class _Tag:
    term: str | None
    scheme: str | None
    label: str | None


@dataclass(slots=True)
class _Reading:
    """One item, as far as it is read. `titled`: further titles do not count. A second summary counts as content."""

    names: Names
    base: str
    atom: bool
    guid: str = ""
    only_a_guid: bool | None = None
    link: str | None = None
    original: str = ""
    title: str = ""
    plain_title: bool = False
    titled: bool = False
    summary: str | None = None
    has_content: bool = False
    contents: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    tags: list[_Tag] = field(default_factory=list)
    enclosures: list[Enclosure] = field(default_factory=list)
    dates: dict[str, str] = field(default_factory=dict)

    def read(self, item: Element) -> Item:
        """Return the item."""
        for name in item.attrib:
            if name == _ABOUT:
                self.guid = item.attrib[name]
            elif name.rpartition("}")[2].lower() in _TELLING:
                raise UnusualError
        for child in item:
            self.one(child, _ACTS)
        published, updated = self.dates.get("published", ""), self.dates.get("updated", "")
        return Item(
            guid=self.guid,
            url="" if self._is_only_a_guid() else self.link or "",
            original_url=self.original,
            title=self.title,
            plain_title=self.plain_title,
            summary=self.summary or "",
            content=max(self.contents, key=len, default=""),
            authors=self.authors,
            categories=[called for tag in self.tags if (called := tag.label or tag.term)],
            enclosures=self.enclosures,
            published=published or updated or self.dates.get("created", ""),
            updated=updated,
            base=self.base,
        )

    def _is_only_a_guid(self) -> bool:
        return bool(self.only_a_guid) and self.guid == self.link and not self.guid.startswith(("http:", "https:", "/"))

    def one(self, element: Element, acts: "Mapping[str, _Act]") -> None:
        name: str = self.names[element.tag]
        act = acts.get(name)
        if act is not None:
            act(self, element)
        elif name in _KEPT or self.names.handled(name) or name.endswith("_detail"):
            raise UnusualError
        else:
            self.pass_over(element)

    def pass_over(self, element: Element) -> None:
        """Take no notice of an element, unless one within it would be."""
        for child in element:
            self.one(child, _WITHIN)

    def ignore(self, element: Element) -> None:
        if len(element):
            raise UnusualError

    def on_source(self, element: Element) -> None:
        self.ignore(element)
        self.titled = False

    def on_title(self, element: Element) -> None:
        text, kind = text_of(element), kind_of(element, "text/plain")
        if self.titled:
            return
        if kind == "text/plain" and not self.atom and "<" in text and "&" not in text:
            raise UnusualError  # feedparser looks whether this may be markup
        self.title, self.plain_title = text, kind == "text/plain" and "&" not in text
        self.titled = bool(text)

    def on_further_title(self, element: Element) -> None:
        self.ignore(element)
        if not self.titled:
            raise UnusualError

    def on_link(self, element: Element) -> None:
        given = attributes(element)
        href = given.get("url", given.get("uri", given.get("href"))) or given.get("href")
        if len(element):
            raise UnusualError
        if href is not None:
            self._linked(resolved(href), given)
        elif given:
            raise UnusualError
        else:
            address = even(resolved((element.text or "").strip()))
            self.link = _REFERENCE.sub(r"&\g<1>", address.replace("&amp;", "&"))

    def _linked(self, href: str, given: Mapping[str, str]) -> None:
        rel = given.get("rel", "alternate")
        kind = given.get("type", "application/atom+xml" if rel == "self" else "text/html")
        if rel == "enclosure":
            self.enclosures.append(_enclosure(href, kind, given))
        elif rel == "alternate" and (kind in {"html", "text/html", "xhtml", "application/xhtml+xml"}):
            self.link = href

    def on_enclosure(self, element: Element) -> None:
        given = attributes(element)
        if len(element):
            raise UnusualError
        href = given.get("url", given.get("uri", given.get("href"))) or given.get("href", "")
        self.enclosures.append(_enclosure(href, given.get("type", ""), given))

    def on_guid(self, element: Element) -> None:
        given = attributes(element)
        if len(element):
            raise UnusualError
        text, is_link = (element.text or "").strip(), given.get("ispermalink", "true") == "true"
        self.guid = even(resolved(text) if is_link else text)
        if self.only_a_guid is None:
            self.only_a_guid = is_link and self.link is None
        if is_link and self.link is None:
            self.link = self.guid

    def on_description(self, element: Element) -> None:
        text, _ = text_of(element), kind_of(element, "text/html")
        if self.summary is not None and not self.has_content:
            self._add_content(text)
        else:
            self.summary = text

    def on_content(self, element: Element) -> None:
        kind_of(element, "text/html")
        self._add_content(text_of(element))

    def _add_content(self, text: str) -> None:
        self.has_content = True
        if text:
            self.contents.append(text)
        if self.summary is None:
            self.summary = text

    def on_author(self, element: Element) -> None:
        if len(element):
            self.authors.append(self._named(element))
            return
        text = text_of(element)
        if "@" in text:
            raise UnusualError  # feedparser takes an address apart from a name
        if text:
            self.authors.append(text)

    def _named(self, element: Element) -> str:
        """Return the name of an author of Atom's."""
        within, name = [element.text], ""
        for child in element:
            within.append(child.tail)
            if len(child) or (said := self.names[child.tag]) not in {"name", "email", "uri"}:
                raise UnusualError
            name = (child.text or "").strip() if said == "name" else name
        if not name or any(text and text.strip() for text in within):
            raise UnusualError
        return name

    def on_category(self, element: Element) -> None:
        given = attributes(element)
        self._add_tag(given.get("term"), given.get("scheme", given.get("domain")), given.get("label"))
        text = text_of(element)
        if text and self.tags and not self.tags[-1].term:
            self.tags[-1].term = text
        elif text:
            self._add_tag(text)

    def _add_tag(self, term: str | None, scheme: str | None = None, label: str | None = None) -> None:
        tag = _Tag(term, scheme, label)
        if (term or scheme or label) and tag not in self.tags:
            self.tags.append(tag)

    def on_published(self, element: Element) -> None:
        self.dates["published"] = text_of(element)

    def on_updated(self, element: Element) -> None:
        self.dates["updated"] = text_of(element)

    def on_created(self, element: Element) -> None:
        self.dates["created"] = text_of(element)

    def on_original(self, element: Element) -> None:
        if element.attrib:
            raise UnusualError
        self.original = text_of(element)


_Act = Callable[[_Reading, Element], None]
_CONTAINERS: Mapping[str, _Act] = dict.fromkeys(("media_content", "media_group"), _Reading.pass_over)
_IGNORED: Mapping[str, _Act] = dict.fromkeys(
    (
        "copyright", "dc_contributor", "dc_language", "dc_publisher", "dc_rights", "expirationdate", "itunes_block",
        "itunes_explicit", "itunes_image", "itunes_subtitle", "language", "media_credit", "media_license",
        "media_player", "media_rating", "media_restriction", "media_thumbnail", "rights",
    ),
    _Reading.ignore,
)  # fmt: skip
_FURTHER: Mapping[str, _Act] = dict.fromkeys(("dc_title", "media_title"), _Reading.on_further_title)
_WITHIN: Mapping[str, _Act] = {**_CONTAINERS, **_IGNORED, **_FURTHER}
_ACTS: Mapping[str, _Act] = {
    **_WITHIN,
    **dict.fromkeys(("author", "dc_author", "dc_creator", "itunes_author"), _Reading.on_author),
    **dict.fromkeys(("category", "dc_subject", "keywords"), _Reading.on_category),
    **dict.fromkeys(("content", "content_encoded"), _Reading.on_content),
    **dict.fromkeys(("created", "dcterms_created"), _Reading.on_created),
    **dict.fromkeys(
        ("dc_description", "description", "itunes_summary", "media_description", "summary"), _Reading.on_description
    ),
    **dict.fromkeys(("dc_date", "dcterms_modified", "lastbuilddate", "modified", "updated"), _Reading.on_updated),
    **dict.fromkeys(("dcterms_issued", "issued", "pubdate", "published"), _Reading.on_published),
    **dict.fromkeys(("guid", "id"), _Reading.on_guid),
    "enclosure": _Reading.on_enclosure,
    "feedburner_origlink": _Reading.on_original,
    "link": _Reading.on_link,
    "source": _Reading.on_source,
    "title": _Reading.on_title,
}


def _enclosure(href: str, kind: str, given: Mapping[str, str]) -> Enclosure:
    length = given.get("length", "").strip()
    return Enclosure(url=href, type=kind, length=int(length) if _SIZE.fullmatch(length) else None)
