"""Saving an edited rule: whatever the file looks like, and whatever happens in between."""

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest

from service.adapters.rulefiles import or_as_before, put_file, read_file, rule_hash, shown
from service.bootstrap import App
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Saved, Unwritable
from service.core.errors import BadInput, BadRule, NotFound, StoreUnavailable, Unavailable
from service.settings import Settings, load
from tests.adapters.test_splice import ENDS, STYLES, changes, file_of
from tests.forks import Program
from tests.migrated import put_database
from tests.standins import HandClock

NEW = """id: talks
title: Talks
match: kind:talks
owner: desk
tests:
  - {text: Delegations meet, event: {kind: talks}, fires: true}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    put_database(tmp_path / "data")
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Iterator[App]:
    with App(_settings(folder), clock=HandClock(), durable=False) as made:
        yield made


def _settings(folder: Path, **flags: object) -> Settings:
    return load(environ={}, flags={"data_dir": folder / "data", "config_dir": folder / "config"} | flags)


def put(folder: Path, text: str, name: str = "ports.yaml") -> Path:
    path = folder / "config" / "rules" / name
    path.write_bytes(text.encode())
    return path


def edit(app: App, old: str, new: str, rule_id: str = "harbour", **said: str) -> Edit:
    """Return an edit of the rule as it stands that changes these words."""
    standing = app.desk.standing(rule_id)
    text = shown(standing.text).replace(old, new)
    about = {"author": "ada", "reason": "fewer alerts", "channel": "web"} | said
    return Edit(rule_id=rule_id, text=text, base=standing.base, **about)  # type: ignore[arg-type]


def texts(app: App, rule_id: str = "harbour") -> list[tuple[str, str, str]]:
    return [(version.author, version.channel, version.reason) for version in app.desk.history(rule_id)]


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("style", STYLES)
def test_a_save_changes_only_the_intended_lines_and_is_in_force_at_once(
    app: App, folder: Path, style: str, ends: str
) -> None:
    before = "\ufeff" * (style == "plain") + file_of(style, ends)
    path = put(folder, before)
    path.chmod(0o640)
    saved = app.desk.save(edit(app, "drone", "missile"))
    after = path.read_bytes().decode()
    went, came = changes(before, after)
    assert [line.replace("drone", "missile") for line in went] == came
    assert len(went) == 1
    assert path.stat().st_mode & 0o777 == 0o640
    assert [rule.query_text.split()[-1] for rule in app.desk.current.rules if rule.rule_id == "harbour"] == ["missile"]
    assert app.desk.standing("harbour").base == saved.base
    assert texts(app)[0] == ("ada", "web", "fewer alerts")
    assert [left.name for left in path.parent.iterdir()] == ["ports.yaml"]


def test_saving_what_stands_there_changes_nothing(app: App, folder: Path) -> None:
    path = put(folder, file_of("folded", "windows"))
    stamp = path.stat().st_mtime_ns
    assert not app.desk.save(edit(app, "", "")).changed
    assert path.stat().st_mtime_ns == stamp


def test_an_edit_of_what_was_changed_meanwhile_shows_all_three(app: App, folder: Path) -> None:
    put(folder, file_of("plain", "unix"))
    app.refresh()
    mine, theirs = edit(app, "drone", "missile"), edit(app, "drone", "shell", author="bea")
    app.desk.save(theirs)
    with pytest.raises(Conflict) as caught:
        app.desk.save(mine)
    found = caught.value
    assert ["drone" in found.base, "shell" in found.theirs, "missile" in found.yours] == [True] * 3
    assert app.desk.save(replace(mine, base=found.theirs_base)).changed
    assert [who for who, *_ in texts(app)] == ["ada", "bea", "file"]


def test_a_change_of_another_rule_in_the_file_is_no_conflict(app: App, folder: Path) -> None:
    path = put(folder, file_of("plain", "unix"))
    mine, other = edit(app, "drone", "missile"), edit(app, "kind:talks", "kind:talks AND truce", "other")
    app.desk.save(other)
    app.desk.save(mine)
    assert "missile" in path.read_text()
    assert "truce" in path.read_text()


def test_the_same_edit_twice_is_one(app: App, folder: Path) -> None:
    """The answer to the first may have got lost."""
    put(folder, file_of("plain", "unix"))
    mine = edit(app, "drone", "missile")
    app.desk.save(mine)
    assert not app.desk.save(mine).changed
    assert len(texts(app)) == 2


def test_an_edit_of_a_removed_rule_is_a_conflict_with_nothing(app: App, folder: Path) -> None:
    path = put(folder, file_of("plain", "unix"))
    app.refresh()
    mine = edit(app, "drone", "missile")
    path.write_text("version: 1\nrules: []\n")
    with pytest.raises(Conflict) as caught:
        app.desk.save(mine)
    assert (caught.value.theirs, "drone" in caught.value.base) == ("", True)


def test_a_red_test_refuses_the_save_by_name(app: App, folder: Path) -> None:
    path = put(folder, f"version: 1\nrules:\n  - {NEW.replace(chr(10), chr(10) + '    ').rstrip()}\n")
    before = path.read_bytes()
    with pytest.raises(Refused, match="talks should fire on 'Delegations meet'"):
        app.desk.save(edit(app, "kind:talks\n", "kind:talks AND Geneva\n", "talks"))
    assert path.read_bytes() == before
    assert len(texts(app, "talks")) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("AND drone", "drone", "E105"),
        ("title: Harbour", "titel: Harbour", "E151"),
        ("id: harbour", "id: other", "E162"),
        ("title: Harbour", "title: [", "E150"),
        ("drone", "$nowhere", "E112"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(app: App, folder: Path, old: str, new: str, code: str) -> None:
    path = put(folder, file_of("plain", "unix"))
    before = path.read_bytes()
    with pytest.raises(Refused) as caught:
        app.desk.save(edit(app, old, new))
    assert caught.value.errors[0].code == code
    assert caught.value.errors[0].line
    assert path.read_bytes() == before


def test_an_edit_says_who_and_why(app: App, folder: Path) -> None:
    put(folder, file_of("plain", "unix"))
    for said in ({"author": " "}, {"reason": ""}):
        with pytest.raises(BadInput, match="the edit"):
            app.desk.save(edit(app, "drone", "missile", **said))


@pytest.mark.parametrize("what", ["file", "folder"])
def test_where_nothing_may_be_written_a_patch_is_offered(app: App, folder: Path, what: str) -> None:
    path = put(folder, file_of("plain", "windows"))
    closed = path if what == "file" else path.parent
    closed.chmod(0o444 if what == "file" else 0o555)
    with pytest.raises(Unwritable) as caught:
        app.desk.save(edit(app, "drone", "missile"))
    closed.chmod(0o755)
    copy = folder / "there"
    (copy / "rules").mkdir(parents=True)
    (copy / "rules" / path.name).write_bytes(path.read_bytes())
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], input=caught.value.patch.encode(), cwd=copy, check=True
    )
    assert (copy / "rules" / path.name).read_bytes() == path.read_bytes().replace(b"drone", b"missile")
    assert len(texts(app)) == 1


@contextmanager
def disk(where: Path, size: str) -> Iterator[Path]:
    """Put a disk of this size there; skips where none may be made."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no small disk can be made here (only root may mount one)")
    yield where
    subprocess.run(["umount", "--lazy", str(where)], check=True)


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    """The folder of rules on a disk of 64 KB."""
    with disk(folder / "config" / "rules", "64k") as where:
        yield where


def test_a_full_disk_loses_nothing_and_the_old_rule_stays_in_force(app: App, folder: Path, small: Path) -> None:
    path = put(folder, file_of("plain", "unix"))
    app.refresh()
    before, mine, history = path.read_bytes(), edit(app, "drone", "missile"), texts(app)
    with pytest.raises(OSError, match="No space left"):
        (small / "filler").write_bytes(b"x" * 70_000)
    with pytest.raises(Unavailable, match="No space left on device"):
        app.desk.save(mine)
    assert path.read_bytes() == before
    assert {left.name for left in small.iterdir()} == {"ports.yaml", "filler"}
    assert texts(app) == history
    assert [rule.query_text.split()[-1] for rule in app.desk.current.rules if rule.rule_id == "harbour"] == ["drone"]
    (small / "filler").unlink()
    assert app.desk.save(mine).changed


def refused_by_the_database(app: App, folder: Path) -> None:
    """Save an edit, a new rule and a copy of a shipped one while nothing can be committed: all is as it was."""
    path = folder / "config" / "rules" / "ports.yaml"
    before, rules, files = path.read_bytes(), app.desk.current.rules, set(path.parent.iterdir())
    new = Edit(rule_id="talks", text=NEW, author="ada", channel="cli", reason="wanted")
    for wanted in (edit(app, "drone", "missile"), new, edit(app, "killed>=10", "killed>=9", "mass-casualties")):
        asked = wanted.with_text((wanted.text or "").replace("\n", f"\n# {'why ' * 50_000}\n", 1))
        with pytest.raises(StoreUnavailable):
            app.desk.save(asked)
        assert path.read_bytes() == before
        assert set(path.parent.iterdir()) == files
        assert app.desk.current.rules == rules


def test_where_the_version_cannot_be_kept_for_a_full_disk_the_old_rule_stays(tmp_path: Path) -> None:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    put(tmp_path, file_of("plain", "unix"))
    with disk(tmp_path / "data", "4m") as data:
        put_database(data)
        with App(_settings(tmp_path), clock=HandClock(), durable=False) as app:
            app.refresh()
            with pytest.raises(OSError, match="No space left"):
                (data / "filler").write_bytes(b"x" * 5_000_000)
            refused_by_the_database(app, tmp_path)
            (data / "filler").unlink()
            assert app.desk.save(edit(app, "drone", "missile")).changed
            assert texts(app)[0] == ("ada", "web", "fewer alerts")


def test_where_the_connection_is_lost_as_the_version_is_kept_the_old_rule_stays(
    tmp_path: Path, postgres_url: str
) -> None:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    put(tmp_path, file_of("plain", "unix"))
    with (
        App(_settings(tmp_path, database_url=postgres_url), clock=HandClock()) as app,
        psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as server,
    ):
        app.refresh()
        server.execute(
            "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON rule_version DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION hang_up()"
        )
        try:
            refused_by_the_database(app, tmp_path)
        finally:
            server.execute("DROP FUNCTION hang_up CASCADE")
        assert app.desk.save(edit(app, "drone", "missile")).changed


def test_what_somebody_wrote_meanwhile_is_not_taken_back(folder: Path) -> None:
    path = put(folder, "ours: 1\n")
    old = read_file(path)
    with pytest.raises(ValueError, match="no commit"), or_as_before(old, "ours: 2\n"):  # noqa: PT012  both are the story
        assert put_file(old, "ours: 2\n")
        path.write_text("theirs: 3\n")
        raise ValueError("no commit")
    assert path.read_text() == "theirs: 3\n"
    assert [left.name for left in path.parent.iterdir()] == ["ports.yaml"]


def test_a_shipped_rule_is_edited_in_the_operators_folder(app: App, folder: Path) -> None:
    before = app.desk.standing("mass-casualties")
    saved = app.desk.save(edit(app, "killed>=10", "killed>=9", "mass-casualties"))
    copy = folder / "config" / "rules" / Path(before.file).name
    assert saved.copied
    assert changes(Path(before.file).read_text(), copy.read_text())[1] != []
    assert app.desk.standing("mass-casualties").file == str(copy)
    assert not app.desk.wrong
    assert not app.desk.save(edit(app, "killed>=9", "killed>=8", "mass-casualties")).copied


def test_rules_are_added_removed_and_brought_back(app: App, folder: Path) -> None:
    new = Edit(rule_id="talks", text=NEW, author="ada", channel="cli", reason="wanted")
    saved = app.desk.save(new)
    assert Path(saved.file) == folder / "config" / "rules" / "own.yaml"
    with pytest.raises(Refused, match="the id 'talks' is taken"):
        app.desk.save(new)
    app.desk.save(replace(new, text=None, base=saved.base, reason="not wanted"))
    with pytest.raises(NotFound):
        app.desk.standing("talks")
    assert [version.text == "" for version in app.desk.history("talks")] == [True, False]
    app.desk.restore(replace(new, reason="wanted after all"), 1)
    assert app.desk.standing("talks").rule is not None
    assert [version.reason for version in app.desk.history("talks")] == ["wanted after all", "not wanted", "wanted"]


def test_an_earlier_version_is_restored_and_history_goes_on(app: App, folder: Path) -> None:
    path = put(folder, file_of("folded", "unix"))
    before = path.read_bytes()
    app.desk.save(edit(app, "drone", "missile"))
    app.desk.restore(edit(app, "", "", reason="too quiet"), 1)
    assert path.read_bytes() == before
    assert [version.number for version in app.desk.history("harbour")] == [3, 2, 1]


def test_a_bad_hand_edit_outlives_a_restart_on_the_last_good_version(app: App, folder: Path) -> None:
    path = put(folder, file_of("plain", "unix"))
    app.refresh()
    path.write_text(path.read_text().replace("kind:strike AND drone", "kind:strike drone"))
    app.refresh()
    with App(_settings(folder), clock=HandClock(), durable=False) as again:
        assert {rule.rule_id for rule in again.desk.current.rules} >= {"harbour", "other"}
        assert [error.code for error in again.desk.wrong] == ["E105"]
        standing = again.desk.standing("harbour")
        assert not standing.is_in_force
        assert "kind:strike drone" in standing.text
        mended = replace(edit(again, "strike drone", "strike AND drone AND night"), reason="mended")
        assert again.desk.save(mended).changed
        assert not again.desk.wrong


def test_other_machines_take_the_accepted_set_from_the_database(app: App, folder: Path) -> None:
    path = put(folder, file_of("plain", "unix"))
    app.refresh()
    far = {"config_dir": None, "rules_from": "database", "database_url": app.settings.database_url}
    with App(_settings(folder, **far), clock=HandClock(), durable=False) as worker:
        assert {rule.rule_id: rule.text for rule in worker.desk.current.rules} == {
            rule.rule_id: rule.text for rule in app.desk.current.rules
        }
        app.desk.save(edit(app, "drone", "missile"))
        worker.refresh()
        assert "missile" in next(rule.query_text for rule in worker.desk.current.rules if rule.rule_id == "harbour")
        path.write_text("version: 1\nrules: [oops\n")
        app.refresh()
        worker.refresh()
        assert "harbour" in {rule.rule_id for rule in worker.desk.current.rules}
        with pytest.raises(Unwritable, match="on another machine"):
            worker.desk.save(edit(worker, "missile", "drone"))


def test_another_list_of_words_reaches_other_machines_though_no_rule_was_touched(app: App, folder: Path) -> None:
    put(folder, file_of("plain", "unix"))
    lists = folder / "config" / "lists.yaml"
    lists.write_text("version: 1\nlists:\n  boats: [ship]\n")
    app.refresh()
    lists.write_text("version: 1\nlists:\n  boats: [ship, ferry]\n")
    app.refresh()
    with app.store.read() as tx:
        assert any("ferry" in text for text in tx.rules.accepted().values())


def test_two_machines_with_files_say_that_they_differ_and_lose_nothing(folder: Path, postgres_url: str) -> None:
    """East edits; west, which still has the old file, starts again. East's edit stays, and both know."""
    homes = {name: folder / name for name in ("east", "west")}
    for home in homes.values():
        (home / "config" / "rules").mkdir(parents=True)
        put(home, file_of("plain", "unix"))
        (home / "data").mkdir()
        (home / "data" / "machine").write_text(home.name)

    def start(name: str) -> App:
        return App(_settings(homes[name], database_url=postgres_url), clock=HandClock())

    with start("east") as east, start("west") as west:
        east.refresh()
        west.refresh()
        assert [east.desk.apart, west.desk.apart] == [[], []]
        east.desk.save(edit(east, "drone", "missile"))
        west.refresh()
        assert [(error.code, error.file) for error in west.desk.apart] == [("E164", "rules/ports.yaml")]
        with pytest.raises(BadRule, match="east accepted it"):
            west.desk.save(edit(west, "drone", "rocket"))
    with start("west") as west, start("east") as east:
        west.refresh()
        assert [east.desk.version("harbour", 2).author, len(texts(east, "harbour"))] == ["ada", 2]
        with east.store.read() as tx:
            assert "missile" in tx.rules.accepted()["rules/ports.yaml"]
        east.refresh()
        assert not east.desk.apart
        (homes["west"] / "config" / "rules" / "ports.yaml").write_text(
            (homes["east"] / "config" / "rules" / "ports.yaml").read_text()
        )
        west.refresh()
        assert not west.desk.apart
        assert west.desk.save(edit(west, "missile", "rocket")).changed
        east.refresh()
        assert [error.code for error in east.desk.apart] == ["E164"]
        assert east.desk.accept()
        west.refresh()
        assert [error.code for error in west.desk.apart] == ["E164"]


def test_two_savers_at_once_lose_nothing(app: App, folder: Path) -> None:
    """Each counts up in a rule of its own in the same file."""
    body = "".join(f"  - {{id: r{n}, title: '0', match: 'kind:talks'}}\n" for n in range(2))
    path = put(folder, f"version: 1\nrules:\n{body}")
    app.refresh()

    def count(app: App, rule_id: str) -> None:
        for n in range(10):
            app.desk.save(edit(app, f"'{n}'", f"'{n + 1}'", rule_id))

    with App(_settings(folder), clock=HandClock(), durable=False) as other:
        threads = [threading.Thread(target=count, args=(app, "r0")), threading.Thread(target=count, args=(other, "r1"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert path.read_text().count("'10'") == 2
    assert [len(texts(app, f"r{n}")) for n in range(2)] == [11, 11]


def keep_saving(folder: Path) -> None:
    """Change the rule back and forth, and print a line each time, until killed."""
    with App(_settings(folder)) as app:
        for n in count():
            standing = app.desk.standing("r")
            text = shown(standing.text)
            text = text.replace("omega", "alpha") if "omega" in text else text.replace("alpha", "omega")
            app.desk.save(Edit(rule_id="r", text=text, base=standing.base, author="a", channel="cli", reason="r"))
            print(n, flush=True)  # noqa: T201  heard by the test


def test_whoever_saves_may_be_killed_at_any_moment(folder: Path) -> None:
    """The file is the old one or the new one, whole; the next saver finds everything in order."""
    chance = random.Random(5)  # noqa: S311  moments to be killed at
    path = put(
        folder, f"version: 1\nrules:\n  - id: r\n    title: R\n    match: kind:talks\n    # {'alpha ' * 20_000}\n"
    )
    for _ in range(6):
        with Program(keep_saving, folder) as saver:
            assert saver.stdout.readline()
            time.sleep(chance.uniform(0, 0.15))
            saver.kill()
        text = path.read_text()
        assert (text.count("alpha"), text.count("omega")) in {(20_000, 0), (0, 20_000)}
    with App(_settings(folder), clock=HandClock(), durable=False) as app:
        app.refresh()
        assert not app.desk.wrong
        assert rule_hash(app.desk.history("r")[0].text) == app.desk.standing("r").base
        saved: Saved = app.desk.save(edit(app, "title: R", "title: S", "r"))
        assert saved.changed
    assert [left.name for left in path.parent.iterdir()] == ["ports.yaml"]
