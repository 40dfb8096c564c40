"""Which URLs mean one page, and which one machine."""

import pytest

from service.core.urls import canonical_url, host_key, is_web

SAME = [
    "https://meridian.example/world/strike?id=7",
    "http://meridian.example/world/strike?id=7",
    "HTTPS://WWW.Meridian.Example:443/world/strike/?id=7#top",
    "http://meridian.example:80/world/strike?utm_source=rss&utm_medium=feed&id=7",
    "https://m.meridian.example/world/strike?id=7&fbclid=abc",
    "https://meridian.example/world/strike/amp?id=7",
    "https://amp.meridian.example/world/strike?id=7&amp=1",
    "https://mobile.meridian.example/world/strike?outputType=amp&id=7",
    "https://meridian.example/world/strike?id=7&mc_cid=1&UTM_Campaign=x&gclid=y",
    " https://meridian.example/world/%73trike?id=7 ",
]


@pytest.mark.parametrize("spelling", SAME)
def test_spellings_of_one_page_meet(spelling: str) -> None:
    assert canonical_url(spelling) == SAME[0]


@pytest.mark.parametrize(
    "other",
    [
        "https://meridian.example/world/strike?id=8",
        "https://meridian.example/world/Strike?id=7",
        "https://meridian.example:8443/world/strike?id=7",
        "https://live.meridian.example/world/strike?id=7",
        "https://meridian.example/world/strike",
    ],
)
def test_different_pages_stay_apart(other: str) -> None:
    assert canonical_url(other) != SAME[0]


def test_ref_is_tracking_only_where_it_names_the_feeds_own_host() -> None:
    url = "https://meridian.example/a?ref=northern.example"
    assert canonical_url(url, feed_url="https://www.northern.example/feed") == "https://meridian.example/a"
    assert canonical_url(url, feed_url="https://other.example/feed") == url
    assert canonical_url("https://meridian.example/?ref=branch", feed_url="https://meridian.example/") != ""
    assert "ref=main" in canonical_url("https://meridian.example/?ref=main", feed_url="https://meridian.example/feed")


def test_the_order_of_parameters_does_not_count() -> None:
    assert canonical_url("https://a.example/?b=2&a=1") == canonical_url("https://a.example/?a=1&b=2")


def test_a_name_in_another_script_and_its_ascii_form_are_one() -> None:
    assert canonical_url("https://новини.example/a") == canonical_url("https://xn--b1amarcd.example/a")


@pytest.mark.parametrize(
    "text", [None, "", "mailto:a@b.example", "/relative", "http://", "https://[::1", "javascript:1"]
)
def test_what_is_no_web_page_has_no_key(text: str | None) -> None:
    assert canonical_url(text) == ""


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://feeds.northern-wire.example/rss", "northern-wire.example"),
        ("https://NORTHERN-WIRE.example./rss", "northern-wire.example"),
        ("http://a.b.harbour.co.uk/", "harbour.co.uk"),
        ("http://news.harbour.com.ua/", "harbour.com.ua"),
        ("http://harbour.ua/", "harbour.ua"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://[2606:4700::1]/", "2606:4700::1"),
        ("http://localhost/", "localhost"),
    ],
)
def test_politeness_counts_by_what_somebody_owns(url: str, key: str) -> None:
    assert host_key(url) == key


def test_only_absolute_http_urls_are_web() -> None:
    assert is_web("https://a.example/x")
    assert not any(map(is_web, ["ftp://a.example/", "/x", "https:///x", ""]))
