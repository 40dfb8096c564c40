"""Rule files: every way to write a bad one, where errors point, and what stays in use while a file is bad."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import resources
from service.adapters.rulefiles import RuleBook, add_rule, excerpt, load, load_paths, with_test
from service.adapters.rulefiles.places import index_of
from service.adapters.rulefiles.reading import read_lists, read_rules
from service.adapters.yamlfile import Pairs, Scalar, compose, plain
from service.core.errors import BadRule
from service.core.rules import Expect, Trigger, check_rules, parse_term

DATA = Path(__file__).parents[1] / "data" / "rules"
LISTS = {"strike_words": (parse_term("strike"),)}
ONE = "version: 1\nrules:\n  - {{id: {0}, title: {0}, match: '{1}'}}\n"


def _bad_inputs(folder: str) -> list[Path]:
    return sorted((DATA / folder).glob("*.yaml"))


def _told(path: Path, errors: tuple[BadRule, ...]) -> str:
    lines = [text for error in errors for text in (error.located().replace(str(path), path.name), excerpt(error))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", _bad_inputs("bad"), ids=lambda path: path.stem)
def test_a_bad_rule_file_says_where_what_and_the_way_out(path: Path) -> None:
    """The expected words, the line and the caret stand beside the file."""
    _, errors = read_rules(str(path), path.read_bytes().decode("utf-8-sig"), LISTS)
    assert _told(path, errors) == path.with_suffix(".txt").read_text(encoding="utf-8")
    assert all(error.hint for error in errors)


@pytest.mark.parametrize("path", _bad_inputs("lists"), ids=lambda path: path.stem)
def test_a_bad_lists_file_says_where_what_and_the_way_out(path: Path) -> None:
    _, errors = read_lists(str(path), path.read_text(encoding="utf-8"))
    assert _told(path, errors) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_there_are_bad_inputs_enough() -> None:
    """Should the folder ever be lost, the tests above would pass in silence."""
    assert len(_bad_inputs("bad")) >= 60
    assert all(path.with_suffix(".txt").read_text(encoding="utf-8").strip() for path in _bad_inputs("bad"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config folder with two rule files and lists."""
    folder = tmp_path / "config"
    (folder / "rules").mkdir(parents=True)
    (folder / "lists.yaml").write_text("version: 1\nlists: {ships: [frigate, corvette*]}\n")
    (folder / "rules" / "a.yaml").write_text(ONE.format("alpha", "kind:strike AND $ships"))
    (folder / "rules" / "b.yaml").write_text(ONE.format("beta", "kind:talks"))
    return folder


def ids(rules: RuleBook | Path) -> list[str]:
    """Return the ids of the rules in use."""
    found = rules.refresh() if isinstance(rules, RuleBook) else load([rules])
    return [rule.rule_id for rule in found.rules]


def test_the_shipped_rules_are_fine_and_pass_their_tests() -> None:
    checked = check_rules(load([resources.shipped("config")]))
    assert [error.located() for error in checked.findings] == []
    assert len(checked.rules.rules) >= 12
    assert all(rule.owner and rule.tests for rule in checked.rules.rules)
    assert {"any-strike", "any-talks"} <= {rule.rule_id for rule in checked.rules.active}


def test_everything_a_rule_says_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "full.yaml"
    path.write_text("""version: 1
rules:
  # a comment
  - id: harbour
    title: Harbour   watch
    on: article
    match: >-
      kind:strike
      AND killed>=5
    severity: critical
    notify: [desk-email, ops.hook]
    group_by: [country, place]
    cooldown: 30m
    refire_when: [killed+5, status change, severity+1]
    max_per_hour: 10
    state: draft
    owner: eastern-desk
    expect: {last: 30d, at_least: 1, at_most: 60}
    tests:
      - {text: Shells hit port, event: {kind: strike, country: NO, killed: [6, null], weapon: drone}, fires: true}
      - {article: 81234, fires: true}
  - id: other
    title: Other
    match: kind:talks
""")
    found = load_paths([path])
    assert found.errors == ()
    rule = found.rules[0]
    assert (rule.on, rule.severity, rule.state, rule.owner) == ("article", "critical", "draft", "eastern-desk")
    assert rule.title == "Harbour watch"
    assert rule.notify == ("desk-email", "ops.hook")
    assert rule.group_by == ("country", "place")
    assert rule.cooldown == timedelta(minutes=30)
    assert rule.refire_when == (Trigger(field="killed", by=5), Trigger(field="status"), Trigger(field="severity", by=1))
    assert rule.expect == Expect(last=timedelta(days=30), at_least=1, at_most=60)
    assert rule.max_per_hour == 10
    assert (rule.file, rule.line, rule.query_text) == (str(path), 4, "kind:strike AND killed>=5")
    assert rule.text.startswith("id: harbour\n    title: Harbour   watch\n")
    assert rule.text.endswith("{article: 81234, fires: true}\n")
    event = rule.tests[0].event
    assert event is not None
    assert event.place is not None
    assert event.place.country == "NO"
    assert rule.tests[1].entry_id == 81234
    assert [rule.rule_id for rule in found.active] == ["other"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("22:30", "22:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("-7", -7),
        ("1.5e3", 1500.0),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("[a, ]", ["a"]),
        ("{on: off}", {"on": "off"}),
    ],
)
def test_plain_values_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    node = compose(f"key: {text}\n")
    assert node is not None
    assert plain(node) == {"key": value}


STYLES: dict[str, Callable[[list[str]], str]] = {
    "plain": lambda words: "v: " + " ".join(words) + "\n",
    "plain over lines": lambda words: "v: " + "\n    ".join(words) + "\n",
    "plain with empty lines": lambda words: "v: " + "\n\n   ".join(words) + "\n",
    "single": lambda words: "v: '" + " ".join(words).replace("'", "''") + "'\n",
    "single over lines": lambda words: "v: '" + "\n   ".join(words).replace("'", "''") + "'\n",
    "double": lambda words: 'v: "' + " ".join(words).replace('"', '\\"') + '"\n',
    "double over lines": lambda words: 'v: "' + "\n   ".join(words).replace('"', '\\"') + '"\n',
    "double with broken lines": lambda words: 'v: "' + " \\\n   ".join(words).replace('"', '\\"') + '"\n',
    "folded": lambda words: "v: >-\n" + "".join(f"  {word}\n" for word in words),
    "folded, deeper lines": lambda words: "v: >+\n" + "".join(f"{' ' * (2 + n % 3)}{w}\n" for n, w in enumerate(words)),
    "literal": lambda words: "# a comment\nv: | # another\n\n" + "".join(f"  {word}\n" for word in words),
}
WORDS = ["kind", "don't", '"air', 'raid"', "größe", "停火", "a🚀b", "x-y"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("style", STYLES)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
def test_every_character_of_a_value_is_found_in_its_file(style: str, ends: str, words: list[str]) -> None:
    """Whatever the style, an error points at the very character it is about."""
    text = STYLES[style](["w", *words]).replace("\n", ends)
    node = compose(text)
    assert isinstance(node, Pairs)
    value = node.value[0][1]
    assert isinstance(value, Scalar)
    for offset, character in enumerate(value.value):
        if not character.isspace():
            found = text[index_of(text, value, offset)]
            assert found == character or (found == "\\" and character == '"')


def test_a_bad_rule_leaves_the_others_in_use(config: Path) -> None:
    text = (config / "rules" / "a.yaml").read_text()
    (config / "rules" / "a.yaml").write_text(text + "  - {id: gamma, title: Gamma, match: kiled>=5}\n")
    found = load([config])
    assert [rule.rule_id for rule in found.rules] == ["alpha", "beta"]
    assert [error.located() for error in found.errors] == [
        f"{config}/rules/a.yaml:4:38: E115 unknown field 'kiled' (did you mean 'killed'?)"
    ]


def test_a_later_folder_replaces_a_file_of_the_same_name_and_adds_lists(config: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "rules").mkdir(parents=True)
    (own / "lists.yaml").write_text("version: 1\nlists: {boats: [dinghy]}\n")
    (own / "rules" / "b.yaml").write_text(ONE.format("gamma", "$boats OR $ships"))
    found = load([config, own])
    assert [rule.rule_id for rule in found.rules] == ["alpha", "gamma"]
    assert set(found.lists) == {"ships", "boats"}
    (own / "rules" / "b.yaml").write_text("# switched off\n")
    assert [rule.rule_id for rule in load([config, own]).rules] == ["alpha"]


def test_an_id_belongs_to_the_first_rule_that_has_it(config: Path) -> None:
    (config / "rules" / "c.yaml").write_text(ONE.format("alpha", "kind:talks"))
    found = load([config])
    assert [rule.rule_id for rule in found.rules] == ["alpha", "beta"]
    assert found.rules[0].file.endswith("a.yaml")
    assert [(error.code, Path(error.file).name) for error in found.errors] == [("E155", "c.yaml")]


def test_a_book_keeps_the_last_good_version_of_a_file(config: Path) -> None:
    book = RuleBook([config])
    assert ids(book) == ["alpha", "beta"]
    good = book.refresh().rules[0]
    (config / "rules" / "a.yaml").write_text("version: 1\nrules: [{id: alpha, title: Alpha, match: a b}]\n")
    (config / "rules" / "b.yaml").write_text(ONE.format("gamma", "kind:talks"))
    found = book.refresh()
    assert [rule.rule_id for rule in found.rules] == ["alpha", "gamma"]
    assert found.rules[0] is good
    assert [error.code for error in found.errors] == ["E105"]
    (config / "rules" / "a.yaml").write_text(ONE.format("delta", "kind:strike"))
    assert book.refresh().errors == ()
    assert ids(book) == ["delta", "gamma"]


def test_a_book_keeps_lists_and_the_rules_that_lean_on_them(config: Path) -> None:
    book = RuleBook([config])
    book.refresh()
    (config / "lists.yaml").write_text("version: 1\nlists: {ships: frigate}\n")
    found = book.refresh()
    assert [rule.rule_id for rule in found.rules] == ["alpha", "beta"]
    assert [error.code for error in found.errors] == ["E154"]
    (config / "lists.yaml").write_text("version: 1\nlists: {boats: [dinghy]}\n")
    found = book.refresh()
    assert [rule.rule_id for rule in found.rules] == ["alpha", "beta"]
    assert [error.code for error in found.errors] == ["E112"]


def test_a_book_reads_rules_again_when_a_list_changes(config: Path) -> None:
    book = RuleBook([config])
    before = book.refresh().rules[0]
    (config / "lists.yaml").write_text("version: 1\nlists: {ships: [ferry]}\n")
    assert book.refresh().rules[0].query != before.query


def test_a_removed_file_takes_its_rules_along(config: Path) -> None:
    book = RuleBook([config])
    book.refresh()
    (config / "rules" / "a.yaml").unlink()
    assert ids(book) == ["beta"]


def test_a_book_notices_edits_when_asked_what_is_current(config: Path) -> None:
    book = RuleBook([config])
    first = book.current()
    assert book.current() is first
    (config / "rules" / "c.yaml").write_text(ONE.format("gamma", "kind:talks"))
    assert [rule.rule_id for rule in book.current().rules] == ["alpha", "beta", "gamma"]
    os.utime(config / "rules" / "a.yaml", ns=(1, 1))
    assert book.current().rules[0] is first.rules[0]


def test_an_unreadable_file_is_told_apart_and_keeps_its_rules(config: Path) -> None:
    book = RuleBook([config])
    book.refresh()
    (config / "rules" / "a.yaml").write_bytes(b"version: 1\nrules: []\n# \xff\n")
    found = book.refresh()
    assert [error.located() for error in found.unreadable] == [
        f"{config}/rules/a.yaml:3: E150 not UTF-8 text (save the file as UTF-8)"
    ]
    assert [rule.rule_id for rule in found.rules] == ["alpha", "beta"]


def test_a_path_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    found = load_paths([tmp_path / "nowhere.yaml"])
    assert [error.code for error in found.unreadable] == ["E150"]


@pytest.mark.parametrize(
    "text", ["[" * 2000, "- " * 2000, "{" * 2000, "a: &a [*a]\n", "? ? ? a\n", "\0", "%YAML 3.0\n", "!!x y"]
)
def test_hostile_yaml_is_an_error_like_any_other(text: str) -> None:
    assert read_rules("x.yaml", text, {}).errors


@given(st.text(max_size=200))
def test_no_text_makes_reading_raise(text: str) -> None:
    read_rules("x.yaml", text, {})
    read_lists("x.yaml", text)
    read_rules("x.yaml", ONE.format("a", "x") + text, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "id: a\ntests:\n  - {text: x, fires: true} # y\nowner: b\n",
            "id: a\ntests:\n  - {text: x, fires: true} # y\n  - T\nowner: b\n",
        ),
        ("id: a\ntests:\n- text: x\n  fires: true\n", "id: a\ntests:\n- text: x\n  fires: true\n- T\n"),
        (
            "id: a\ntests: [{text: x, fires: true}]\n",
            "id: a\ntests: [{text: x, fires: true}, {article: 7, fires: true}]\n",
        ),
        ("id: a\n", "id: a\ntests:\n  - T\n"),
        ("id: [oops", "id: [oops\ntests:\n  - T\n"),
        ("id: a\ntests:\n  - {article: 7, fires: false}\n", "id: a\ntests:\n  - T\n"),
    ],
)
def test_a_test_is_put_behind_the_others(before: str, after: str) -> None:
    assert with_test(before, 7, fires=True) == after.replace("- T", "- {article: 7, fires: true}")


@pytest.mark.parametrize(
    "text", ["version: 1\nrules:\n  - {id: a, title: \ud800, match: x}\n", "id: \udfff\ntitle: T\nmatch: x\n"]
)
def test_half_a_character_is_refused_and_nothing_breaks(text: str) -> None:
    """A program may send one; no file can hold it."""
    _, errors = read_rules("x.yaml", text, {})
    assert [error.code for error in errors] == ["E150"]
    assert "is not allowed" in errors[0].message
    with pytest.raises(BadRule):
        add_rule(text, "id: b\ntitle: B\nmatch: y\n")


@pytest.mark.parametrize("value", ["!!python/object/apply:os.system ['id']", "!!binary aGk=", "9" * 5_000])
def test_a_file_with_a_strange_value_is_not_edited(value: str) -> None:
    text = f"version: 1\nrules:\n  - {value}\n"
    with pytest.raises(BadRule, match="not allowed in a rule file") as caught:
        add_rule(text, "id: b\ntitle: B\nmatch: y\n")
    assert caught.value.code == "E162"


def test_an_excerpt_shows_what_a_terminal_would_obey(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("rules: \x1b[31m \u202eabc\n", encoding="utf-8")
    error = BadRule("wrong", file=str(path), line=1, column=15)
    assert excerpt(error) == "rules: \ufffd[31m \ufffdabc\n              ^"
