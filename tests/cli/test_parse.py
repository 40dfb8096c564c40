"""`tocsin parse`: the shape that programs outside are promised, whatever comes in."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FEED = b"""<rss version="2.0"><channel><title>Outlet</title><link>https://outlet.example/</link>
<item><guid>1</guid><title>Talks</title><link>/1</link><pubDate>Thu, 20 Aug 2026 10:00:00 EEST</pubDate></item>
</channel></rss>"""
ENTRY_KEYS = {
    "uid", "guid", "url", "canonical_url", "title", "summary", "content_html", "authors", "categories", "enclosures",
    "published", "updated", "published_raw", "date_flag",
}  # fmt: skip


def tocsin(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "service", "parse", *words], input=given, capture_output=True, check=False
    )


def test_a_document_on_standard_input_comes_out_as_json() -> None:
    done = tocsin("-", "--url", "https://outlet.example/feed", "--fetched-at", "2026-08-20T12:00:00Z", given=FEED)
    assert (done.returncode, done.stderr) == (0, b"")
    document: dict[str, Any] = json.loads(done.stdout)
    assert list(document) == ["format", "feed", "entries", "errors"]
    assert set(document["feed"]) == {"title", "link", "language", "updated", "ttl_s", "self", "hubs"}
    [entry] = document["entries"]
    assert set(entry) == ENTRY_KEYS
    assert (entry["url"], entry["published"], entry["date_flag"]) == (
        "https://outlet.example/1",
        "2026-08-20T07:00:00Z",
        "ok",
    )


def test_a_file_is_read_by_name_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"<html>")
    done = tocsin(str(path), "--url", "https://outlet.example/")
    assert (done.returncode, json.loads(done.stdout)["errors"][0]["code"]) == (0, "html_not_feed")
    done = tocsin(str(tmp_path / "none.xml"), "--url", "https://outlet.example/")
    assert done.returncode == 2
    assert b"none.xml" in done.stderr


def test_a_batch_gives_one_line_for_each_line_in_order() -> None:
    def line(**fields: Any) -> bytes:
        return json.dumps(fields).encode() + b"\n"

    given = line(id="a", url="https://outlet.example/", content_type="text/xml", fetched_at="2026-08-20T12:00:00Z",
                 body_b64=base64.b64encode(FEED).decode())  # fmt: skip
    done = tocsin("--batch", given=given + line(id=2, body_b64="") + line(id=3) + b"nonsense\n" + given)
    assert done.returncode == 0
    answers = [json.loads(answer) for answer in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, 3, None, "a"]
    assert [[error["code"] for error in answer["errors"]] for answer in answers] == [
        [],
        ["empty"],
        ["bad_request"],
        ["bad_request"],
        [],
    ]
