"""What Link headers say of WebSub, in all the ways they are written."""

import pytest

from service.adapters.fetch.links import hub_and_topic

BASE = "https://wire.example/news/feed.xml"
HUB, OTHER, SELF = "https://hub.example/", "https://second.example/", "https://wire.example/feed"


@pytest.mark.parametrize(
    ("header", "hub", "topic"),
    [
        ("", None, None),
        (f'<{HUB}>; rel="hub"', HUB, None),
        (f"<{HUB}>;rel=hub, <{SELF}>;rel=self", HUB, SELF),
        (f'<{SELF}>; rel="self", <{HUB}>; rel="hub", <{OTHER}>; rel="hub"', HUB, SELF),
        (f'<{HUB}>; title="a, b; c <d>"; rel="HUB"', HUB, None),
        (f'<{HUB}>; title="say \\"hub\\""; REL = hub', HUB, None),
        (f'<{HUB}>; rel="alternate hub", <{SELF}>; rel="canonical self"', HUB, SELF),
        (f"<{HUB}>; rel=next; rel=hub", None, None),
        (f'<{HUB}>; rel="hub"; anchor="#part"', None, None),
        ("</feed>; rel=self, <?hub>; rel=hub", "https://wire.example/news/feed.xml?hub", SELF),
        ("<ftp://hub.example/>; rel=hub, <javascript:x>; rel=self, <http://[>; rel=hub", None, None),
        (f"nonsense, <{HUB}; rel=hub", None, None),
        (f'<{HUB}>; rel="hub', None, None),
        (f"<{HUB}>", None, None),
    ],
)
def test_the_first_hub_and_the_first_self_count(header: str, hub: str | None, topic: str | None) -> None:
    assert hub_and_topic(header, BASE) == (hub, topic)


@pytest.mark.parametrize("unit", ["<", "<a>;", '<a>;x="', "<a>; ", '"\\'])
def test_a_header_made_to_be_slow_is_not(unit: str) -> None:
    assert hub_and_topic(unit * 50_000, BASE) == (None, None)
