"""`tocsin judge`: one answer a line, errors with their place, and an exit code."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from service.cli.main import program

STRIKE = {"id": "a", "title": "Russian missiles kill three in Odesa", "published": "2025-05-05T10:00:00Z"}
LABOUR = {"id": "b", "title": "Nurses strike over pay"}


def _judge(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(program(["judge"]), ["judge", *arguments], input=text)


def _file(folder: Path, *lines: object) -> str:
    path = folder / "entries.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return str(path)


def test_one_judgement_a_line_in_order(tmp_path: Path) -> None:
    result = _judge(_file(tmp_path, STRIKE, LABOUR))
    strike, labour = map(json.loads, result.stdout.splitlines())
    assert (result.exit_code, result.stderr) == (0, "")
    assert (strike["id"], strike["lang"], strike["set_aside"]) == ("a", "en", None)
    report = strike["reports"][0]
    assert (report["kind"], report["new"], report["killed"]) == ("strike", True, {"min": 3, "max": 3})
    assert report["place"]["name"] == "Odesa"
    assert labour == {"id": "b", "lang": "en", "reports": [], "set_aside": "labour_strike"}


def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = _file(tmp_path, STRIKE, "{broken", '["list"]', {"title": 1, "published": "never"}, LABOUR)
    result = _judge(path)
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "b"]
    assert [line.split(" ")[0] for line in result.stderr.splitlines()] == [
        f"{path}:2:2:",
        f"{path}:3:1:",
        f"{path}:4:1:",
    ]


def test_plain_text_is_one_entry(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text("At least eight people, including two children, were killed in a missile attack on Odesa.")
    report = json.loads(_judge("--text", str(path)).stdout)["reports"][0]
    assert report["killed"] == {"min": 8, "max": None}
    assert report["children_killed"] == {"min": 2, "max": 2}
    assert {"field": "killed", "in": "content", "start": 0}.items() <= report["evidence"][0].items()


def test_an_empty_file_has_no_judgements(tmp_path: Path) -> None:
    result = _judge(_file(tmp_path, ""))
    assert (result.exit_code, result.stdout) == (0, "")


def test_explain_says_which_words_decided_and_what_would_change_it(tmp_path: Path) -> None:
    (told,) = map(json.loads, _judge(_file(tmp_path, STRIKE), "--explain").stdout.splitlines())
    why = told["why"][0]
    assert (why["kind"], why["bar"]) == ("strike", 0.5)
    assert why["chance"] >= 0.5
    assert why["words"][0]["quote"] in STRIKE["title"]
    assert why["change"].startswith("without ")
