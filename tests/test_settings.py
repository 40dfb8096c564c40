"""Settings: who wins, where each value came from, and what is said of a wrong one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service import resources
from service.cli.run import warn
from service.core.errors import BadConfig
from service.settings import NAMES, Settings, default_data_dir, load, missing, shown, unknown


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def test_flags_win_over_the_environment_over_the_file_over_defaults(config: Path) -> None:
    (config / "service.yaml").write_text("tick_s: 7\nbind: 127.0.0.1:9001\nmail_from: File <f@example.org>\n")
    environ = {"TOCSIN_CONFIG_DIR": str(config), "TOCSIN_BIND": "127.0.0.1:9002", "TOCSIN_MAIL_FROM": "env@example.org"}
    settings = load(environ, {"bind": "127.0.0.1:9003", "tick_s": None})
    assert (settings.tick_s, settings.mail_from, settings.bind) == (7, "env@example.org", "127.0.0.1:9003")
    assert settings.address == ("127.0.0.1", 9003)
    assert {name: settings.origins[name] for name in ("tick_s", "mail_from", "bind", "lease_s")} == {
        "tick_s": f"{config / 'service.yaml'}:1",
        "mail_from": "TOCSIN_MAIL_FROM",
        "bind": "--bind",
        "lease_s": "default",
    }


def test_every_setting_can_be_given_in_the_environment(tmp_path: Path) -> None:
    strings = {
        "data_dir": str(tmp_path),
        "database_url": "sqlite:////x.db",
        "config_dir": str(resources.shipped("config")),
        "templates_dir": str(resources.shipped("templates")),
        "bind": "[::1]:80",
        "base_url": "https://tocsin.example/",
        "smtp_url": "smtps://mail.example",
        "mail_from": "a@example.org",
        "secret_key": "s",
        "operator_token": "sixteen-letters-",
        "rules_from": "database",
        "allow_nets": "127.0.0.0/8, fd00::/8",
        "contact_url": "https://tocsin.example/us",
        "articles": "no",
        "public_subscribe": "no",
        "cap_status": "Exercise",
    }
    numbers = {name: "300" for name in NAMES if name not in strings}
    variables = {
        "DATABASE_URL" if name == "database_url" else f"TOCSIN_{name.upper()}": value
        for name, value in (strings | numbers).items()
    }
    settings = load(variables)
    assert all(settings.origins[name] != "default" for name in NAMES)
    assert settings.address == ("::1", 80)
    assert settings.base_url == "https://tocsin.example"
    assert [str(net) for net in settings.allow_nets] == ["127.0.0.0/8", "fd00::/8"]
    assert unknown(variables) == []


def test_the_shipped_file_shows_every_default_and_changes_none() -> None:
    text = (resources.shipped("config") / "service.yaml").read_text()
    assert load({}).origins == dict.fromkeys(NAMES, "default")
    assert {name for name in NAMES if f"# {name}: " not in text} == {
        "config_dir",
        "secret_key",
        "operator_token",
        "dkim_key",
    }


def test_the_database_lies_in_the_data_folder_unless_said_otherwise(tmp_path: Path) -> None:
    assert load({"TOCSIN_DATA_DIR": str(tmp_path)}).database_url == f"sqlite:///{tmp_path}/tocsin.db"
    assert load({"DATABASE_URL": "postgres://u@h/d"}).database_url == "postgresql+psycopg://u@h/d"


def test_data_of_a_checkout_stays_in_it_and_data_of_an_installation_where_programs_keep_state() -> None:
    assert default_data_dir({}, checkout=Path("/checkout")) == Path("/checkout/data")
    assert default_data_dir({"XDG_STATE_HOME": "/state"}, checkout=None) == Path("/state/tocsin")


def test_links_lead_to_where_the_pages_are() -> None:
    assert load({"TOCSIN_BIND": "0.0.0.0:9000"}).base_url == "http://localhost:9000"
    assert load({"TOCSIN_BIND": "[::1]:9000"}).base_url == "http://[::1]:9000"


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert load({"TOCSIN_BIND": "", "DATABASE_URL": ""}).origins["bind"] == "default"


def test_secrets_may_come_from_a_file_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")
    environ = {
        "TOCSIN_SECRET_KEY_FILE": str(tmp_path / "key"),
        "TOCSIN_OPERATOR_TOKEN": "hunter2-hunter2-hunter2",
        "TOCSIN_SMTP_URL": "smtp://ada:hunter2@mail.example:25",
        "DATABASE_URL": "postgresql://ada:hunter2@db.example/tocsin",
    }
    settings = load(environ)
    assert settings.secret_key == "hunter2"
    assert settings.origins["secret_key"] == "TOCSIN_SECRET_KEY_FILE"
    lines = [" ".join(row) for row in shown(settings)]
    assert not any("hunter2" in line for line in lines)
    assert "smtp_url smtp://ada:***@mail.example:25 TOCSIN_SMTP_URL" in lines
    assert "secret_key *** TOCSIN_SECRET_KEY_FILE" in lines


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"TOCSIN_TICK_S": "soon"}, "TOCSIN_TICK_S: E200 tick_s must be a valid number"),
        (
            {"TOCSIN_OPERATOR_TOKEN": "short"},
            "TOCSIN_OPERATOR_TOKEN: E200 operator_token must have at least 16 characters",
        ),
        ({"TOCSIN_TICK_S": "0"}, "TOCSIN_TICK_S: E200 tick_s must be greater than 0"),
        ({"TOCSIN_BIND": "8000"}, "TOCSIN_BIND: E200 bind must be an address and a port such as 127.0.0.1:8000"),
        ({"TOCSIN_BIND": "localhost:99999"}, "TOCSIN_BIND: E200 bind must be"),
        ({"TOCSIN_SMTP_URL": "mail.example"}, "TOCSIN_SMTP_URL: E200 smtp_url must look like smtp://host:25"),
        ({"TOCSIN_BASE_URL": "tocsin.example"}, "TOCSIN_BASE_URL: E200 base_url must start with http:// or https://"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL: E200 database_url must look like sqlite:////path/tocsin.db"),
        ({"TOCSIN_ALLOW_NETS": "here"}, "TOCSIN_ALLOW_NETS: E200 allow_nets 'here' does not appear to be"),
        ({"TOCSIN_CONFIG_DIR": "/no/such"}, "/no/such: E200 no such folder for config (create the folder, or correct"),
        ({"TOCSIN_SECRET_KEY_FILE": "/no/such"}, "TOCSIN_SECRET_KEY_FILE: E200 cannot read /no/such"),
        ({"TOCSIN_MIN_INTERVAL_S": "99999"}, "E200 min_interval_s is greater than max_interval_s"),
    ],
)
def test_a_wrong_variable_is_named_with_the_way_out(environ: dict[str, str], says: str) -> None:
    with pytest.raises(BadConfig) as caught:
        load(environ)
    assert caught.value.located().startswith(says)
    assert "(" in caught.value.located()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bind: 127.0.0.1:80\ntick_s: soon\n", "2:9: E200 tick_s must be a valid number"),
        ("tick: 5\n", "1:7: E200 there is no setting 'tick'; did you mean tick_s?"),
        ("tick_s: 5\ntick_s: 6\n", "2:1: E200 'tick_s' is given twice (keep one of them)"),
        ("secret_key: hunter2\n", "1:13: E200 secrets do not belong into this file (set TOCSIN_SECRET_KEY"),
        ("config_dir: /x\n", "1:13: E200 a config file cannot say where the config is (set TOCSIN_CONFIG_DIR)"),
        ("- tick_s\n", "1:1: E200 settings must be `name: value` lines"),
        ("tick_s: [5\n", "2:1: E200 expected ',' or ']'"),
        ("tick_s: &a [*a]\n", "1:9: E200 tick_s must be a valid number"),
    ],
)
def test_a_wrong_line_is_named_with_the_way_out(config: Path, text: str, says: str) -> None:
    (config / "service.yaml").write_text(text)
    with pytest.raises(BadConfig) as caught:
        load({"TOCSIN_CONFIG_DIR": str(config)})
    assert caught.value.located().startswith(f"{config / 'service.yaml'}:{says}")


def test_a_file_that_is_no_text_is_refused(config: Path) -> None:
    (config / "service.yaml").write_bytes(b"tick_s: \xff\xfe")
    with pytest.raises(BadConfig, match="not UTF-8 text"):
        load({"TOCSIN_CONFIG_DIR": str(config)})


def test_a_wrong_value_is_not_repeated_for_it_may_be_secret() -> None:
    with pytest.raises(BadConfig) as caught:
        load({"TOCSIN_SMTP_URL": "hunter2"})
    assert "hunter2" not in caught.value.located()


def test_a_variable_nobody_reads_is_probably_a_typo() -> None:
    sentences = unknown({"TOCSIN_TICKS": "1", "TOCSIN_SECRET_KEY_FILE": "x", "HOME": "/"})
    assert sentences == ["TOCSIN_TICKS is set, but nothing reads it; did you mean TOCSIN_TICK_S?"]


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().tick_s = 1


def test_the_operators_folder_comes_before_the_shipped_one(config: Path) -> None:
    assert resources.folders("config", config) == (config, resources.shipped("config"))
    assert resources.folders("config", resources.shipped("config")) == (resources.shipped("config"),)
    assert resources.folders("templates") == (resources.shipped("templates"),)


def test_the_command_prints_what_is_in_force_and_fails_on_typos() -> None:
    environ = os.environ | {"TOCSIN_TICK_S": "3", "TOCSIN_TICKS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "service", "settings"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "TOCSIN_TICKS is set, but nothing reads it" in done.stderr
    assert [line.split() for line in done.stdout.splitlines() if line.startswith("tick_s")] == [
        ["tick_s", "3", "TOCSIN_TICK_S"]
    ]


def test_articles_are_on_where_they_can_be_read_and_say_so_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load({}).articles is True
    monkeypatch.setattr("sys.path", [])  # as if the extra were not installed: nothing more can be found
    monkeypatch.delitem(sys.modules, "trafilatura", raising=False)
    without = load({})
    assert (without.articles, missing(without)) == (False, [])
    assert "pip install 'tocsin[articles]'" in without.origins["articles"]
    assert "trafilatura" in missing(load({"TOCSIN_ARTICLES": "yes"}))[0]


def test_a_start_says_what_will_go_wrong_later(caplog: pytest.LogCaptureFixture) -> None:
    """A variable nothing reads is probably a typo; a fetcher nobody can write to gets blocked."""
    warn(load(environ={}), {"TOCSIN_DATABASE_URL": "postgresql://db/x"})
    assert "TOCSIN_DATABASE_URL is set, but nothing reads it" in caplog.text
    assert "TOCSIN_CONTACT_URL" in caplog.text
    caplog.clear()
    warn(load(environ={"TOCSIN_CONTACT_URL": "https://tocsin.example/about"}), {})
    assert caplog.text == ""
