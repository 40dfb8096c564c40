"""A rule that readers wait for and whose file is gone: nothing would come, and nothing else would say so."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.bootstrap import App
from service.pipeline.manage import Wish
from service.settings import Settings, load
from service.web import create_app, serve
from tests.commands import tocsin
from tests.migrated import put_database
from tests.standins import HandClock

RULE = (
    "version: 1\nrules:\n  - id: harbour\n    title: Harbour\n    match: kind:strike AND place:sumy\n    owner: desk\n"
)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config" / "rules").mkdir(parents=True)
    put_database(tmp_path / "data")
    return {"TOCSIN_DATA_DIR": str(tmp_path / "data"), "TOCSIN_CONFIG_DIR": str(tmp_path / "config")}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load(environ=environ)


@pytest.fixture
def file(settings: Settings) -> Path:
    assert settings.config_dir
    path = settings.config_dir / "rules" / "mine.yaml"
    path.write_text(RULE)
    return path


@pytest.fixture
def app(settings: Settings, file: Path) -> Iterator[App]:
    assert file.exists()
    with App(settings, clock=HandClock(), durable=False) as made:
        made.refresh()
        for address in ("ada@example.org", "bob@example.org"):
            made.subscribe(Wish(kind="email", address=address, mode="alert", rules=["harbour"]))
        yield made


@pytest.mark.parametrize("text", [None, ""], ids=["deleted", "emptied"])
def test_readers_who_would_wait_in_vain_are_told_of(
    app: App, file: Path, environ: dict[str, str], caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    said = "2 subscriptions ask for the rule 'harbour', which no file has: it finds nothing"
    app.refresh()
    assert (said in caplog.text, app.rule_errors()) == (False, 0)
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    app.refresh()
    app.refresh()
    assert caplog.text.count(said) == 1
    assert app.rule_errors() == 1
    checked = tocsin("check", environ=environ)
    assert checked.returncode == 1
    assert f"E165 {said}" in checked.stderr
    with serve(create_app(app), "127.0.0.1", 0) as server:
        assert "A watch rule is missing." in httpx.get(f"{server.url}/rules").text
        file.write_text(RULE)
        app.refresh()
        assert "A watch rule is missing." not in httpx.get(f"{server.url}/rules").text
    assert app.rule_errors() == 0


def test_a_rule_nobody_asks_for_may_go(app: App, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with app.store.write() as tx:
        for one in tx.subscriptions.all():
            tx.subscriptions.set_state(one.subscription_id, "ended")
    file.unlink()
    app.refresh()
    assert app.rule_errors() == 0
    assert "harbour" in caplog.text  # that it is gone is said all the same
