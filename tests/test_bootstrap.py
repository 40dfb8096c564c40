"""The house put together: what a start and an edit of the files do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from service.bootstrap import App
from service.core.errors import BadConfig
from service.settings import load
from tests.standins import NOON, HandClock

RULE = """
version: 1
rules:
  - id: my-strikes
    title: Strikes
    match: kind:strike AND killed>={least}
    owner: desk
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Iterator[App]:
    flags = {"data_dir": folder / "data", "config_dir": folder / "config"}
    with App(load(environ={}, flags=flags), clock=HandClock()) as made:
        yield made


def test_every_text_of_a_rule_is_kept(app: App, folder: Path) -> None:
    path = folder / "config" / "rules" / "mine.yaml"
    path.write_text(RULE.format(least=5), encoding="utf-8")
    app.refresh()
    app.refresh()
    path.write_text(RULE.format(least=50), encoding="utf-8")
    app.refresh()
    with app.store.read() as tx:
        texts = [text for _, text, *_ in tx.rules.history("my-strikes")]
    assert [text.count("killed>=50") for text in sorted(texts, key=len)] == [0, 1]


def test_declared_feeds_and_subscriptions_are_applied_once_and_marked(app: App, folder: Path) -> None:
    (folder / "config" / "feeds.yaml").write_text("feeds:\n  - {url: https://wire.example/a, country: UA}\n")
    (folder / "config" / "subscriptions.yaml").write_text(
        "subscriptions:\n  - {email: desk@example.org, mode: digest, tz: Europe/Kyiv, at: '07:30'}\n"
    )
    app.refresh()
    app.refresh()
    with app.store.read() as tx:
        assert [(feed.url, feed.source) for feed in tx.feeds.all()] == [("https://wire.example/a", "file")]
        assert [(sub.tz, f"{sub.at:%H:%M}", sub.source) for sub in tx.subscriptions.all()] == [
            ("Europe/Kyiv", "07:30", "file")
        ]


def test_a_start_need_not_wait_for_what_a_killed_process_held(app: App) -> None:
    app.add_feed("https://wire.example/a")
    with app.store.write() as tx:
        assert len(tx.feeds.claim_due(NOON, limit=9, lease=timedelta(days=1))) == 1
    app.start()
    with app.store.write() as tx:
        assert len(tx.feeds.claim_due(NOON, limit=9, lease=timedelta(days=1))) == 1


def test_two_services_do_not_share_a_data_folder(app: App) -> None:
    app.start()
    with App(app.settings) as second, pytest.raises(BadConfig, match="another Tocsin is running"):
        second.start()


def test_a_store_is_made_and_brought_up_to_date_when_first_asked_for(app: App, folder: Path) -> None:
    with app.store.read() as tx:
        assert tx.feeds.all() == []
    with closing(sqlite3.connect(folder / "data" / "tocsin.db")) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
