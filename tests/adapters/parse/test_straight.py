"""Items read straight off the tree are what feedparser makes of them, to the letter; what is unusual is left to it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.parse import xmlfeed
from service.adapters.parse.asked import Asked
from service.adapters.parse.decoding import decode
from service.adapters.parse.elements import UnusualError
from service.adapters.parse.entries import Item
from service.adapters.parse.mend import Mended, mended
from service.adapters.parse.repair import find_root
from service.adapters.parse.straight import read

FEEDS = Path(__file__).parents[2] / "data" / "feeds"
ASKED = Asked(url="https://wire.example/feed", fetched_at=datetime(2026, 11, 28, tzinfo=UTC))
SPACES = (
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:itunes="http://www.itunes.com/DTDs/PodCast-1.0.dtd" xmlns:own="urn:own:words" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
RDF = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'


def rss(items: str, version: str = "2.0") -> str:
    return f'<rss version="{version}"{SPACES}><channel><title>Wire</title>{items}</channel></rss>'


def atom(items: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{SPACES}><title>Wire</title>{items}</feed>'


def rdf(items: str) -> str:
    return f"<rdf:RDF{RDF}{SPACES}><channel><title>Wire</title></channel>{items}</rdf:RDF>"


def document(text: str) -> Mended:
    root = find_root(text)
    assert root is not None
    found = mended(text, root, xmlfeed._ITEMS)
    assert isinstance(found, Mended)
    return found


def both(text: str) -> tuple[Sequence[Item] | None, Sequence[Item]]:
    """Return what is read straight, None where that is refused, and what feedparser reads."""
    data = document(text).data
    reader = xmlfeed._Reader(document(text), ASKED)
    reference = reader._parsed(data)
    try:
        items = read(data, xmlfeed._WORDS, items=xmlfeed._ITEMS, base=ASKED.url, atom=reader.version.startswith("atom"))
    except UnusualError:
        return None, reference
    return items, reference


PLAIN = [
    "<title>A strike</title><link>https://wire.example/a?x=1&amp;y=2</link><description>A &amp;amp; B</description>",
    '<title>A</title><guid isPermaLink="false">12</guid><pubDate>Thu, 20 Aug 2026 10:00:00 GMT</pubDate>',
    "<guid>12</guid><title>no link, and a guid that is none</title>",
    "<guid>https:////wire.example/a</guid>",
    "<link>https://wire.example/a</link><guid>https://wire.example/b</guid>",
    "<guid>https://wire.example/b</guid><link/>",
    "<description>one</description><description>two</description><content:encoded>three</content:encoded>",
    "<content:encoded>three</content:encoded><description>one</description><media:description>x</media:description>",
    "<description>one</description><itunes:summary>a longer one</itunes:summary><dc:description>x</dc:description>",
    "<title>A</title><media:content url='https://i.example/1.jpg'><media:title>B</media:title></media:content>",
    "<title>A</title><title>B</title><dc:title>C</dc:title><source url='https://x.example/'>X</source>",
    "<category domain='d'>One</category><category>One</category><category/><category domain='d'/>",
    "<category term='A' label='B'/><category domain='d'/><category>B</category><dc:subject>C</dc:subject>",
    "<dc:creator>Ann</dc:creator><author>Bob</author><dc:creator></dc:creator>",
    "<enclosure url='https://i.example/1.mp3' length='12' type='Audio/MPEG'/><enclosure length='x'/>",
    "<atom:link rel='enclosure' href='https://i.example/2.mp3'/><atom:link href='https://wire.example/q'/>",
    "<atom:link rel='self' href='/me'/><atom:link rel='alternate' type='text/plain' href='/no'/>",
    "<title>Caf\u00c3\u00a9 \u00c3\u00b6</title><description>\u0412\u0438\u0431\u0443\u0445</description>",
    "<dc:date>2026-08-20</dc:date><updated>2026-08-21</updated><dcterms:created>2026-08-19</dcterms:created>",
    "<own:id>x</own:id><own:title a='b'>x</own:title><comments>x</comments><slash:comments>3</slash:comments>",
    "<author><name>Ann</name><uri>https://ann.example/</uri><email>ann@wire.example</email></author>",
    "<feedburner:origLink>https://wire.example/o</feedburner:origLink><link>https://f.example/1</link>",
    "<title type='html'>A &lt;b&gt;bold&lt;/b&gt; one</title><summary type='text'>x</summary>",
    "<title><![CDATA[  A & B  ]]></title><!-- said --><description><![CDATA[<p>x</p>]]> y <?pi z?>w</description>",
]
"""What plain feeds hold, item by item. All of it is read without feedparser."""

UNUSUAL = [
    "<title>A <b>bold</b> one</title>",
    "<title>A <![CDATA[<b>bold</b>]]> one</title>",
    "<title type='application/xml'>x</title>",
    "<content mode='base64'>eA==</content>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x</div></content>",
    "<content src='https://wire.example/x'/>",
    "<author>ann@wire.example (Ann)</author>",
    "<author><email>ann@wire.example</email></author>",
    "<link rel='alternate'>https://wire.example/a</link>",
    "<source><title>x</title></source>",
    "<media:title>before the title</media:title>",
    "<image>https://i.example/1.jpg</image>",
    "<description>\u0093quoted\u0094</description>",
    "<x xmlns='urn:nobody:knows'>x</x>",
    "<dc:title xmlns:dc='urn:another:dc'>x</dc:title>",
    "<title:detail xmlns:title='urn:title'>x</title:detail>",
    "<item><title>within</title></item>",
    "<media:keywords>a, b</media:keywords>",
    "<date>2026-08-20</date>",
]
"""What feedparser has ways of its own with."""


@pytest.mark.parametrize("make", [rss, atom, rdf])
@pytest.mark.parametrize("words", PLAIN)
def test_a_plain_item_is_read_as_feedparser_reads_it(words: str, make: Callable[[str], str]) -> None:
    straight, reference = both(make(f"<item>{words}</item><item><title>next</title></item>"))
    if straight is None:
        assert make is not rss, "this needs no feedparser"
    else:
        assert straight == reference


@pytest.mark.parametrize("words", UNUSUAL)
def test_an_unusual_item_is_left_to_feedparser(words: str) -> None:
    straight, reference = both(rss(f"<item>{words}</item><item><title>next</title></item>"))
    assert straight is None or len(straight) != len(reference)


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.stem)
def test_a_document_of_the_corpus_is_read_as_feedparser_reads_it(path: Path) -> None:
    text, _ = decode(path.read_bytes(), "")
    root = find_root(text)
    if root is None or root.name not in {"rss", "rdf", "channel", "feed"}:
        return
    straight, reference = both(text)
    assert straight is None or straight == reference


NAMES = (
    "title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate", "published",
    "updated", "dc:date", "dc:creator", "author", "category", "dc:subject", "keywords", "enclosure", "source",
    "media:content", "media:thumbnail", "media:title", "media:description", "media:credit", "media:group", "dc:title",
    "itunes:summary", "itunes:author", "atom:link", "own:word", "own:link", "comments", "language", "rights", "image",
    "feedburner:origLink", "name", "email", "uri", "date", "dcterms:created", "contributor", "media:keywords",
)  # fmt: skip
ATTRIBUTES = {
    "type": ("text", "html", "xhtml", "Text/HTML", "text/plain", "audio/mpeg", "application/xml"),
    "rel": ("alternate", "self", "enclosure", "Enclosure", "related"),
    "href": ("", "https://wire.example/1", "/relative", "https:///wire.example/2"),
    "url": ("", "https://i.example/1"),
    "isPermaLink": ("true", "false", "no"),
    "term": ("", "War"),
    "label": ("Front",),
    "domain": ("d",),
    "scheme": ("s",),
    "length": ("12", " 12 ", "many"),
    "xml:lang": ("uk",),
    "mode": ("base64", "escaped"),
    "own:href": ("https://wire.example/3",),
}
TEXTS = (
    "", " ", "A strike", "https://wire.example/a?b=1&c=2", "https:////wire.example/a", "12345", "/relative", "a & b",
    "a &amp; b", "<b>bold</b>", "a <script>x</script>", "caf\u00c3\u00a9", "caf\u00e9", "\u0093", "Ann",
    "ann@wire.example", "\u0412\u0438\u0431\u0443\u0445", "Thu, 20 Aug 2026 10:00:00 GMT", "a;b&c;d", "\u00a0 x \u2003",
)  # fmt: skip
attributes = st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), st.integers(0, 6), max_size=2)


def element(name: str, text: str, given: dict[str, int], children: Sequence[str]) -> str:
    said = "".join(f" {key}={quoteattr(ATTRIBUTES[key][n % len(ATTRIBUTES[key])])}" for key, n in given.items())
    return f"<{name}{said}>{escape(text)}{''.join(children)}</{name}>"


leaves = st.builds(element, st.sampled_from(NAMES), st.sampled_from(TEXTS), attributes, st.just(()))
elements = st.one_of(
    leaves, leaves, st.builds(element, st.sampled_from(NAMES), st.just(""), attributes, st.lists(leaves, max_size=3))
)
contents = st.lists(st.lists(elements, max_size=7).map("".join), min_size=1, max_size=3)


@settings(max_examples=100)
@given(contents, st.sampled_from([rss, atom, rdf]))
def test_whatever_stands_in_an_item_it_is_read_as_feedparser_reads_it_or_not_at_all(
    items: Sequence[str], make: Callable[[str], str]
) -> None:
    straight, reference = both(make("".join(f"<item>{words}</item>" for words in items)))
    assert straight is None or len(straight) != len(reference) or straight == reference
