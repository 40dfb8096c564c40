"""Stories of polite fetching, told by a real server on loopback."""

import gc
import gzip
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest

from service.adapters.fetch import HttpFetcher
from service.adapters.fetch.hops import _ACCEPT, _Trail
from service.adapters.http import HttpResponse
from service.core.feed import FetchRequest, FetchResult
from tests.servers import Asked, LoopbackServer, RawServer, Reply, Route

CONTEXT = ssl.create_default_context()
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
BODY = b"<rss/>"


def home(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@contextmanager
def fetching(
    *,
    allow_nets: Sequence[str] = ("127.0.0.0/8",),
    host_gap_s: float = 0.0,
    deadline_s: float = 5.0,
    max_bytes: int = 100_000,
    concurrency: int = 64,
    resolve: Callable[[str, int], Sequence[str]] = home,
) -> Iterator[HttpFetcher]:
    with HttpFetcher(
        user_agent="Tocsin/test (+https://tocsin.example/)",
        allow_nets=allow_nets,
        host_gap_s=host_gap_s,
        deadline_s=deadline_s,
        max_bytes=max_bytes,
        concurrency=concurrency,
        ssl_context=CONTEXT,
        resolve=resolve,
        now=lambda: NOW,
    ) as fetcher:
        yield fetcher


def one(fetcher: HttpFetcher, url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResult:
    [result] = fetcher.fetch([FetchRequest(feed_id=7, url=url, etag=etag, last_modified=last_modified)])
    assert (result.feed_id, result.url) == (7, url)
    return result


def once(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResult:
    with fetching() as fetcher:
        return one(fetcher, url, etag=etag, last_modified=last_modified)


def conditional(asked: Asked) -> tuple[str | None, str | None]:
    return asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")


def test_the_first_request_is_plain_and_brings_validators_verbatim() -> None:
    odd = {"ETag": 'W/"ab \xe9"', "Last-Modified": "yesterday, more or less", "Content-Type": "text/xml; charset=x"}
    with LoopbackServer({"/f": Reply(headers=odd, body=BODY)}) as server:
        result = once(server.url("/f"))
        assert conditional(server.asked[0]) == (None, None)
    assert (result.status, result.body, result.error_code) == (200, BODY, "")
    assert (result.etag, result.last_modified, result.content_type) == tuple(odd.values())
    assert result.final_url == result.url


def test_validators_go_back_as_they_came() -> None:
    with LoopbackServer({"/f": Reply(status=304)}) as server:
        result = once(server.url("/f"), etag='W/"ab \xe9"', last_modified="yesterday, more or less")
        assert conditional(server.asked[0]) == ('W/"ab \xe9"', "yesterday, more or less")
    assert (result.status, result.body, result.error) == (304, b"", "")


def test_a_304_without_validators_leaves_the_known_ones_standing() -> None:
    with LoopbackServer({"/f": Reply(status=304)}) as server:
        result = once(server.url("/f"), etag='"a"', last_modified="Mon")
    assert (result.etag, result.last_modified) == ('"a"', "Mon")


def test_a_304_with_a_new_etag_replaces_only_that() -> None:
    with LoopbackServer({"/f": Reply(status=304, headers={"ETag": '"b"'})}) as server:
        result = once(server.url("/f"), etag='"a"', last_modified="Mon")
    assert (result.etag, result.last_modified) == ('"b"', "Mon")


def test_a_touched_file_brings_new_validators_for_the_same_body() -> None:
    with LoopbackServer({"/f": Reply(headers={"ETag": '"b"'}, body=BODY)}) as server:
        result = once(server.url("/f"), etag='"a"', last_modified="Mon")
    assert (result.status, result.etag, result.last_modified) == (200, '"b"', None)


def test_a_304_to_a_plain_request_is_a_protocol_error() -> None:
    with LoopbackServer({"/f": Reply(status=304)}) as server:
        assert once(server.url("/f")).error_code == "protocol"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503, 202, 206])
def test_an_error_status_is_told_in_words_and_keeps_the_validators_sent(status: int) -> None:
    with LoopbackServer({"/f": Reply(status=status, headers={"ETag": '"error page"'}, body=b"no")}) as server:
        result = once(server.url("/f"), etag='"a"')
    assert (result.status, result.error_code, result.etag, result.body) == (status, "http", '"a"', b"")
    assert result.error.startswith(str(status))


def test_a_bot_wall_is_named() -> None:
    with LoopbackServer({"/f": Reply(status=403, headers={"cf-mitigated": "challenge"})}) as server:
        assert "bot wall" in once(server.url("/f")).error


def test_what_went_wrong_without_an_answer_keeps_the_validators_sent() -> None:
    with LoopbackServer() as server:
        url = server.url("/f")
    result = once(url, etag='"a"', last_modified="Mon")
    assert (result.status, result.error_code, result.etag, result.last_modified) == (None, "connect", '"a"', "Mon")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "172800"}, 172_800),
        ({"Retry-After": format_datetime(NOW.replace(hour=13), usegmt=True)}, 3600),
        (
            {
                "Retry-After": format_datetime(NOW.replace(hour=13), usegmt=True),
                "Date": format_datetime(NOW.replace(hour=12, minute=30), usegmt=True),
            },
            1800,
        ),
        ({"Retry-After": format_datetime(NOW.replace(year=2020), usegmt=True)}, 0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_stay_away_is_read_as_seconds_or_as_a_date_by_the_servers_clock(
    headers: dict[str, str], seconds: float | None, status: int
) -> None:
    with LoopbackServer({"/f": Reply(status=status, headers=headers)}) as server:
        assert once(server.url("/f")).retry_after_s == seconds


@pytest.mark.parametrize("status", [200, 304])
def test_freshness_is_read_on_documents_and_on_304_alike(status: int) -> None:
    reply = Reply(status=status, headers={"Cache-Control": "public, max-age=900", "Age": "60"}, body=b"")
    with LoopbackServer({"/f": reply}) as server:
        assert once(server.url("/f"), etag='"a"').max_age_s == 840


def test_nothing_is_told_that_a_server_need_not_know() -> None:
    reply = Reply(headers={"Set-Cookie": "spy=1"}, body=BODY)
    with LoopbackServer({"/f": reply, "/moved": Reply(status=302, headers={"Location": "/f"})}) as server:
        with fetching() as fetcher:
            one(fetcher, server.url("/f"))
            one(fetcher, server.url("/moved"))
        for asked in server.asked:
            assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
            assert asked.headers["user-agent"] == "Tocsin/test (+https://tocsin.example/)"
            assert asked.headers["accept-encoding"] == "gzip, deflate"


def test_a_packed_document_arrives_unpacked() -> None:
    reply = Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(BODY))
    with LoopbackServer({"/f": reply}) as server:
        assert once(server.url("/f")).body == BODY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_final_place_is_told(status: int) -> None:
    with LoopbackServer({"/f": Reply(body=BODY)}) as server:
        server.routes["/old"] = Reply(status=status, headers={"Location": server.url("/f")})
        result = once(server.url("/old"), etag='"a"')
        assert (result.status, result.final_url, result.body) == (200, server.url("/f"), BODY)
        assert result.moved is (status in {301, 308})
        assert [conditional(asked)[0] for asked in server.asked] == ['"a"', '"a"']


def test_one_temporary_hop_makes_the_whole_way_temporary() -> None:
    routes = {
        "/a": Reply(status=301, headers={"Location": "/b"}),
        "/b": Reply(status=302, headers={"Location": "/c"}),
        "/c": Reply(status=308, headers={"Location": "/d#end"}),
        "/d": Reply(body=BODY),
    }
    with LoopbackServer(routes) as server:
        result = once(server.url("/a"))
        assert (result.status, result.moved, result.final_url) == (200, False, server.url("/d"))


def test_a_redirect_that_leads_inside_is_blocked() -> None:
    routes = {"/f": Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})}
    with LoopbackServer(routes) as server, HttpFetcher(
        user_agent="Tocsin/test", allow_nets=["127.0.0.0/8"], host_gap_s=0, ssl_context=CONTEXT
    ) as fetcher:  # fmt: skip
        result = one(fetcher, server.url("/f"))
    assert (result.status, result.error_code) == (None, "blocked")
    assert "169.254.169.254" in result.error


@pytest.mark.parametrize(
    ("location", "code"),
    [("file:///etc/passwd", "blocked"), ("", "protocol"), ("/f", "protocol"), ("http://", "protocol")],
)
def test_a_redirect_that_leads_nowhere_is_refused(location: str, code: str) -> None:
    with LoopbackServer({"/f": Reply(status=302, headers={"Location": location})}) as server:
        assert once(server.url("/f")).error_code == code


def test_more_than_ten_redirects_are_refused() -> None:
    def onward(asked: Asked) -> Reply:
        return Reply(status=302, headers={"Location": f"/{int(asked.path[1:]) + 1}"})

    with LoopbackServer({f"/{n}": onward for n in range(50)}) as server:
        assert once(server.url("/0")).error_code == "protocol"
        assert len(server.asked) == 11


def test_a_document_above_the_cap_is_refused() -> None:
    with LoopbackServer({"/f": Reply(body=b"x" * 100_001)}) as server:
        assert once(server.url("/f")).error_code == "too_large"


def drip(server: LoopbackServer) -> Iterator[bytes]:
    while not server.stopping.wait(0.02):
        yield b"."


def test_a_slow_drip_is_cut_at_the_deadline() -> None:
    with LoopbackServer() as server, fetching(deadline_s=0.3) as fetcher:
        server.routes["/f"] = lambda _asked: Reply(body=drip(server))
        assert one(fetcher, server.url("/f")).error_code == "timeout"


def test_requests_to_one_host_never_overlap_and_keep_their_distance() -> None:
    with LoopbackServer({f"/{n}": Reply(body=BODY) for n in range(6)}) as server:
        hosts = ["feeds.wire.example", "www.wire.example"]
        urls = [server.url(f"/{n}", host=hosts[n % 2]) for n in range(6)]
        with fetching(host_gap_s=0.05) as fetcher:
            results = list(fetcher.fetch([FetchRequest(feed_id=n, url=url) for n, url in enumerate(urls)]))
            last = one(fetcher, server.url("/0", host="wire.example"))
        assert [result.status for result in [*results, last]] == [200] * 7
        assert server.most_at_once == 1
        starts = sorted(asked.at for asked in server.asked)
        # The server notes a request a little after it was sent, and not always equally late.
        assert all(later - earlier > 0.03 for earlier, later in pairwise(starts))


def test_hosts_do_not_wait_for_one_another_and_the_total_is_bounded() -> None:
    full = threading.Barrier(4)  # breaks unless four requests are here at once

    def together(_asked: Asked) -> Reply:
        full.wait(5)
        return Reply(body=BODY)

    with LoopbackServer({"/f": together}) as server, fetching(concurrency=4) as fetcher:
        urls = [server.url("/f", host=f"outlet{n}.example") for n in range(12)]
        results = list(fetcher.fetch([FetchRequest(feed_id=n, url=url) for n, url in enumerate(urls)]))
        assert [result.error for result in results] == [""] * 12
        assert server.most_at_once == 4


def test_results_come_as_they_are_ready() -> None:
    gate = threading.Event()

    def slow(_asked: Asked) -> Reply:
        gate.wait(5)
        return Reply(body=BODY)

    with LoopbackServer({"/slow": slow, "/fast": Reply(body=BODY)}) as server, fetching() as fetcher:
        slow_one = FetchRequest(feed_id=1, url=server.url("/slow", host="a.example"))
        fast_one = FetchRequest(feed_id=2, url=server.url("/fast", host="b.example"))
        results = fetcher.fetch([slow_one, fast_one])
        assert next(results).feed_id == 2
        gate.set()
        assert next(results).feed_id == 1


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://[::1", "http://a b.example/", "http://x:99999/"])
def test_a_url_that_is_none_is_a_result_and_not_an_exception(url: str) -> None:
    assert once(url).error_code in {"protocol", "blocked", "dns", "connect"}


def test_closing_in_the_middle_ends_what_is_under_way() -> None:
    reached = threading.Event()

    def never(_asked: Asked) -> Reply:
        reached.set()
        server.stopping.wait(5)
        return Reply(body=BODY)

    with LoopbackServer() as server:
        server.routes["/f"] = never
        fetcher = HttpFetcher(user_agent="Tocsin/test", allow_nets=["127.0.0.0/8"], ssl_context=CONTEXT)
        results: list[FetchResult] = []
        request = FetchRequest(feed_id=1, url=server.url("/f"))
        consumer = threading.Thread(target=lambda: results.extend(fetcher.fetch([request])))
        consumer.start()
        assert reached.wait(5)
        fetcher.close()
        fetcher.close()
        consumer.join(5)
        assert (consumer.is_alive(), results) == (False, [])
    gc.collect()  # anything left open would warn now, and warnings are errors


def test_a_consumer_that_loses_interest_leaves_nothing_behind() -> None:
    with LoopbackServer({"/f": Reply(body=BODY)}) as server, fetching() as fetcher:
        requests = [FetchRequest(feed_id=n, url=server.url("/f", host=f"o{n}.example")) for n in range(20)]
        for _result in fetcher.fetch(requests):
            break
        assert one(fetcher, server.url("/f")).status == 200
    gc.collect()


def test_slots_that_come_free_are_filled_while_the_slow_one_is_still_under_way() -> None:
    """The slow one is answered only once all others were asked for and came in: a batch would wait for it for ever."""
    gate = threading.Event()

    def slow(_asked: Asked) -> Reply:
        gate.wait(5)
        return Reply(body=BODY)

    with LoopbackServer({"/slow": slow, "/f": Reply(body=BODY)}) as server, fetching(concurrency=4) as fetcher:
        waiting = [FetchRequest(feed_id=n, url=server.url("/f", host=f"o{n}.example")) for n in range(1, 30)]
        asker, rooms = threading.current_thread(), []

        def more(room: int) -> Sequence[FetchRequest]:
            assert threading.current_thread() is asker
            rooms.append(room)
            given, waiting[:] = waiting[:room], waiting[room:]
            return given

        seen = []
        for result in fetcher.fetch([FetchRequest(feed_id=0, url=server.url("/slow"))], more=more):
            seen.append(result.feed_id)
            if len(seen) == 29:
                gate.set()
        assert (sorted(seen), seen[-1]) == (list(range(30)), 0)
        assert rooms[0] == 3
        assert server.most_at_once <= 4


def test_what_waits_for_one_crowded_host_takes_no_room_from_the_others() -> None:
    gate = threading.Event()

    def slow(_asked: Asked) -> Reply:
        gate.wait(5)
        return Reply(body=BODY)

    with LoopbackServer({"/slow": slow, "/f": Reply(body=BODY)}) as server, fetching(concurrency=4) as fetcher:
        crowd = [FetchRequest(feed_id=n, url=server.url("/slow", host="crowd.example")) for n in range(8)]
        others = [FetchRequest(feed_id=n, url=server.url("/f", host=f"o{n}.example")) for n in range(8, 20)]

        def more(room: int) -> Sequence[FetchRequest]:
            given, others[:] = others[:room], others[room:]
            return given

        seen = []
        for result in fetcher.fetch(crowd, more=more):
            seen.append(result.feed_id)
            if len(seen) == 12:
                gate.set()
        assert set(seen[:12]) == set(range(8, 20))
        assert set(seen[12:]) == set(range(8))


def test_threads_that_fetch_at_once_share_the_slots() -> None:
    with LoopbackServer({"/f": Reply(body=BODY)}) as server, fetching(concurrency=6) as fetcher:
        waiting = [FetchRequest(feed_id=n, url=server.url("/f", host=f"o{n}.example")) for n in range(90)]
        lock = threading.Lock()
        seen: list[int] = []

        def more(room: int) -> Sequence[FetchRequest]:
            with lock:
                given, waiting[:] = waiting[:room], waiting[room:]
                return given

        def work() -> None:
            seen.extend(result.feed_id for result in fetcher.fetch([], more=more))

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sorted(seen) == list(range(90))
        assert server.most_at_once <= 6


def test_leaving_midway_gives_the_slots_back() -> None:
    with LoopbackServer() as server, fetching(concurrency=2) as fetcher:
        server.routes |= {"/f": Reply(body=BODY), "/never": lambda _asked: Reply(body=drip(server))}
        never = [FetchRequest(feed_id=n, url=server.url("/never", host=f"n{n}.example")) for n in range(8)]
        for _result in fetcher.fetch([FetchRequest(feed_id=9, url=server.url("/f")), *never]):
            break
        assert one(fetcher, server.url("/f")).status == 200
        assert fetcher._under_way == 0


def test_a_bug_of_ours_costs_one_feed_its_poll_and_says_so() -> None:
    def broken(_host: str, _port: int) -> Sequence[str]:
        raise ZeroDivisionError

    with fetching(resolve=broken) as fetcher:
        assert one(fetcher, "http://wire.example/f").error_code == "protocol"


@pytest.mark.parametrize("location", ["http://[::1", "http://wire.example:port/", "//[", "http://a\xff\xfe/"])
def test_a_redirect_to_what_is_no_url_is_refused(location: str) -> None:
    with LoopbackServer({"/f": Reply(status=301, headers={"Location": location})}) as server:
        result = once(server.url("/f"))
    assert result.status is None
    assert result.error_code in {"protocol", "blocked", "dns", "connect"}


def test_226_is_a_document_too() -> None:
    with LoopbackServer({"/f": Reply(status=226, headers={"ETag": '"a"'}, body=BODY)}) as server:
        result = once(server.url("/f"))
    assert (result.status, result.body, result.etag, result.error_code) == (226, BODY, '"a"', "")


def test_a_password_in_a_url_is_told_to_its_own_origin_alone_and_to_no_reader() -> None:
    routes: dict[str, Route] = {
        "/here": Reply(status=302, headers={"Location": "/f"}),
        "/f": Reply(status=410),
    }
    with LoopbackServer(routes) as server, fetching() as fetcher:
        server.routes["/away"] = Reply(status=301, headers={"Location": server.url("/f", host="other.example")})
        server.routes["/back"] = Reply(status=301, headers={"Location": server.url("/f", host="u:p@wire.example")})
        mine = server.url("", host="me:s%20cret@wire.example")
        stays, leaves = one(fetcher, mine + "/here"), one(fetcher, mine + "/away")
        given = one(fetcher, server.url("/back", host="other.example"))
        told = [(asked.host.partition(":")[0], asked.headers.get("authorization")) for asked in server.asked]
    secret = "Basic bWU6cyBjcmV0"
    assert told == [
        ("wire.example", secret),
        ("wire.example", secret),
        ("wire.example", secret),
        ("other.example", None),
        ("other.example", None),
        ("wire.example", None),
    ]
    assert stays.final_url == mine + "/f"
    assert "@" not in leaves.final_url + given.final_url
    with fetching(deadline_s=0.2) as fetcher:
        gone = one(fetcher, mine + "/f")
    assert "cret" not in gone.error


def test_a_way_that_leaves_tls_is_never_for_good() -> None:
    """Whoever sits on the line could have sent us there."""
    trail = _Trail(url="https://wire.example/a", left_s=1, seen={"https://wire.example/a"})
    to_plain = HttpResponse(status=301, headers={"location": "http://wire.example/b"}, body=b"")
    back = HttpResponse(status=308, headers={"location": "https://wire.example/c"}, body=b"")
    for response in (to_plain, back):
        trail.follow(response)
    assert (trail.url, trail.moved) == ("https://wire.example/c", False)
    to_tls = _Trail(url="http://wire.example/a", left_s=1, seen={"http://wire.example/a"})
    to_tls.follow(back)
    assert (to_tls.url, to_tls.moved) == ("https://wire.example/c", True)


def test_link_headers_name_the_hub_and_the_topic() -> None:
    links = '<https://hub.example/>; rel="hub", </feed>; rel=self'
    with LoopbackServer({"/f": Reply(status=304, headers={"Link": links})}) as server:
        result = once(server.url("/f"), etag='"a"')
    assert (result.hub, result.topic) == ("https://hub.example/", server.url("/feed"))


def test_the_very_bytes_of_a_request_hold_nothing_more_than_they_must() -> None:
    """No cookie although one was set, no referrer although we were sent here, no fragment, nothing unasked."""
    sends = b"HTTP/1.1 302 Found\r\nLocation: /f?a=b#part\r\nSet-Cookie: spy=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    brings = b'HTTP/1.1 200 OK\r\nETag: W/"x \xe9"\r\nSet-Cookie: spy=2\r\nContent-Length: 6\r\n\r\n<rss/>'
    with RawServer(sends, brings, brings) as server, fetching() as fetcher:
        url = f"http://wire.example:{server.port}/start#top"
        first = one(fetcher, url)
        one(fetcher, first.final_url, etag=first.etag)
    head = (
        f"Host: wire.example:{server.port}\r\nUser-Agent: Tocsin/test (+https://tocsin.example/)\r\n"
        f"Accept: {_ACCEPT}\r\nAccept-Encoding: gzip, deflate\r\nConnection: close\r\n"
    )
    assert [request.decode("latin-1").lower() for request in server.requests] == [
        f"GET /start HTTP/1.1\r\n{head}\r\n".lower(),
        f"GET /f?a=b HTTP/1.1\r\n{head}\r\n".lower(),
        f'GET /f?a=b HTTP/1.1\r\n{head}If-None-Match: W/"x \xe9"\r\n\r\n'.lower(),
    ]


def test_no_redirect_leads_to_a_host_that_asked_to_be_left_alone() -> None:
    """Who waits for that host's turn when it says so is kept away too; who is there by his own address is not."""
    with LoopbackServer() as server, fetching() as fetcher:
        there = f"http://busy.example:{server.port}/feed"
        server.routes["/to"] = Reply(status=302, headers={"Location": there})
        server.routes["/feed"] = Reply(status=429, headers={"Retry-After": "3600"})
        urls = [f"http://outlet{n}.example:{server.port}/to" for n in range(4)]
        together = [FetchRequest(feed_id=n, url=url) for n, url in enumerate(urls)]
        told, *spared = sorted(fetcher.fetch(together), key=lambda result: result.status is None)
        assert (told.status, told.retry_after_s) == (429, 3600)
        assert {result.error for result in spared} == {f"it leads to {there}, where we were told to stay away"}
        assert all(3500 < (result.retry_after_s or 0) <= 3600 for result in spared)
        assert [asked.path for asked in server.asked].count("/feed") == 1
        assert one(fetcher, there).status == 429
