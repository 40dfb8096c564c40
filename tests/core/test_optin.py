"""Who may ask for mail, how often, and what a link proves."""

import pytest

from service.core.optin import PER_HOUR, Lately, Verdict, address_key, hashed, may_ask, network_of, opened, signed


@pytest.mark.parametrize(
    ("lately", "verdict"),
    [
        (Lately(), "mail"),
        (Lately(by_address=2, by_network=2, altogether=PER_HOUR - 1), "mail"),
        (Lately(by_address=3), "enough"),
        (Lately(by_network=3), "network"),
        (Lately(by_address=3, by_network=3), "network"),  # says nothing about the address
        (Lately(altogether=PER_HOUR), "busy"),
        (Lately(by_address=3, altogether=PER_HOUR), "busy"),
    ],
)
def test_three_a_day_for_an_address_and_for_a_network(lately: Lately, verdict: Verdict) -> None:
    assert may_ask(lately) == verdict


@pytest.mark.parametrize("same", ["ada@example.org", "Ada@Example.ORG", "ada+1@example.org", "ADA+news+2@example.org"])
def test_one_mailbox_is_counted_once_however_it_is_written(same: str) -> None:
    assert address_key(same) == address_key("ada@example.org")


@pytest.mark.parametrize(
    "other", ["bob@example.org", "ada@example.com", "+@example.org", "ad.a@example.org", "é@x.org"]
)
def test_others_are_others(other: str) -> None:
    assert address_key(other) != address_key("ada@example.org")
    assert "example" not in address_key(other)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", ""),
    ],
)
def test_a_household_is_one_network(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_a_link_opens_all_with_our_signature_and_serves_to_leave_without() -> None:
    token = signed("a-key", "a-secret")
    assert opened(token, "a-secret") == ("a-key", True)
    assert opened(token, "another") == ("a-key", False)
    assert opened("a-key", "a-secret") == ("a-key", False)
    assert opened("a-key.", "a-secret") == ("a-key", False)
    assert opened(f"b-key.{token.partition('.')[2]}", "a-secret") == ("b-key", False)
    assert opened("\udcff.é", "a-secret")[1] is False


def test_the_token_of_a_link_is_not_to_be_had_from_what_is_kept() -> None:
    assert hashed("token") != hashed("token2")
    assert "token" not in hashed("token")
