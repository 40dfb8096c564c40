"""No name may lead us to a machine that only we can reach."""

import pytest

from service.core.addresses import networks, refusal

FORBIDDEN = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1
192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:5ef5:79fd::1
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 2620:4f:8000::1 3fff::1 5f00::1
fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1 8000::1 200::1
2606:4700:0:0:0:5efe:127.0.0.1 2606:4700:0:0:200:5efe:808:808
"""

OPEN = """
1.1.1.1 8.8.8.8 93.184.216.34 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.0.1.1 198.17.0.1 223.255.255.255
2606:4700:4700::1111 2a00:1450::1 2001:4860:4860::8888 2001:200::1 2400:cb00::1 ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_addresses_that_are_not_the_open_internet_are_refused_with_a_reason(address: str) -> None:
    reason = refusal(address)
    assert reason is not None
    assert reason.startswith(address)


@pytest.mark.parametrize("address", OPEN.split())
def test_addresses_of_the_open_internet_pass(address: str) -> None:
    assert refusal(address) is None


def test_an_operator_lets_a_network_through_and_nothing_beside_it() -> None:
    allow = networks(["127.0.0.0/8", " ::1 ", ""])
    assert refusal("127.0.0.1", allow) is None
    assert refusal("::1", allow) is None
    assert refusal("10.0.0.1", allow) is not None


@pytest.mark.parametrize("form", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1", "2002:7f00:1::"])
def test_what_is_let_through_does_not_open_its_disguises(form: str) -> None:
    assert refusal(form, networks(["127.0.0.0/8"])) is not None


@pytest.mark.parametrize("text", ["", "example.org", "127.1", "2130706433", "0x7f.1"])
def test_what_is_not_an_address_is_refused(text: str) -> None:
    assert refusal(text) == f"{text} is not an address"


def test_a_network_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/33"):
        networks(["10.0.0.0/33"])
