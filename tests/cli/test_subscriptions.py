"""`tocsin subscriptions`: readers in and out, and one person's data."""

import json
import os
from pathlib import Path

import pytest

from tests.commands import tocsin

ADA = "ada.lovelace@example.org"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"TOCSIN_DATA_DIR": str(tmp_path / "data"), "PATH": os.environ["PATH"]}


def test_a_list_goes_out_and_comes_in_again(environ: dict[str, str], tmp_path: Path) -> None:
    """What export prints, import reads: settings stay, who left stays away, nobody is asked twice."""
    given = tmp_path / "readers.csv"
    given.write_text(
        "email,mode,tz,at,days,empty_day,quiet,quiet_unless,state\n"
        'a@example.org,both,Europe/Kyiv,07:30,"mon,thu",skip,22:00-06:30,4,\n'
        "b@example.org,alert,,,,,,,paused\n"
        "c@example.org,digest,,,,,,,ended\n"
        "nobody,digest,,,,,,,\n"
        "d@example.org,digest,Mars/Base,,,,,,\n"
    )
    done = tocsin("subscriptions", "import", str(given), "--confirmed", environ=environ)
    assert (done.returncode, done.stdout) == (1, "2 added, 0 known already, 1 had left, 2 refused\n")
    assert f"{given}:5" in done.stderr
    assert f"{given}:6" in done.stderr
    exported = tocsin("subscriptions", "export", environ=environ).stdout
    assert json.loads(exported.splitlines()[0]) == {
        "email": "a@example.org",
        "mode": "both",
        "tz": "Europe/Kyiv",
        "at": "07:30",
        "days": "mon,thu",
        "empty_day": "skip",
        "quiet": "22:00-06:30",
        "quiet_unless": 4,
        "state": "active",
    }
    again = tmp_path / "again.jsonl"
    again.write_text(exported)
    done = tocsin("subscriptions", "import", str(again), "--confirmed", environ=environ)
    assert done.stdout == "0 added, 2 known already, 0 had left, 0 refused\n"
    assert tocsin("subscriptions", "export", environ=environ).stdout == exported
    lines = tocsin("subscriptions", "export", "--csv", environ=environ).stdout.splitlines()
    assert lines[1] == 'a@example.org,,both,,Europe/Kyiv,07:30,"mon,thu",skip,22:00-06:30,4,active'


def test_who_left_is_not_brought_back_by_a_list(environ: dict[str, str], tmp_path: Path) -> None:
    given = tmp_path / "readers.jsonl"
    given.write_text(json.dumps({"email": ADA, "mode": "alert"}) + "\n")
    tocsin("subscriptions", "import", str(given), "--confirmed", environ=environ)
    tocsin("subscriptions", "remove", "1", environ=environ)
    done = tocsin("subscriptions", "import", str(given), "--confirmed", environ=environ)
    assert done.stdout == "0 added, 0 known already, 1 had left, 0 refused\n"
    assert json.loads(tocsin("subscriptions", "list", "--json", environ=environ).stdout)[0]["state"] == "ended"


@pytest.mark.parametrize("text", ["name,age\nada,36\n", "[1, 2]\n", '{"name": "ada"}\n'])
def test_what_is_no_list_is_said(environ: dict[str, str], tmp_path: Path, text: str) -> None:
    given = tmp_path / "list"
    given.write_text(text)
    done = tocsin("subscriptions", "import", str(given), environ=environ)
    assert done.returncode == 2
    assert "no list of subscriptions" in done.stderr or "no subscription" in done.stderr


def test_who_was_added_without_a_word_is_asked_and_not_set_going_by_hand(environ: dict[str, str]) -> None:
    done = tocsin("subscriptions", "add", "--email", ADA, "--mode", "alert", environ=environ)
    assert "its owner is asked by mail" in done.stdout
    listed = json.loads(tocsin("deliveries", "list", "--json", environ=environ).stdout)
    assert [row["kind"] for row in listed] == ["confirm"]
    done = tocsin("subscriptions", "resume", "1", environ=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert "subscription 1 is pending" in done.stderr


def test_adding_again_clears_nothing_that_it_does_not_name(environ: dict[str, str]) -> None:
    """Neither when and how it is told, nor what a chat takes."""

    def add(*words: str) -> dict[str, object]:
        done = tocsin("subscriptions", "add", "--mode", "both", "--json", *words, environ=environ)
        assert done.returncode == 0, done.stderr
        return {name: value for name, value in json.loads(done.stdout).items() if name != "created_at"}

    ada = ("--email", ADA, "--confirmed")
    when = ("--tz", "Europe/Kyiv", "--at", "08:15", "--days", "mon,thu", "--skip-empty")
    made = add(*ada, *when, "--quiet", "22:00-06:30", "--quiet-unless", "4")
    assert (made["quiet"], made["quiet_unless"], made["empty_day"], made["at"]) == ("22:00-06:30", 4, "skip", "08:15")
    assert add(*ada) == made
    assert add(*ada, "--days", "all", "--tell-empty") == made | {"days": "all", "empty_day": "tell"}
    assert add(*ada, "--quiet", "")["quiet"] is None
    lone = tocsin("subscriptions", "add", "--mode", "alert", *ada, "--quiet-unless", "4", environ=environ)
    assert (lone.returncode, "no quiet hours" in lone.stderr) == (64, True)
    chat = ("--webhook", "https://hooks.chat.example/services/T0/B0/x")
    made = add(*chat, "--format", "slack", "--owner", "ops@example.org")
    assert (made["format"], made["secret"]) == ("slack", None)
    assert add(*chat) == made


def test_a_secret_is_shown_when_it_is_made_and_not_when_it_is_there(environ: dict[str, str]) -> None:
    hook = ("subscriptions", "add", "--mode", "alert", "--webhook", "https://desk.example/hook")
    first, again = (tocsin(*hook, environ=environ).stdout for _ in range(2))
    assert ["whsec_" in said for said in (first, again)] == [True, False]
    assert "it signs with the secret it has already" in again


def test_another_secret_is_not_passed_over_in_silence(environ: dict[str, str]) -> None:
    """A receiver that was given the new one would refuse all that is signed with the old one."""
    hook = ("subscriptions", "add", "--mode", "alert", "--webhook", "https://desk.example/hook")
    told = ("--secret", "whsec_c2VjcmV0LW9mLTI0LWJ5dGVzLWF0LWxlYXN0")
    assert tocsin(*hook, *told, environ=environ).returncode == 0
    assert tocsin(*hook, *told, environ=environ).returncode == 0
    for other in (("--secret", "whsec_YW5vdGhlciBvbmUgb2YgMjQgYnl0ZXM="), ("--asymmetric",)):
        refused = tocsin(*hook, *other, "--quiet", "22:00-06:30", environ=environ)
        assert (refused.returncode, "tocsin subscriptions rotate 1" in refused.stderr) == (64, True)
    assert json.loads(tocsin("subscriptions", "list", "--json", environ=environ).stdout)[0]["quiet"] is None


def test_who_is_asked_again_is_asked_for_all_of_it(environ: dict[str, str]) -> None:
    """What the second adding does not name is not lost when they agree."""
    first = ("subscriptions", "add", "--mode", "alert", "--email", ADA)
    tocsin(*first, "--quiet", "22:00-06:30", environ=environ)
    tocsin(*first, "--tz", "Europe/Kyiv", environ=environ)
    held = json.loads(tocsin("subscriptions", "export-person", ADA, environ=environ).stdout)
    assert [(one["wish"]["tz"], one["wish"]["quiet"]) for one in held["consents"]] == [
        ("UTC", ["22:00", "06:30", None]),
        ("Europe/Kyiv", ["22:00", "06:30", None]),
    ]


def test_an_erased_person_is_in_no_byte_of_the_database(environ: dict[str, str], tmp_path: Path) -> None:
    """Their address, asked for in any case, and what was sent to it: gone from the file itself."""
    tocsin("subscriptions", "add", "--email", ADA, "--mode", "digest", "--confirmed", environ=environ)
    tocsin("digest", "send", "1", environ=environ)
    held = json.loads(tocsin("subscriptions", "export-person", ADA.upper(), environ=environ).stdout)
    assert held["addresses"][0]["address"] == ADA
    assert [message["kind"] for message in held["messages"]] == ["digest"]
    files = sorted((tmp_path / "data").glob("tocsin.db*"))
    assert any(ADA.encode() in file.read_bytes() for file in files)
    mails = tmp_path / "data" / "mail"
    mails.mkdir()
    (mails / "msg_1.eml").write_text(f"To: {ADA.title()}\n\nNews\n")
    (mails / "msg_2.eml").write_text(f"To: x{ADA}\n\nNews\n")
    done = tocsin("subscriptions", "erase", ADA.upper(), "--yes", environ=environ)
    assert "1 subscriptions" in done.stdout
    for file in sorted((tmp_path / "data").glob("tocsin.db*")):
        assert ADA.encode() not in file.read_bytes(), file
    assert [file.name for file in mails.iterdir()] == ["msg_2.eml"]
    assert json.loads(tocsin("subscriptions", "export-person", ADA, environ=environ).stdout)["addresses"] == []
