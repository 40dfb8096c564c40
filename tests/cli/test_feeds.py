"""`tocsin feeds`: lists come in and go out, and nothing is lost on the way."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.adapters.store import open_store, upgrade
from service.core.feed import Feed, FeedState, PollRecord
from service.ports.store import Transaction
from tests.commands import tocsin

LIST = """<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Ukraine"><outline type="rss" text="Kharkiv Ledger" xmlUrl="https://ledger.example/feed"/></outline>
<outline type="rss" text="Northern Wire" xmlUrl="https://wire.example/feed"/>
<outline type="rss" text="A drive" xmlUrl="file:///etc/passwd"/>
</body></opml>"""


def test_a_list_is_imported_once_and_comes_out_again(tmp_path: Path) -> None:
    """What is no web address is refused by name; a second import adds nothing; the export can be imported."""
    file = tmp_path / "mine.opml"
    file.write_text(LIST, encoding="utf-8")
    environ = {"TOCSIN_DATA_DIR": str(tmp_path / "data")}
    first = tocsin("feeds", "import", str(file), "--json", environ=environ)
    assert first.returncode == 1
    assert json.loads(first.stdout)["added"] == 2
    assert "file:///etc/passwd" in first.stderr
    again = tocsin("feeds", "import", str(file), environ=environ)
    assert again.stdout.startswith("0 added, 2 known already, 1 refused")
    exported = tmp_path / "out.opml"
    exported.write_text(tocsin("feeds", "export", environ=environ).stdout, encoding="utf-8")
    other = {"TOCSIN_DATA_DIR": str(tmp_path / "other")}
    assert tocsin("feeds", "import", str(exported), environ=other).stdout.startswith("2 added")


def test_a_file_that_is_no_list_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_text("no list at all", encoding="utf-8")
    done = tocsin("feeds", "import", str(file), environ={"TOCSIN_DATA_DIR": str(tmp_path / "data")})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert str(file) in done.stderr


NOW = datetime.now(UTC)
OFFER = "a web page, not a feed; it offers https://wire.example/rss.xml"


def add(tx: Transaction, name: str, state: FeedState = "active", *, error: str = "", quiet_days: int = 0) -> int:
    """Add a feed that was polled five minutes ago."""
    feed = Feed(
        feed_id=0,
        url=f"https://{name}.example/rss",
        title=name.title(),
        country="UA",
        lang="uk",
        state=state,
        due_at=NOW + timedelta(hours=1),
        last_poll_at=NOW,
        last_ok_at=NOW - timedelta(hours=9 if error else 0),
        last_entry_at=NOW - timedelta(days=quiet_days),
        gap_s=7200.0,
        failures=4 if error else 0,
        last_error=error,
        error_code="http" if error else "",
    )
    feed_id = tx.feeds.add(feed)
    (held,) = tx.feeds.claim([feed_id], NOW, lease=timedelta(minutes=2))
    note = "it publishes about every 2 h"
    assert tx.feeds.finish(held, PollRecord(at=NOW, outcome="failed" if error else "new", error=error, note=note))
    return feed_id


@pytest.fixture
def house(tmp_path: Path) -> dict[str, str]:
    """The environment of a house with a sound feed (1), a failing one (2) and a silent one (3)."""
    url = f"sqlite:///{tmp_path}/tocsin.db"
    upgrade(url)
    with open_store(url) as store, store.write() as tx:
        add(tx, "sound")
        add(tx, "failing", "failing", error=OFFER)
        add(tx, "silent", quiet_days=9)
    return {"TOCSIN_DATA_DIR": str(tmp_path)}


def test_health_says_how_each_feed_is_problems_first(house: dict[str, str]) -> None:
    done = tocsin("feeds", "health", environ=house)
    assert done.returncode == 1
    assert done.stdout.startswith("2 of 3 feeds for Ukraine have failed or fallen silent since")
    assert done.stdout.index("Failing") < done.stdout.index("Silent") < done.stdout.index("Sound")
    assert "answers, nothing new for 9 days though it usually publishes every 2 h" in done.stdout


def test_health_as_json_keeps_its_fields_and_adds_the_words(house: dict[str, str]) -> None:
    done = tocsin("feeds", "health", "--json", environ=house)
    feeds = json.loads(done.stdout)
    assert [feed["health"]["state"] for feed in feeds] == ["failing", "silent", "working"]
    assert {"feed_id", "url", "state", "failures", "last_error", "due_at", "polls"} <= set(feeds[0])
    assert feeds[0]["health"]["sentence"].startswith("failing since ")
    assert feeds[0]["polls"][0]["outcome"] == "failed"


def test_a_list_without_problems_exits_0(tmp_path: Path) -> None:
    assert tocsin("feeds", "health", environ={"TOCSIN_DATA_DIR": str(tmp_path)}).returncode == 0


def test_show_says_all_that_is_known_and_what_a_page_offers(house: dict[str, str]) -> None:
    done = tocsin("feeds", "show", "2", environ=house)
    assert done.returncode == 0
    for said in (
        "it offers     https://wire.example/rss.xml (tocsin feeds add https://wire.example/rss.xml)",
        "state         failing since",
        "it publishes about every 2 h",
        "covers        UA, uk",
        "entries by    id",
    ):
        assert said in done.stdout, said
    shown = json.loads(tocsin("feeds", "show", "2", "--json", environ=house).stdout)
    assert shown["health"]["suggests"] == ["https://wire.example/rss.xml"]
    assert shown["polls"][0]["note"] == "it publishes about every 2 h"


def test_an_unknown_feed_is_one_line_with_the_way_out(house: dict[str, str]) -> None:
    done = tocsin("feeds", "show", "9", environ=house)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no feed 9" in done.stderr
    assert "tocsin feeds list" in done.stderr


def test_the_list_shows_each_state(house: dict[str, str]) -> None:
    listed = json.loads(tocsin("feeds", "list", "--json", environ=house).stdout)
    assert [feed["health"]["state"] for feed in listed] == ["working", "failing", "silent"]
