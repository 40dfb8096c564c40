"""`tocsin rules check`: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.rules import rules

GOOD = """version: 1
rules:
  - id: harbour
    title: Harbour watch
    match: kind:strike AND harbour
    tests:
      - {text: Drone hits harbour, event: {kind: strike}, fires: true}
      - {text: Harbour pilots strike, fires: false}
      - {article: 7, fires: true}
"""


def _check(*arguments: object) -> Result:
    return CliRunner().invoke(rules, ["check", *map(str, arguments)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.yaml"
    path.write_text(GOOD)
    return path


def test_good_rules_are_fine(path: Path) -> None:
    result = _check(path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "1 rule, 2 tests, 0 failed, 0 errors, 1 test not run (pinned to stored entries)\n"


def test_the_rules_in_use_are_checked_without_paths() -> None:
    result = _check()
    assert result.exit_code == 0
    assert " 0 failed, 0 errors" in result.stdout


def test_a_finding_shows_its_line_with_a_caret(path: Path) -> None:
    path.write_text(GOOD.replace("AND harbour", "harbour"))
    result = _check(path)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{path}:5:24: E105 two terms side by side (put AND or OR between them)\n"
        "        match: kind:strike harbour\n"
        "                           ^\n"
    )


def test_a_failed_test_shows_why(path: Path) -> None:
    path.write_text(GOOD.replace("Drone hits harbour", "Drone hits port"))
    result = _check(path)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{path}:7:1: E170 test failed: harbour should fire on 'Drone hits port' "
        "(correct the rule or the test; the tree says why)\n"
        "    FAIL all of\n"
        "      PASS kind:strike: strike\n"
        "      FAIL harbour\n"
    )
    assert "1 failed" in result.stdout


def test_what_cannot_be_opened_exits_2(tmp_path: Path) -> None:
    result = _check(tmp_path / "nowhere.yaml")
    assert result.exit_code == 2
    assert "E150 cannot read" in result.stderr


def test_json_is_one_document(path: Path) -> None:
    path.write_text(GOOD.replace("fires: false", "fires: true") + "    severty: info\n")
    path.with_name("other.yaml").write_text(GOOD.replace("fires: false", "fires: true").replace("id: h", "id: other-h"))
    result = _check(path.parent, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["ok"] is False
    assert [(item["code"], item["line"], item["column"]) for item in found["findings"]] == [
        ("E151", 10, 5),
        ("E170", 8, 1),
    ]
    assert [rule["id"] for rule in found["rules"]] == ["other-harbour"]
    assert [test["outcome"] for test in found["tests"]] == ["passed", "failed", "skipped"]
    assert found["tests"][1]["explain"][0] == "FAIL all of"


def test_lists_beside_the_rules_and_shipped_ones_are_known(path: Path) -> None:
    path.write_text(GOOD.replace("AND harbour", "AND ($boats OR $truce_words OR harbour)"))
    path.with_name("lists.yaml").write_text("version: 1\nlists: {boats: [dinghy]}\n")
    assert _check(path).exit_code == 0
    assert _check(path.parent).exit_code == 0
