"""The house put together: what a start and an edit of the files do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from service.adapters.declared import declared
from service.bootstrap import App
from service.core.errors import BadConfig
from service.pipeline.manage import Wish
from service.resources import shipped
from service.settings import load
from tests.migrated import put_database
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
    put_database(tmp_path / "data")
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Iterator[App]:
    flags = {"data_dir": folder / "data", "config_dir": folder / "config"}
    with App(load(environ={}, flags=flags), clock=HandClock(), durable=False) as made:
        yield made


def test_every_text_of_a_rule_is_kept(app: App, folder: Path) -> None:
    path = folder / "config" / "rules" / "mine.yaml"
    path.write_text(RULE.format(least=5), encoding="utf-8")
    app.refresh()
    app.refresh()
    path.write_text(RULE.format(least=50), encoding="utf-8")
    app.refresh()
    with app.store.read() as tx:
        texts = [version.text for version in tx.rules.history("my-strikes")]
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


def declare(app: App, name: str, *items: str, text: str = "") -> None:
    """Write the operator's file of this name, and let it be taken up."""
    path = app.config[0] / f"{name}.yaml"
    path.write_text(text or "\n".join([f"{name}:", *(f"  - {item}" for item in items)]) + "\n", encoding="utf-8")
    app.refresh()


def standing(app: App) -> list[tuple[str, tuple[str, ...], str]]:
    with app.store.read() as tx:
        return [(sub.channel.address, sub.rules, sub.state) for sub in tx.subscriptions.all()]


def known(app: App) -> list[tuple[str, str | None, str | None, bool, bool]]:
    with app.store.read() as tx:
        return [
            (feed.url[-1], feed.country, feed.lang, feed.priority, feed.state == "muted") for feed in tx.feeds.all()
        ]


DESK, NEWS = "email: desk@example.org, mode: alert", "email: news@example.org, mode: digest"


def test_what_the_file_no_longer_declares_is_ended_and_nothing_else(app: App) -> None:
    app.subscribe(Wish(kind="email", address="cli@example.org", mode="alert"))
    declare(app, "subscriptions", f"{{{DESK}}}", f"{{{NEWS}}}")
    declare(app, "subscriptions", f"{{{DESK}, rules: [mass-casualties]}}")
    assert standing(app) == [
        ("cli@example.org", (), "active"),
        ("desk@example.org", (), "ended"),
        ("news@example.org", (), "ended"),
        ("desk@example.org", ("mass-casualties",), "active"),
    ]


def test_whoever_had_themselves_erased_is_not_taken_up_from_the_file_again(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    hook = "webhook: https://desk.example/hook, mode: alert, secret: whsec_c2VjcmV0, owner: desk@example.org"
    declare(app, "subscriptions", f"{{{DESK}}}", f"{{{NEWS}}}", f"{{{hook}}}")
    app.readers.erase("desk@example.org")
    before = standing(app)
    declare(app, "subscriptions", f"{{{DESK}}}", f"{{{NEWS}}}", f"{{{hook}}}", "{email: new@example.org, mode: alert}")
    assert standing(app) == [*before, ("new@example.org", (), "active")]
    assert [state for _, _, state in before] == ["ended", "active", "active"], "nobody else loses anything by it"
    assert "subscriptions.yaml:2: E100 whom this names had themselves erased" in caplog.text
    assert "desk@example.org" not in caplog.text
    assert [(fault.line, fault.message[:10]) for fault in app.check_declared()] == [
        (2, "whom this "),
        (4, "whom this "),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "# all comments\n",
        "subscriptions: [\n",
        "subscriptions:\n  - {email: no address, mode: alert}\n",
        "subscriptions:\n  - {mail: typo@example.org}\n",
    ],
)
def test_a_file_with_any_error_or_with_nothing_in_it_ends_nothing(app: App, text: str) -> None:
    declare(app, "subscriptions", f"{{{DESK}}}")
    declare(app, "subscriptions", text=text)
    assert standing(app) == [("desk@example.org", (), "active")]


def test_a_reader_whose_last_rule_was_taken_out_is_not_told_everything(app: App) -> None:
    declare(app, "subscriptions", text="subscriptions:\n  - {email: desk@example.org, mode: alert, rules: []}\n")
    assert [(fault.line, fault.message) for fault in app.check_declared()] == [
        (2, "`rules` is an empty list, which would mean all rules")
    ]
    assert standing(app) == []


def test_an_empty_list_ends_all_and_a_missing_file_nothing(app: App) -> None:
    declare(app, "subscriptions", f"{{{DESK}}}")
    (app.config[0] / "subscriptions.yaml").unlink()
    app.refresh()
    assert standing(app) == [("desk@example.org", (), "active")]
    declare(app, "subscriptions")
    assert standing(app) == [("desk@example.org", (), "ended")]


def test_what_was_begun_again_by_hand_is_no_longer_the_files_to_end(app: App) -> None:
    declare(app, "subscriptions", f"{{{DESK}}}")
    declare(app, "subscriptions")
    app.subscribe(Wish(kind="email", address="desk@example.org", mode="alert"))
    declare(app, "subscriptions", f"{{{NEWS}}}")
    assert standing(app)[0] == ("desk@example.org", (), "active")


def test_an_edited_feed_is_described_anew_a_dropped_one_muted_until_it_returns(app: App) -> None:
    app.add_feed("https://wire.example/c", country="SD")
    declare(app, "feeds", "{url: https://wire.example/a, country: UA, lang: uk}", "{url: https://wire.example/b}")
    declare(app, "feeds", "{url: https://wire.example/a, country: PL, priority: true}")
    assert known(app) == [
        ("c", "SD", None, False, False),
        ("a", "PL", "uk", True, False),
        ("b", None, None, False, True),
    ]
    declare(app, "feeds", "{url: https://wire.example/a}", "{url: https://wire.example/b}", "# as before")
    assert [muted for *_, muted in known(app)] == [False, False, False]


def test_a_feed_muted_by_hand_stays_muted_whatever_the_file_says(app: App) -> None:
    declare(app, "feeds", "{url: https://wire.example/a}")
    with app.store.write() as tx:
        tx.feeds.set_muted(1, muted=True, now=NOON)
    declare(app, "feeds", "{url: https://wire.example/a, country: UA}")
    assert known(app) == [("a", "UA", None, False, True)]


def test_a_feed_added_again_by_hand_takes_up_what_is_said_of_it(app: App) -> None:
    app.add_feed("https://wire.example/a", country="UA", lang="uk")
    app.add_feed("https://wire.example/a", country="PL", priority=True)
    app.add_feed("https://wire.example/a")
    assert known(app) == [("a", "PL", "uk", True, False)]


def test_the_shipped_files_show_examples_and_declare_nothing(app: App) -> None:
    for name in ("feeds.yaml", "subscriptions.yaml"):
        assert (shipped("config") / name).is_file()
    assert [(file.items, file.whole) for file in declared([shipped("config")])] == [([], False), ([], False)]
    assert app.apply_declared() == []


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
    (folder / "data" / "tocsin.db").unlink()
    with app.store.read() as tx:
        assert tx.feeds.all() == []
    with closing(sqlite3.connect(folder / "data" / "tocsin.db")) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
