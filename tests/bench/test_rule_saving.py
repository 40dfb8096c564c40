"""How long an edit takes from the press of the button until the index that matches is the new one."""

import time
from pathlib import Path
from statistics import median

import pytest

from service.adapters.rulefiles import shown
from service.bootstrap import App
from service.bootstrap.rule_edits import Edit
from service.settings import load

pytestmark = pytest.mark.bench

IN_A_FILE, SAVES = 100, 9
RULE = "  - id: r{0}-{1}\n    title: R\n    match: kind:strike AND w{1} AND killed>={1}\n    owner: desk\n"


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_from_save_to_live(tmp_path: Path, count: int) -> None:
    """Wanted: at most 1 s, of which 0.3 s are the editor's wait."""
    folder = tmp_path / "config" / "rules"
    folder.mkdir(parents=True)
    for file in range(count // IN_A_FILE):
        rules = "".join(RULE.format(file, number) for number in range(IN_A_FILE))
        (folder / f"f{file}.yaml").write_text(f"version: 1\nrules:\n{rules}")
    flags = {"data_dir": tmp_path / "data", "config_dir": folder.parent}
    with App(load(environ={}, flags=flags)) as app:
        app.refresh()
        app.rules()
        took = [_save(app) for _ in range(SAVES)]
        started = time.perf_counter()
        app.desk.check(shown(app.desk.standing("r0-3").text), rule_id="r0-3")
        checked = time.perf_counter() - started
    print(f"\n{count:>6} rules: save to live {median(took):.3f} s, check {checked:.3f} s")  # noqa: T201


def _save(app: App) -> float:
    standing = app.desk.standing("r0-3")
    text = shown(standing.text).replace("title: R", "title: RR")
    started = time.perf_counter()
    about = {"author": "ada", "reason": "bench"}
    app.desk.save(Edit(rule_id="r0-3", text=text, base=standing.base, channel="web", **about))
    app.rules()
    return time.perf_counter() - started
