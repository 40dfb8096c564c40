"""One exchange: guarded, bounded in bytes and in time."""

import asyncio
import gzip
import resource
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from service.adapters.http import HttpClient, HttpFailure, HttpResponse, lookup, user_agent
from tests.servers import LoopbackServer, RawServer, Reply, Route

TEXT = b"Northern Wire " * 100
CONTEXT = ssl.create_default_context()  # one for all: making one takes longer than an exchange
LOOPBACK = ("127.0.0.0/8",)


def get(
    url: str,
    *,
    allow: Sequence[str] = LOOPBACK,
    max_bytes: int = 100_000,
    deadline_s: float = 5.0,
    resolve: Callable[[str, int], Sequence[str]] = lookup,
) -> HttpResponse:
    async def once() -> HttpResponse:
        async with HttpClient(
            allow_nets=allow, user_agent="Tocsin/test", resolve=resolve, ssl_context=CONTEXT
        ) as client:
            return await client.request("GET", url, max_bytes=max_bytes, deadline_s=deadline_s)

    return asyncio.run(once())


def failure(url: str, **how: object) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        get(url, **how)  # type: ignore[arg-type]
    return caught.value


def packed(body: bytes, encoding: str) -> Reply:
    return Reply(headers={"Content-Encoding": encoding}, body=body)


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=TEXT),
        Reply(body=[TEXT[:7], TEXT[7:]]),
        packed(TEXT, "identity"),
        packed(TEXT, "utf-8"),
        packed(gzip.compress(TEXT), "gzip"),
        packed(gzip.compress(TEXT), "x-gzip"),
        packed(gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:]), "gzip"),
        packed(gzip.compress(TEXT) + b"\0" * 20, "gzip"),
        packed(zlib.compress(TEXT), "deflate"),
        packed(raw_deflate(TEXT), "deflate"),
        packed(TEXT, "gzip"),
        Reply(headers={"Content-Encoding": "gzip"}, body=[bytes([byte]) for byte in gzip.compress(TEXT)]),
    ],
    ids=lambda reply: f"{reply.headers.get('Content-Encoding')}",
)
def test_a_body_arrives_as_it_was_meant(reply: Reply) -> None:
    with LoopbackServer({"/": reply}) as server:
        assert get(server.url()).body == TEXT


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (packed(gzip.compress(gzip.compress(TEXT)), "gzip, gzip"), "protocol"),
        (packed(TEXT, "br"), "protocol"),
        (packed(gzip.compress(TEXT)[:-20], "gzip"), "protocol"),
        (packed(gzip.compress(TEXT)[:30] + b"damage" * 9, "gzip"), "protocol"),
        (Reply(body=b"x" * 100_001), "too_large"),
        (Reply(body=[b"x" * 50_000] * 3), "too_large"),
        (packed(gzip.compress(b"x" * 100_001), "gzip"), "too_large"),
    ],
)
def test_a_body_we_cannot_take_is_refused_with_its_reason(reply: Reply, code: str) -> None:
    with LoopbackServer({"/": reply}) as server:
        assert failure(server.url()).code == code


def test_a_body_may_be_cut_instead_of_refused() -> None:
    async def once(url: str) -> HttpResponse:
        async with HttpClient(allow_nets=LOOPBACK, user_agent="Tocsin/test") as client:
            return await client.request("POST", url, content=b"hello", max_bytes=10, cut=True)

    with LoopbackServer({"/": Reply(body=TEXT)}) as server:
        assert asyncio.run(once(server.url())).body == TEXT[:10]
        assert (server.asked[0].method, server.asked[0].body) == ("POST", b"hello")


def test_what_only_people_read_never_hides_the_status() -> None:
    """Who took a message has it, however the page is packed that says so; else it would be sent again and again."""

    async def post(url: str) -> HttpResponse:
        async with HttpClient(allow_nets=LOOPBACK, user_agent="Tocsin/test") as client:
            return await client.request("POST", url, cut=True)

    replies = (
        packed(TEXT, "br"),
        packed(gzip.compress(TEXT)[:-20], "gzip"),
        Reply(headers={"Content-Length": "99"}, body=[b"x"]),
    )
    with LoopbackServer({f"/{number}": reply for number, reply in enumerate(replies)}) as server:
        answers = [asyncio.run(post(server.url(f"/{number}"))) for number in range(len(replies))]
        assert [(answer.status, answer.body) for answer in answers] == [(200, b"")] * len(replies)
        server.routes["/"] = lambda _asked: Reply(body=drip(server))
        assert asyncio.run(post(server.url())).status == 200


def test_an_error_page_never_hides_its_status() -> None:
    big = Reply(status=503, body=b"x" * 500_000)
    odd = Reply(status=403, headers={"Content-Encoding": "br"}, body=b"?")
    with LoopbackServer({"/big": big, "/odd": odd}) as server:
        assert (get(server.url("/big")).status, get(server.url("/odd")).status) == (503, 403)


def test_a_bomb_of_600_mb_is_refused_within_2_s_and_32_mb() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    bomb = b"".join([packer.compress(zeros) for _ in range(600)]) + packer.flush()
    with LoopbackServer({"/": packed(bomb, "gzip")}) as server:
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        assert failure(server.url(), max_bytes=10_000_000).code == "too_large"
        assert time.monotonic() - started < 2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000


def drip(server: LoopbackServer) -> Iterator[bytes]:
    while not server.stopping.wait(0.02):
        yield b"."


def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    with LoopbackServer() as server:
        server.routes["/"] = lambda _asked: Reply(body=drip(server))
        started = time.monotonic()
        assert failure(server.url(), deadline_s=0.3).code == "timeout"
        assert time.monotonic() - started < 2


def test_a_server_that_never_says_a_word_is_cut_off_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"//127.0.0.1:{silent.getsockname()[1]}/"
        assert failure("http:" + url, deadline_s=0.2).code == "timeout"
        assert failure("https:" + url, deadline_s=0.2).code == "timeout"


def test_headers_that_never_end_are_refused() -> None:
    endless: Route = Reply(headers={f"X-{n}": "x" * 1000 for n in range(200)})
    with LoopbackServer({"/": endless}) as server:
        assert failure(server.url()).code == "protocol"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://017700000001/",
        "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::]/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/", "http://0/", "http://localhost/", "http://127.0.0.1./", "http://10.0.0.1:8080/",
        "https://192.168.1.1/", "http://user:secret@127.0.0.1/", "ftp://192.0.2.1/", "file:///etc/passwd",
        "/etc/passwd", "gopher://127.0.0.1/",
    ],
)  # fmt: skip
def test_urls_that_lead_inside_are_blocked(url: str) -> None:
    found = failure(url, allow=())
    # Resolvers differ in what spellings of numbers they take for addresses; none may lead to a connection.
    assert found.code in {"blocked", "dns"}


def test_a_name_that_leads_inside_is_blocked() -> None:
    found = failure("http://harbour.example/", allow=(), resolve=lambda _host, _port: ["10.1.2.3"])
    assert (found.code, found.message) == (
        "blocked",
        "harbour.example leads inside: 10.1.2.3 is not on the open internet (private)",
    )


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.9"]])
    with LoopbackServer({"/": Reply(body=TEXT)}) as server:
        url = server.url(host="rebinding.example")
        assert get(url, allow=["127.0.0.1/32"], resolve=lambda _host, _port: next(answers)).body == TEXT
        assert failure(url, allow=["127.0.0.1/32"], resolve=lambda _host, _port: next(answers)).code == "blocked"
        assert [asked.host for asked in server.asked] == [f"rebinding.example:{server.port}"]


def test_addresses_that_pass_are_tried_and_the_others_never() -> None:
    with LoopbackServer({"/": Reply(body=TEXT)}) as server:
        url = server.url(host="mixed.example")
        mixed = ["10.0.0.1", "127.0.0.3", "127.0.0.1"]
        assert get(url, resolve=lambda _host, _port: mixed).body == TEXT


def test_an_unknown_name_says_so() -> None:
    def unknown(host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not known")

    assert failure("http://nowhere.example/", resolve=unknown).code == "dns"


def test_a_port_nobody_listens_on_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/").code == "connect"


def test_plain_words_where_tls_was_expected_are_a_tls_failure() -> None:
    with LoopbackServer({"/": Reply(body=TEXT)}) as server:
        assert failure(server.url().replace("http:", "https:")).code == "tls"


def test_an_answer_that_is_not_http_is_a_protocol_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-nonsense\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        assert failure(f"http://127.0.0.1:{listener.getsockname()[1]}/").code == "protocol"
        thread.join()


def test_a_request_carries_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with LoopbackServer({"/": Reply(headers={"Set-Cookie": "spy=1"})}) as server:
        get(server.url())
        get(server.url())
        assert [dict(asked.headers) for asked in server.asked] == [
            {
                "host": f"127.0.0.1:{server.port}",
                "user-agent": "Tocsin/test",
                "accept": "*/*",
                "accept-encoding": "gzip, deflate",
                "connection": "close",
            }
        ] * 2


def test_repeated_headers_are_joined_and_values_kept_verbatim() -> None:
    with LoopbackServer({"/": Reply(headers={"ETag": 'W/"a\xe9 b"', "etag": "second"})}) as server:
        assert get(server.url()).headers["etag"] == 'W/"a\xe9 b", second'


def test_the_user_agent_says_whom_to_ask() -> None:
    assert user_agent("2026.1", "https://tocsin.example/") == "Tocsin/2026.1 (+https://tocsin.example/)"


def test_certificates_are_verified_unless_a_context_says_otherwise() -> None:
    client = HttpClient(user_agent="Tocsin/test")
    assert client._transport._tls.verify_mode is ssl.CERT_REQUIRED
    assert client._transport._tls.check_hostname
    asyncio.run(client.aclose())


def test_a_status_outlives_an_error_page_that_breaks_off() -> None:
    broken = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 500\r\n\r\nsorry"
    with RawServer(broken) as server:
        answer = get(f"http://127.0.0.1:{server.port}/")
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "60", b"")


def test_a_document_that_breaks_off_is_no_document() -> None:
    with RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss") as server:
        assert failure(f"http://127.0.0.1:{server.port}/").code == "protocol"
