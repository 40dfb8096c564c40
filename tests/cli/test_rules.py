"""`tocsin rules check`: what it prints, and its exit codes."""

import json
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner, Result

from service import resources
from service.cli.rules import rules
from service.core.errors import NotFound
from tests.migrated import put_database

GOOD = """version: 1
rules:
  - id: harbour
    title: Harbour watch
    match: kind:strike AND harbour
    owner: desk
    tests:
      - {text: Drone hits harbour, event: {kind: strike}, fires: true}
      - {text: Harbour pilots strike, fires: false}
      - {article: 7, fires: true}
"""


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(rules, [*map(str, arguments)])


def _check(*arguments: object) -> Result:
    return _run("check", *arguments)


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database of our own."""
    put_database(tmp_path / "data")
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))


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
        f"{path}:8:1: E170 test failed: harbour should fire on 'Drone hits port' "
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
        ("E151", 11, 5),
        ("E170", 9, 1),
    ]
    assert [rule["id"] for rule in found["rules"]] == ["other-harbour"]
    assert [test["outcome"] for test in found["tests"]] == ["passed", "failed", "skipped"]
    assert found["tests"][1]["explain"][0] == "FAIL all of"


def test_lists_beside_the_rules_and_shipped_ones_are_known(path: Path) -> None:
    path.write_text(GOOD.replace("AND harbour", "AND ($boats OR $truce_words OR harbour)"))
    path.with_name("lists.yaml").write_text("version: 1\nlists: {boats: [dinghy]}\n")
    assert _check(path).exit_code == 0
    assert _check(path.parent).exit_code == 0


def test_lists_are_checked_as_lists_with_the_rules_that_lean_on_them(tmp_path: Path) -> None:
    lists, rules = tmp_path / "lists.yaml", tmp_path / "rules"
    lists.write_text("version: 1\nlists: {boats: [dinghy]}\n")
    assert "0 rules, 0 tests, 0 failed, 0 errors" in _check(lists).stdout
    rules.mkdir()
    (rules / "h.yaml").write_text(GOOD.replace("AND harbour", "AND ($boats OR harbour)"))
    assert "1 rule, 2 tests, 0 failed, 0 errors" in _check(lists).stdout
    lists.write_text("version: 1\nlists: {boats: dinghy}\n")
    found = _check(lists)
    assert (found.exit_code, f"{lists}:2:16: E154 $boats is not a list" in found.stderr) == (1, True)
    lists.unlink()
    assert "E150 cannot read: No such file" in _check(lists).stderr


def test_what_is_unwise_is_told_and_changes_the_exit_code_only_if_asked(path: Path) -> None:
    path.write_text(GOOD.replace("    owner: desk\n", "").replace("kind:strike AND harbour", "harbour"))
    path.write_text(path.read_text().replace("Harbour pilots strike", "Pilots strike"))
    result = _check(path)
    assert result.exit_code == 0
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        "W201 harbour",
        "W208 harbour",
    ]
    assert ", 2 warnings, " in result.stdout
    assert _check(path, "--strict").exit_code == 1
    assert [item["code"] for item in json.loads(_check(path, "--json").stdout)["warnings"]] == ["W201", "W208"]


def test_the_shipped_rules_are_wise() -> None:
    assert _check(resources.shipped("config"), "--strict").exit_code == 0


def test_a_build_server_reads_how_tests_went(path: Path) -> None:
    path.write_text(GOOD.replace("Drone hits harbour", "Drone <hits> \\x01 port"))
    report = path.with_suffix(".xml")
    assert _run("test", path, "--junit", report).exit_code == 1
    suite = fromstring(report.read_text())[0]  # noqa: S314  we wrote it
    assert suite.attrib == {"name": "harbour", "tests": "3", "failures": "1", "skipped": "1"}
    assert [case.attrib["name"] for case in suite][1] == "stays silent on 'Harbour pilots strike'"
    failure = suite[0][0]
    assert (failure.tag, failure.attrib["type"]) == ("failure", "E170")
    assert "FAIL harbour" in (failure.text or "")


def test_a_file_that_is_wrong_fails_in_the_report_too(path: Path) -> None:
    path.write_text(GOOD.replace("kind:strike", "kiled>=5"))
    report = path.with_suffix(".xml")
    assert _run("test", path, "--junit", report).exit_code == 1
    assert fromstring(report.read_text())[0].attrib["failures"] == "1"  # noqa: S314  we wrote it
    assert _run("test", path, "--junit", path.parent / "no" / "where.xml").exit_code != 0


@pytest.mark.usefixtures("env")
def test_history_finds_pinned_entries_and_holds_budgets(path: Path) -> None:
    path.write_text(GOOD.replace("    tests:", "    expect: {last: 30d, at_least: 1}\n    tests:"))
    result = _run("test", path, "--history")
    assert result.exit_code == 1
    assert f"{path}:11:1: E170 test failed: there is no entry 7 for harbour" in result.stderr
    assert f"{path}:3:1: E171 noise budget: harbour held for 0 events, wanted at least 1 in 30 days" in result.stderr
    assert "1 noise budget" in result.stdout


def test_explain_prints_the_tree_for_a_text(path: Path) -> None:
    result = _run("explain", "harbour", path, "--text", "Drone hits harbour")
    assert (result.exit_code, result.stdout) == (
        1,
        "FAIL all of\n  FAIL kind:strike: not an event yet\n  PASS harbour: harbour\n",
    )
    found = json.loads(_run("explain", "harbour", path, "--text", "Drone hits harbour", "--json").stdout)
    assert found["tree"]["parts"][1] == {"passed": True, "label": "harbour", "found": "harbour", "parts": []}


def test_explain_wants_one_thing_to_explain(path: Path) -> None:
    assert _run("explain", "harbour", path).exit_code == 2
    assert isinstance(_run("explain", "nobody", path, "--text", "x").exception, NotFound)


@pytest.mark.usefixtures("env")
def test_explain_knows_stored_events_and_entries(path: Path) -> None:
    assert isinstance(_run("explain", "harbour", path, "--event", 1).exception, NotFound)
    assert isinstance(_run("explain", "harbour", path, "--entry", 1).exception, NotFound)


def test_editors_get_a_schema() -> None:
    assert json.loads(_run("schema").stdout)["title"] == "Tocsin watch rules"


UNTIDY = """version: 1
rules:
  - id: a   # ours
    title: A
    match: >-
      Kind : strike  AND ( Kharkiv OR "air raid"  )
      AND killed >= 5 AND within( 50.0,36.2,  60 )
  - id: b
    title: B
    match: kind:talks   # fine
"""
TIDY = UNTIDY.replace(
    'Kind : strike  AND ( Kharkiv OR "air raid"  )', 'kind:strike  AND (Kharkiv OR "air raid")'
).replace("killed >= 5 AND within( 50.0,36.2,  60 )", "killed>=5 AND within(50, 36.2, 60km)")


def test_fmt_tidies_queries_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(UNTIDY)
    assert _run("fmt", "--check", str(path)).exit_code == 1
    assert path.read_text() == UNTIDY
    said = json.loads(_run("fmt", "--json", str(path)).stdout)
    assert [change["file"] for change in said["changed"]] == [str(path)]
    assert path.read_text() == TIDY
    again = _run("fmt", "--check", str(path))
    assert (again.exit_code, again.stdout) == (0, "0 files would change\n")


def test_fmt_leaves_a_bad_rule_alone_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(UNTIDY.replace("kind:talks ", "kind:talk "))
    done = _run("fmt", str(path))
    assert done.exit_code == 1
    assert "E116" in done.stderr
    assert path.read_text() == TIDY.replace("kind:talks ", "kind:talk ")
