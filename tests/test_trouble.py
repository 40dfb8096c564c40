"""Trouble, end to end: a clear word names the place and the way out, the rest goes on, and nothing is lost."""

import fcntl
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.bootstrap import App
from service.cli.run import running
from service.core.errors import StoreUnavailable
from service.core.feed import ParsedFeed
from service.pipeline.manage import Wish
from tests.commands import ROOT, tocsin
from tests.servers_mail import free_port
from tests.town import MARKET, MARKET_LEAD, READER, Town, a_town, feeds_of, outbox_of, start_of, wait_for


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path / "town") as built:
        yield built


@pytest.fixture
def app(town: Town) -> Iterator[App]:
    with App(town.settings(), clock=town.clock, durable=False) as made:
        yield made


def begin(town: Town, app: App, *outlets: str) -> None:
    """Everybody subscribes, and the outlets' feeds have had their first poll: what they held is history."""
    town.subscribe(app)
    for name in outlets or ("Northern Wire",):
        app.add_feed(town.outlet(name).url)
    town.settle(app)
    assert town.mails == []
    assert town.hooks == []


# -- the good day ------------------------------------------------------------------------------------------------------


def test_the_good_day(town: Town, app: App) -> None:
    """One happening: one alert, one update as the toll rises, one digest, and nothing more after leaving."""
    others = ("Meridian Daily", "Harbour Post", "Lakeside Courier")
    begin(town, app, "Northern Wire", *others)
    town.subscribe(app, mode="digest")
    town.outlet().publish(MARKET, MARKET_LEAD)
    town.later(app, minutes=20)
    [mail], [hook] = town.mails, town.hooks
    assert mail["To"] == READER
    assert "El Fasher" in mail["Subject"]
    assert hook["type"] == "event.new"
    event = hook["data"]["event"]
    assert (event["kind"], event["killed"]["min"], event["injured"]["min"]) == ("strike", 31, 54)
    assert event["place"]["name"] == "El Fasher"

    for name in others:
        town.outlet(name).publish("El Fasher market bombed, 31 killed", MARKET_LEAD)
    town.later(app, minutes=20)
    assert [hook["type"] for hook in town.hooks] == ["event.new"]

    town.outlet().publish(
        "Death toll in El Fasher market air strike rises to 52",
        "The death toll from Wednesday's air strike on a market in El Fasher has risen to 52, medics said.",
    )
    town.later(app, minutes=45)
    assert [hook["type"] for hook in town.hooks] == ["event.new", "event.updated"]
    assert town.hooks[1]["data"]["event_id"] == hook["data"]["event_id"]
    assert town.hooks[1]["data"]["event"]["killed"]["max"] == 52
    assert len(town.mails) == 2

    town.clock.at = start_of(1, hour=7)
    town.later(app, minutes=1)
    digest = town.mails[2]
    assert "El Fasher" in str(digest.get_body(("plain",)))

    with running(app):
        for leaving in (mail, digest):
            url = str(leaving["List-Unsubscribe"]).strip("<>")
            answer = httpx.post(url, data={"List-Unsubscribe": "One-Click"}, trust_env=False)
            assert answer.status_code == 200
    town.outlet().publish("Missiles hit Odesa port, nine dead", "Russian missiles hit the port of Odesa, killing nine.")
    town.later(app, minutes=45)
    town.later(app, days=1)
    assert len(town.mails) == 3
    assert town.hooks[-1]["type"] == "event.new"


# -- feeds -------------------------------------------------------------------------------------------------------------


def test_a_broken_feed_among_good_ones(town: Town, app: App) -> None:
    """It says why it fails, the others go on, and it comes back by itself with what it held meanwhile."""
    begin(town, app, "Northern Wire", "Harbour Post")
    good, bad = town.outlet("Northern Wire"), town.outlet("Harbour Post")
    bad.answer(200, "<!doctype html><html><body>We are moving!</body></html>", "text/html")
    good.publish(MARKET, MARKET_LEAD)
    town.later(app, minutes=20)
    assert len(town.hooks) == 1
    feed = feeds_of(app)["harbour-post.xml"]
    assert feed.failures == 1
    assert "not a feed" in feed.last_error.lower() or "html" in feed.last_error.lower(), feed.last_error

    bad.answer(500, "oops")
    for _ in range(3):
        town.later(app, hours=2)
    feed = feeds_of(app)["harbour-post.xml"]
    assert feed.state == "failing"
    assert "500" in feed.last_error
    assert feeds_of(app)["northern-wire.xml"].failures == 0

    bad.publish("Missiles hit Odesa port, nine dead", "Russian missiles hit the port of Odesa, killing nine people.")
    town.later(app, hours=6)
    feed = feeds_of(app)["harbour-post.xml"]
    assert (feed.state, feed.failures, feed.last_error) == ("active", 0, "")
    assert [hook["data"]["event"]["place"]["name"] for hook in town.hooks] == ["El Fasher", "Odesa"]


def test_a_document_that_breaks_us_costs_only_its_own_feed(town: Town, app: App) -> None:
    """What no rule foresaw is kept with the feed as its error; the feeds polled with it are taken in."""

    class Fragile:
        def parse(self, body: bytes, *, url: str, **rest: Any) -> ParsedFeed:
            if "harbour" in url:
                raise RuntimeError("a bug of ours")
            return app.poll.parser.parse(body, url=url, **rest)

    for name in ("Harbour Post", "Northern Wire"):
        app.add_feed(town.outlet(name).url)
    polled = replace(app.poll, parser=Fragile()).run(town.clock.now())
    assert len(polled) == 2
    assert "a bug of ours" in feeds_of(app)["harbour-post.xml"].last_error
    assert feeds_of(app)["northern-wire.xml"].baseline_done


def test_a_feed_with_characters_no_database_takes(town: Town, app: App) -> None:
    """Half a character or a NUL in a title spoils neither its feed nor its neighbours."""
    begin(town, app, "Northern Wire")
    odd = town.outlet("Harbour Post")
    title = "Missiles hit Odesa port, nine dead"
    odd.answer(200, '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}', "application/json")
    app.add_feed(odd.url)
    town.settle(app)
    at = town.clock.now().isoformat()
    item = f'{{"id": "1\\u0000", "title": "{title} \\ud800\\u0000", "content_text": "ok", "date_published": "{at}"}}'
    odd.answer(
        200, f'{{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{item}]}}', "application/json"
    )
    town.later(app, minutes=20)
    assert feeds_of(app)["harbour-post.xml"].last_error == ""
    assert len(town.hooks) == 1


# -- watch rules -------------------------------------------------------------------------------------------------------

GOOD_RULE = 'version: 1\nrules:\n  - id: {id}\n    title: {id}\n    match: "{match}"\n'


def rule(name: str, match: str) -> str:
    return GOOD_RULE.format(id=name, match=match)


def test_a_typo_in_a_rule_while_running(town: Town, app: App, caplog: pytest.LogCaptureFixture) -> None:
    """The last good text stays in force, the log and `tocsin check` name the place; mended, the new text counts."""
    path = town.write("rules/mine.yaml", rule("harbour-watch", "kind:strike"))
    with running(app):
        assert "harbour-watch" in {known.rule_id for known in app.rules().rules}
        path.write_text(rule("harbour-watch", "kind:strke AND country:SD"))
        place = f"{path}:5:"
        wait_for(lambda: place in caplog.text)
        assert "harbour-watch" in {known.rule_id for known in app.rules().rules}
        checked = tocsin("check", environ=town.environ())
        assert checked.returncode == 1
        assert checked.stderr.count(place) == 1, checked.stderr
        assert place in tocsin("rules", "check", environ=town.environ()).stderr
        path.write_text(rule("harbour-watch", "kind:strike") + rule("river", "kind:talks").split("rules:\n")[1])
        wait_for(lambda: "river" in {known.rule_id for known in app.rules().rules})
    assert caplog.text.count(place) == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rules/mine.yaml", rule("a", "kind:strike") + "    title: again\n", "mine.yaml:6:5: E152"),
        ("rules/mine.yaml", None, "mine.yaml: E150 cannot read: Is a directory"),
        ("rules", "not a folder", "rules:1:1: E154 the file is not a mapping"),
        ("lists.yaml", None, "lists.yaml: E150 cannot read: Is a directory"),
        ("service.yaml", None, "service.yaml: E200 cannot read the file: Is a directory"),
        ("service.yaml", "tick_s:\t5\n", "service.yaml:1:8: E200"),
        ("service.yaml", "lease_s: soon\n", "service.yaml:1:10: E200 lease_s must be a valid number"),
        ("service.yaml", "tick_s: 1\ntick_s: 2\n", "service.yaml:2:1: E200 'tick_s' is given twice"),
        ("feeds.yaml", None, "feeds.yaml: E200 cannot read the file: Is a directory"),
        ("feeds.yaml", "feeds:\n- {url: 'http://a.example', tint: 1}\n", "feeds.yaml:2:35: E200 unknown key `tint`"),
        ("feeds.yaml", "feeds:\n- {url: 'http://a.example', country: Mars}\n", "feeds.yaml:2: E100 no country code"),
        (
            "subscriptions.yaml",
            "subscriptions:\n- {email: a@example.org, mode: digest, tz: Mars/Olympus}\n",
            "subscriptions.yaml:2: E100 no time zone 'Mars/Olympus' (an IANA name such as Europe/Kyiv)",
        ),
        (
            "subscriptions.yaml",
            "subscriptions:\n- {webhook: 'http://a.example', mode: alert, secret: hunter2}\n",
            "subscriptions.yaml:2: E100 no webhook secret (write whsec_ and base64",
        ),
        ("lexicon/en.yaml", "lang: en\nlists: 5\n", "lexicon/en.yaml:2:8: E200 not a mapping"),
        (
            "lexicon/en.yaml",
            "lang: en\nlists: {rade: [zorble]}\n",
            "lexicon/en.yaml:2:15: E200 nothing asks for a list 'rade' (did you mean",
        ),
        ("lexicon", "not a folder", "lexicon: E200 cannot read the folder"),
    ],
)
def test_a_config_file_that_cannot_be_used(town: Town, name: str, text: str | None, said: str) -> None:
    """`tocsin check` names file, line and column once, and ends with 1 or 2."""
    if text is None:
        (town.config / name).mkdir(parents=True)
    else:
        town.write(name, text)
    checked = tocsin("check", environ=town.environ())
    assert checked.returncode in {1, 2}
    assert checked.stderr.count(said) == 1, checked.stderr
    assert "hunter2" not in checked.stderr


@pytest.mark.parametrize(
    "name", ["service.yaml", "feeds.yaml", "lexicon/en.yaml", "rules/mine.yaml", "rules", "lexicon", "."]
)
def test_a_config_file_we_may_not_read(town: Town, name: str) -> None:
    """Permissions are named; what we may not see must not bring the shipped files back without a word."""
    town.write("rules/mine.yaml", rule("a", "kind:strike"))
    for known in ("service.yaml", "feeds.yaml", "lexicon/en.yaml"):
        town.write(known, "")
    path = town.config / name
    path.chmod(0)
    try:
        checked = tocsin("check", environ=town.environ(), almighty=False)
    finally:
        path.chmod(0o755)
    assert checked.returncode in {1, 2}
    assert f"{path.name if name != '.' else 'service.yaml'}: E" in checked.stderr, checked.stderr
    assert "Permission denied" in checked.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TOCSIN_TICK_S": "often"}, "TOCSIN_TICK_S: E200 tick_s must be a valid number"),
        ({"TOCSIN_LEASE_S": "inf"}, "TOCSIN_LEASE_S: E200 lease_s must be less than"),
        ({"TOCSIN_CONFIG_DIR": "/no/such"}, "/no/such: E200 no such folder for config"),
        ({"TOCSIN_TICKS": "1"}, "TOCSIN_TICKS is set, but nothing reads it; did you mean TOCSIN_TICK_S?"),
        ({"TOCSIN_SMTP_URL": "smtp://u:hunter2@127.0.0.1:1"}, "mail server 127.0.0.1:1 cannot be reached: Connection"),
        ({"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x"}, "E510 the database server cannot be reached"),
    ],
)
def test_a_variable_that_says_nonsense(town: Town, given: dict[str, str], said: str) -> None:
    """One line names the variable or what it leads to; passwords stay hidden."""
    checked = tocsin("check", environ=town.environ(**given))
    assert checked.returncode in {1, 2}
    assert said in checked.stderr
    assert "hunter2" not in checked.stderr


def test_a_bad_edit_of_feeds_while_running(town: Town, app: App, caplog: pytest.LogCaptureFixture) -> None:
    """The item is named, every other one of either file is taken up, and what was there stays."""
    first, second = town.outlet("Northern Wire"), town.outlet("Harbour Post")
    town.write("feeds.yaml", f"feeds:\n- {{url: '{first.url}'}}\n")
    with running(app):
        wait_for(lambda: len(feeds_of(app)) == 1)
        town.write("subscriptions.yaml", "subscriptions:\n- {email: a@example.org, mode: alert}\n")
        path = town.write("feeds.yaml", f"feeds:\n- {{url: '{first.url}', hue: 1}}\n- {{url: '{second.url}'}}\n")
        wait_for(lambda: f"{path}:2:" in caplog.text)
        wait_for(lambda: len(feeds_of(app)) == 2)
        with app.store.read() as tx:
            assert [one.channel.address for one in tx.subscriptions.all()] == ["a@example.org"]


def test_a_declared_webhook_keeps_the_secret_it_was_given(town: Town) -> None:
    """A file that names no secret must not change it at every start: its receiver could verify nothing."""
    town.write("subscriptions.yaml", f"subscriptions:\n- {{webhook: '{town.desk.url()}', mode: alert}}\n")
    secrets = []
    for _ in range(2):
        with App(town.settings(), clock=town.clock, durable=False) as app:
            app.refresh()
            with app.store.read() as tx:
                secrets += [one.channel.secret for one in tx.subscriptions.all()]
    assert secrets[0] is not None
    assert secrets[0] == secrets[1]


def test_declared_feeds_are_taken_up_once_the_database_can(town: Town, app: App) -> None:
    """An edit that met a locked database is not forgotten."""
    town.write("feeds.yaml", f"feeds:\n- {{url: '{town.outlet().url}'}}\n")
    assert feeds_of(app) == {}
    with write_lock(app, timeout_s=0.2), pytest.raises(StoreUnavailable, match="lock"):
        app.refresh()
    app.refresh()
    assert len(feeds_of(app)) == 1


# -- mail and webhooks -------------------------------------------------------------------------------------------------


def test_an_endpoint_that_is_gone(town: Town, app: App) -> None:
    """`tocsin check` says who gets nothing any more, without the address, and the way back, which works."""
    begin(town, app)
    with app.store.read() as tx:
        hook = next(one for one in tx.subscriptions.all() if one.channel.kind == "webhook")
    assert tocsin("check", environ=town.environ()).returncode == 0
    with app.store.write() as tx:
        for one in tx.subscriptions.all():
            tx.subscriptions.disable_channel(one.channel.channel_id, "127.0.0.1 answered 410: the endpoint is gone")
    checked = tocsin("check", environ=town.environ())
    assert (checked.returncode, "channels: 2 to mend" in checked.stdout) == (1, True), checked.stdout
    resume = f"subscriptions resume {hook.subscription_id}"
    assert f"subscription {hook.subscription_id} gets nothing: its webhook (127.0.0.1) is disabled" in checked.stderr
    assert f"`tocsin {resume}` opens it again" in checked.stderr
    assert hook.channel.address not in checked.stderr
    assert READER not in checked.stderr
    opened = tocsin(*resume.split(), environ=town.environ())
    assert opened.stdout == f"subscription {hook.subscription_id} is active, its webhook open again\n"
    assert "channels: 1 to mend" in tocsin("check", environ=town.environ()).stdout
    town.outlet().publish(MARKET, MARKET_LEAD)
    town.later(app, minutes=20)
    assert (len(town.hooks), len(town.mails)) == (1, 0)


def test_a_mail_server_out_of_reach(town: Town) -> None:
    """The webhook does not wait for it; the mail says why it waits and arrives later under the same Message-ID."""
    port = free_port()
    with App(town.settings(smtp_url=f"smtp://127.0.0.1:{port}"), clock=town.clock, durable=False) as app:
        begin(town, app)
        town.outlet().publish(MARKET, MARKET_LEAD)
        town.later(app, minutes=20)
        assert len(town.hooks) == 1
        waiting = next(row for row in outbox_of(app) if row.message.channel.kind == "email")
        assert waiting.state == "pending"
        assert f"mail server 127.0.0.1:{port} cannot be reached: Connection refused" in waiting.last_error
        checked = tocsin("check", environ=town.environ(TOCSIN_SMTP_URL=f"smtp://127.0.0.1:{port}"))
        assert checked.returncode == 2
        assert f"127.0.0.1:{port}" in checked.stderr
    with App(town.settings(), clock=town.clock, durable=False) as app:
        town.later(app, minutes=2)
        [mail] = town.mails
        assert waiting.message.message_id in mail["Message-ID"].replace("-", "_")
        assert {row.state for row in outbox_of(app)} == {"sent"}


def test_a_recipient_refused_for_good(town: Town, app: App) -> None:
    """That delivery is given up with the server's words; the others go out."""
    town.post.rcpt["gone@example.org"] = "550 5.1.1 no such mailbox"
    app.subscribe(Wish(kind="email", address="gone@example.org", mode="alert"))
    begin(town, app)
    town.outlet().publish(MARKET, MARKET_LEAD)
    town.later(app, minutes=20)
    rows = {row.message.channel.address: row for row in outbox_of(app)}
    assert rows["gone@example.org"].state == "gave_up"
    assert "550 5.1.1 no such mailbox" in rows["gone@example.org"].last_error
    assert rows[READER].state == rows[town.desk.url()].state == "sent"


# -- templates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Toll:\n{% if m.event %}\n{{ m.event.killed }\n{% endif %}\n", 3, "unexpected"),
        ("\n\n{{ m.no_such_name.at_all }}\n", 3, "no_such_name"),
        ("\n{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}\n", 2, ""),
    ],
)
def test_a_broken_template(town: Town, caplog: pytest.LogCaptureFixture, text: str, line: int, said: str) -> None:
    """The alert goes out by the shipped template; the log and `tocsin check` name file and line."""
    folder = town.folder / "templates"
    (folder / "alert").mkdir(parents=True)
    path = folder / "alert" / "body.txt"
    path.write_text(text)
    with App(town.settings(templates_dir=folder), clock=town.clock, durable=False) as app:
        begin(town, app)
        town.outlet().publish(MARKET, MARKET_LEAD)
        town.later(app, minutes=20)
    [mail] = town.mails
    assert "31" in str(mail.get_body(("plain",)))
    assert f"{path}:{line}" in caplog.text
    checked = tocsin("check", environ=town.environ(TOCSIN_TEMPLATES_DIR=str(folder)))
    assert checked.returncode == 1
    assert f"{path}:{line}: E300" in checked.stderr
    assert said in checked.stderr


# -- the database ------------------------------------------------------------------------------------------------------


@contextmanager
def write_lock(app: App, *, timeout_s: float | None = None) -> Iterator[None]:
    """Hold the write lock as another process would. `timeout_s` makes us less patient than by default."""
    with app.store.write():
        pass  # the lock file is there now
    lock = app.store._database.lock  # type: ignore[attr-defined]
    patience = lock._timeout_s
    lock._timeout_s = timeout_s or patience
    with Path(lock._path).open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
        lock._timeout_s = patience


def test_a_locked_database_is_waited_for(town: Town, app: App, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody else writes for a while: the service says so, waits, and goes on as if nothing had been."""
    begin(town, app)
    town.outlet().publish(MARKET, MARKET_LEAD)
    with running(app):
        with write_lock(app, timeout_s=0.3):
            town.clock.forward(minutes=20)
            wait_for(lambda: caplog.text.count("E510") > 2)
            assert "the database is locked" in caplog.text
        town.clock.forward(seconds=app.settings.lease_s + 1)
        wait_for(lambda: len(town.hooks) == 1 and len(town.mails) == 1)


def pages(app: App, number: int | None = None) -> int:
    """Return how many pages the database has; allow no more than that many, as a full disk would."""
    engine = app.store._database._writer  # type: ignore[attr-defined]
    with app.store._database.lock.held(), engine.begin() as connection:  # type: ignore[attr-defined]
        if number is not None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={number}")
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


def test_a_full_database(town: Town, app: App, caplog: pytest.LogCaptureFixture) -> None:
    """It says so and keeps running; when there is room again everything arrives, nothing twice."""
    begin(town, app)
    for number in range(60):
        town.outlet().publish(f"Council meets again, part {number}", "Words about the budget. " * 200)
    town.outlet().publish(MARKET, MARKET_LEAD)
    pages(app, pages(app))
    with running(app):
        town.clock.forward(minutes=20)
        wait_for(lambda: "the disk that holds the database is full" in caplog.text)
        assert "free some space" in caplog.text
        assert town.hooks == []
        pages(app, 1_000_000)
        town.clock.forward(seconds=app.settings.lease_s + 1)
        wait_for(lambda: len(town.hooks) == 1 and len(town.mails) == 1)
        wait_for(lambda: waiting(app) == 0 and {row.state for row in outbox_of(app)} == {"sent"})
    assert (len(town.hooks), len(town.mails)) == (1, 1)


def waiting(app: App) -> int:
    with app.store.read() as tx:
        return tx.entries.waiting()


def test_a_database_that_is_none(town: Town) -> None:
    """A file that is no database, or was written by a newer Tocsin: one line, exit 2."""
    data = town.folder / "data"
    (data / "tocsin.db").write_text("These are not the tables you are looking for. " * 100)
    for words in (("run",), ("events", "list"), ("check",)):
        done = tocsin(*words, environ=town.environ())
        assert done.returncode == 2
        assert f"E510 this file is not a database: {data / 'tocsin.db'}" in done.stderr


def test_a_database_of_a_newer_version(town: Town) -> None:
    """It is left alone, and the way out is no upgrade."""
    with App(town.settings()) as app:
        assert feeds_of(app) == {}
    with sqlite3.connect(town.folder / "data" / "tocsin.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = tocsin("run", environ=town.environ())
    assert done.returncode == 2
    assert "E510 the database was written by a newer Tocsin (at 9999)" in done.stderr
    assert "newer Tocsin" in tocsin("db", "status", environ=town.environ()).stdout


# -- the process -------------------------------------------------------------------------------------------------------


@contextmanager
def service(town: Town, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run `tocsin run` until it is ready; the test ends it, or we do."""
    command = [sys.executable, "-m", "service", "run"]
    process = subprocess.Popen(command, env=town.environ(**more), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: ready(town))
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ready(town: Town) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{town.port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_second_service_and_commands_beside_the_first(town: Town) -> None:
    """The second says who holds the folder and ends with 2; commands work beside it; SIGTERM ends it with 0."""
    with service(town) as first:
        second = tocsin("run", environ=town.environ(TOCSIN_BIND=f"127.0.0.1:{free_port()}"))
        assert second.returncode == 2
        assert f"{town.folder / 'data'}: E200 another Tocsin is running on this data folder" in second.stderr
        added = tocsin("feeds", "add", town.outlet().url, environ=town.environ())
        assert added.returncode == 0
        wait_for(lambda: bool(town.server.asked))
        assert tocsin("deliveries", "list", environ=town.environ()).returncode == 0
        first.send_signal(signal.SIGTERM)
        said = first.communicate(timeout=20)[1]
        assert first.returncode == 0, said
        assert "Traceback" not in said
    listed = tocsin("feeds", "list", "--json", environ=town.environ())
    assert town.outlet().url in listed.stdout


def test_a_port_that_is_taken(town: Town) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", town.port))
        taken.listen()
        done = tocsin("run", environ=town.environ())
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{town.port}: Address already in use (stop what listens there" in done.stderr


def test_a_data_folder_that_cannot_be_used(town: Town) -> None:
    """Read-only, or no folder at all: the folder and the way out are named."""
    closed, a_file = town.folder / "closed", town.folder / "file"
    closed.mkdir(mode=0o555)
    a_file.write_text("")
    for folder in (closed, a_file, closed / "deeper"):
        for words in (("run",), ("events", "list"), ("check",)):
            done = tocsin(*words, environ=town.environ(TOCSIN_DATA_DIR=str(folder)), almighty=False)
            assert done.returncode == 2, (folder, words)
            assert str(folder) in done.stderr


# -- arguments ---------------------------------------------------------------------------------------------------------

USAGE = (
    "poll --al",
    "feeds add",
    "feeds add nonsense",
    "feeds add http://a.example --country Ukraine",
    "feeds mute three",
    "events list --kind war",
    "events list --days nan",
    "events list --days 1e12",
    "deliveries list --state lost",
    "digest preview one",
    "subscriptions add --mode alert",
    "subscriptions add --mode loud --email a@example.org",
    "subscriptions add --mode alert --email nobody",
    "subscriptions add --mode alert --email a@example.org --rules nope",
    "subscriptions add --mode alert --email a@example.org --rules ,",
    "subscriptions add --mode alert --webhook http://a.example --secret hunter2",
    "subscriptions add --mode digest --email a@example.org --tz Mars",
    "run --log-level loud",
    "subscriptions",
    "nonsense",
)
UNKNOWN = (
    "poll http://a.example/feed",
    "feeds mute 99",
    "feeds poll 99",
    "events show 99",
    "events show 99999999999999999999",
    "deliveries show 99",
    "deliveries retry 99",
    "digest preview 99",
    "digest send 99",
    "subscriptions pause 99",
    "explain --subscription 9 --event 9",
    "parse /no/such",
    "judge /no/such",
)


@pytest.mark.parametrize(("lines", "code"), [(USAGE, 64), (UNKNOWN, 2)], ids=["usage", "unknown"])
def test_arguments_that_make_no_sense(town: Town, lines: Sequence[str], code: int) -> None:
    """Wrong usage ends with 64 and a hint, what is not there with 2; each in one line."""
    for line in lines:
        done = tocsin(*line.split(), environ=town.environ())
        assert done.returncode == code, (line, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, (line, done.stderr)
        assert "hunter2" not in done.stderr
        if code == 64:
            assert "--help" in done.stderr
