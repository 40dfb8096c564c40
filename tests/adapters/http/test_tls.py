"""Secure connections: to the checked address, under the asked name, and never to anybody else."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.adapters.http import HttpClient, HttpFailure, HttpResponse
from service.adapters.http.trust import trusted
from tests.authority import Authority
from tests.servers import LoopbackServer, Reply

HELLO = {"/": Reply(body=b"hello")}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def get(
    url: str, trusting: ssl.SSLContext, *, addresses: Sequence[str] = ("127.0.0.1",), deadline_s: float = 5.0
) -> HttpResponse:
    async def once() -> HttpResponse:
        async with HttpClient(
            allow_nets=["127.0.0.1/32"],
            user_agent="Tocsin/test",
            ssl_context=trusting,
            resolve=lambda _host, _port: addresses,
        ) as client:
            return await client.request("GET", url, deadline_s=deadline_s)

    return asyncio.run(once())


def test_a_verified_chain_is_spoken_to_at_the_checked_address_under_the_asked_name(authority: Authority) -> None:
    with LoopbackServer(HELLO, tls=authority.server("wire.example")) as server:
        url = server.url(host="wire.example")
        answer = get(url, authority.trusting(), addresses=["10.0.0.1", "127.0.0.9", "127.0.0.1"])
        assert answer.body == b"hello"
        assert server.names == ["wire.example"]
        assert server.asked[0].host == f"wire.example:{server.port}"


def test_an_international_name_is_asked_for_as_it_stands_in_certificates(authority: Authority) -> None:
    with LoopbackServer(HELLO, tls=authority.server("xn--e1aybc.example")) as server:
        assert get(server.url(host="тест.example"), authority.trusting()).status == 200
        assert server.names == ["xn--e1aybc.example"]


@pytest.mark.parametrize(
    ("names", "how", "words"),
    [
        (["other.example"], {}, "hostname mismatch"),
        (["wire.example"], {"days": -1}, "certificate has expired"),
        (["wire.example"], {"signed": False}, "self-signed certificate"),
    ],
    ids=["another name", "expired", "self-signed"],
)
def test_a_certificate_that_proves_nothing_is_refused_in_words_and_told_nothing(
    authority: Authority, names: list[str], how: dict[str, int], words: str
) -> None:
    with LoopbackServer(HELLO, tls=authority.server(*names, **how)) as server:  # type: ignore[arg-type]
        with pytest.raises(HttpFailure) as caught:
            get(server.url(host="wire.example"), authority.trusting())
        assert caught.value.code == "tls"
        assert words in caught.value.message.lower()
        assert server.asked == []


def test_an_authority_nobody_knows_is_refused(authority: Authority) -> None:
    unknown = pytest.raises(HttpFailure, match="unable to get local issuer certificate")
    with LoopbackServer(HELLO, tls=authority.server("wire.example")) as server, unknown:
        get(server.url(host="wire.example"), ssl.create_default_context())


def test_tls_older_than_1_2_is_refused(authority: Authority) -> None:
    old = authority.server("wire.example")
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with LoopbackServer(HELLO, tls=old) as server, pytest.raises(HttpFailure) as caught:
        get(server.url(host="wire.example"), authority.trusting())
    assert caught.value.code == "tls"


@contextmanager
def handshake_that_drips() -> Iterator[int]:
    """Yield the port of a server that answers hello with the start of a record, a byte at a time, for ever."""
    stopping = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while not stopping.wait(0.02):
                try:
                    connection.sendall(b"\x02")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        yield int(listener.getsockname()[1])
        stopping.set()
        thread.join()


def test_a_handshake_that_never_ends_is_cut_at_the_deadline(authority: Authority) -> None:
    with handshake_that_drips() as port:
        started = time.monotonic()
        with pytest.raises(HttpFailure) as caught:
            get(f"https://wire.example:{port}/", authority.trusting(), deadline_s=0.3)
        assert caught.value.code == "timeout"
        assert time.monotonic() - started < 3


def test_an_operators_own_authorities_are_read_once_and_again_when_they_change(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = trusted()
    assert trusted() is usual
    own = tmp_path / "own.pem"
    own.write_bytes(authority.file.read_bytes())
    with monkeypatch.context() as environ, LoopbackServer(HELLO, tls=authority.server("wire.example")) as server:
        environ.setenv("SSL_CERT_FILE", str(own))
        assert get(server.url(host="wire.example"), trusted()).status == 200
        assert trusted() is trusted()
        other = tmp_path / "other"
        other.mkdir()
        own.write_bytes(Authority(other).file.read_bytes())
        with pytest.raises(HttpFailure) as caught:
            get(server.url(host="wire.example"), trusted())
    assert caught.value.code == "tls"
    assert trusted() is usual
