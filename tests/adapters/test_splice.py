"""Edits of rule files: only the intended lines change, whatever the file looks like, or nothing does."""

import difflib
from collections.abc import Callable

import pytest

from service.adapters.rulefiles.reading import read_rules
from service.adapters.rulefiles.splice import add_rule, find, remove_rule, replace_rule, rule_hash, set_field
from service.core.errors import BadRule
from service.core.rules import Rule

HEAD = "# shipped: do not sort\nversion: 1 # the only one\nrules:\n"
AFTER = "\n  # about ports\n  - id: other   # keep me\n    title: 'Other ''rule'''\n    match: kind:talks # why not\n"


def _block(match: str, indent: str = "  ") -> str:
    """Return a rule written over lines, with its query written so."""
    lines = ["- id: harbour", "  title: Harbour", f"  match: {match}", "  state: active"]
    return "".join(f"{indent}{line}\n" for line in lines)


STYLES = {
    "plain": _block("kind:strike AND drone # say why"),
    "plain over lines": _block("kind:strike\n      AND drone"),
    "single": _block("'kind:strike AND drone' # say why"),
    "single over lines": _block("'kind:strike\n      AND drone'"),
    "double": _block('"kind:strike AND drone"'),
    "folded": _block(">-\n      kind:strike\n      AND drone"),
    "folded, kept": _block(">+  # why\n\n      kind:strike\n        AND drone\n"),
    "literal": _block("|\n      kind:strike\n      AND drone"),
    "flow": "  - {id: harbour, title: Harbour, match: 'kind:strike AND drone', state: active}\n",
    "flow over lines": "  - {id: harbour, title: Har,\n     match: 'kind:strike AND drone', # y\n     state: active}\n",
    "a dash of its own": "  -\n    id: harbour\n    title: H\n    match: kind:strike AND drone\n    state: active\n",
    "no indent": _block("kind:strike AND drone\n  # below", ""),
    "a tab before a comment": _block("kind:strike AND drone\t# tab"),
}
ENDS: dict[str, Callable[[str], str]] = {
    "unix": lambda text: text,
    "windows": lambda text: text.replace("\n", "\r\n"),
    "no last line end": lambda text: text.rstrip("\n"),
}


def rules_of(text: str) -> dict[str, Rule]:
    found = read_rules("x.yaml", text, {})
    assert [error.located() for error in found.errors] == []
    return {rule.rule_id: rule for rule in found.rules}


def file_of(style: str, ends: str) -> str:
    after = AFTER.replace("\n  ", "\n") if style == "no indent" else AFTER
    return ENDS[ends](HEAD + STYLES[style] + after)


def base_of(text: str, rule_id: str = "harbour") -> str:
    return rule_hash(rules_of(text)[rule_id].text)


def changes(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came, line ends included."""
    found = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in found if line[0] == "-"], [line[2:] for line in found if line[0] == "+"]


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ENDS)
def text(request: pytest.FixtureRequest, style: str) -> str:
    return file_of(style, request.param)


def test_a_word_in_a_query_changes_its_line_only(text: str) -> None:
    made = set_field(text, "harbour", "match", "kind:strike AND missile", base=base_of(text))
    went, came = changes(text, made)
    assert [line.replace("drone", "missile") for line in went] == came
    assert len(went) == 1
    assert rules_of(made)["harbour"].query_text.split() == ["kind:strike", "AND", "missile"]
    assert rules_of(made)["other"] == rules_of(text)["other"] or rules_of(made)["other"].query_text == "kind:talks"


def test_more_of_a_query_goes_where_it_ends(text: str) -> None:
    made = set_field(text, "harbour", "match", "kind:strike AND drone AND killed>=5", base=base_of(text))
    went, came = changes(text, made)
    assert len(went) == len(came) == 1
    assert came[0] == went[0].replace("drone", "drone AND killed>=5")


def test_a_query_of_quotes_stays_readable(text: str) -> None:
    query = 'kind:strike AND ("air raid" OR it\'s)'
    made = set_field(text, "harbour", "match", query, base=base_of(text))
    assert rules_of(made)["harbour"].query_text.split() == query.split()
    assert len(changes(text, made)[0]) == 1


def test_a_state_changes_its_line_only(text: str) -> None:
    made = set_field(text, "harbour", "state", "paused", base=base_of(text))
    went, came = changes(text, made)
    assert [line.replace("active", "paused") for line in went] == came
    assert rules_of(made)["harbour"].state == "paused"


def test_a_new_key_takes_a_line_of_its_own(text: str) -> None:
    made = set_field(text, "harbour", "notify", ["desk", "ops.hook"], base=base_of(text))
    assert rules_of(made)["harbour"].notify == ("desk", "ops.hook")
    went, came = changes(text, made)
    assert (len(went), len(came)) == ((1, 1) if "{id: harbour" in text else (0, 1))


def test_a_key_taken_out_takes_its_line_along(text: str) -> None:
    made = set_field(text, "harbour", "state", None, base=base_of(text))
    assert rules_of(made)["harbour"].state == "active"
    assert "state:" not in made
    assert len(changes(text, made)[0]) <= 2


def test_a_rule_is_replaced_and_nothing_around_it(text: str, style: str) -> None:
    new = "id: harbour\ntitle: 'Harbour: two'\nmatch: >-\n  kind:strike\n  AND frigate\n"
    new += "tests:\n  - {text: A frigate, fires: false}\n"
    made = replace_rule(text, "harbour", new, base=base_of(text))
    found = rules_of(made)["harbour"]
    assert (found.title, found.query_text, len(found.tests)) == ("Harbour: two", "kind:strike AND frigate", 1)
    assert made.count("#") >= text.count("#") - STYLES[style].count("#")
    back = replace_rule(made, "harbour", rules_of(text)["harbour"].text, base=base_of(made))
    assert rules_of(back)["harbour"].query == rules_of(text)["harbour"].query


def test_a_rule_is_added_behind_the_others(text: str) -> None:
    made = add_rule(text, "id: third\ntitle: Third\nmatch: kind:strike\n")
    assert list(rules_of(made)) == ["harbour", "other", "third"]
    went, came = changes(text, made)
    assert [line.rstrip("\r\n") for line in went] == [line.rstrip("\r\n") for line in came[: len(went)]]


def test_a_rule_is_removed_and_comments_stay(text: str) -> None:
    made = remove_rule(text, "harbour", base=base_of(text))
    assert list(rules_of(made)) == ["other"]
    assert "# about ports" in made
    assert changes(text, made)[1] == []
    assert list(rules_of(remove_rule(text, "other", base=base_of(text, "other")))) == ["harbour"]


def test_windows_line_ends_stay_everywhere(style: str) -> None:
    text = file_of(style, "windows")
    for made in (
        set_field(text, "harbour", "owner", "desk", base=base_of(text)),
        add_rule(text, "id: third\ntitle: Third\nmatch: >-\n  kind:strike\n"),
        remove_rule(text, "other", base=base_of(text, "other")),
        replace_rule(text, "harbour", "id: harbour\ntitle: T\nmatch: a\n", base=base_of(text)),
    ):
        assert "\n" not in made.replace("\r\n", "")


def test_the_last_rule_of_a_file_goes_and_another_comes() -> None:
    text = HEAD + STYLES["folded"]
    empty = remove_rule(text, "harbour", base=base_of(text))
    assert empty == HEAD.rstrip("\n") + " []\n"
    again = add_rule(empty, rules_of(text)["harbour"].text)
    assert rules_of(again)["harbour"].query == rules_of(text)["harbour"].query


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet", "# nothing yet\r\n"])
def test_an_empty_file_becomes_a_whole_one(text: str) -> None:
    made = add_rule(text, "id: first\ntitle: First\nmatch: kind:strike")
    assert list(rules_of(made)) == ["first"]
    assert made.startswith(text.rstrip("\r\n"))


def test_rules_in_one_flow_list_can_be_edited() -> None:
    text = "version: 1\nrules: [{id: a, title: A, match: x}, {id: b, title: B, match: y}] # two\n"
    assert list(rules_of(add_rule(text, "id: c\ntitle: C\nmatch: z"))) == ["a", "b", "c"]
    assert remove_rule(text, "a", base=base_of(text, "a")) == "version: 1\nrules: [{id: b, title: B, match: y}] # two\n"
    assert remove_rule(text, "b", base=base_of(text, "b")) == "version: 1\nrules: [{id: a, title: A, match: x}] # two\n"


def test_lists_and_budgets_are_written_anew() -> None:
    text = (
        HEAD
        + "  - id: a\n    title: A\n    match: x\n    notify:\n      - one\n      - two\n    cooldown: 5m # short\n"
    )
    made = set_field(text, "a", "notify", ["three"], base=base_of(text, "a"))
    assert changes(text, made) == (["    notify:\n", "      - one\n", "      - two\n"], ["    notify: [three]\n"])
    made = set_field(made, "a", "expect", {"last": "30d", "at_most": 60}, base=base_of(made, "a"))
    assert made.endswith("    cooldown: 5m # short\n    expect: {last: 30d, at_most: 60}\n")


def test_what_was_changed_meanwhile_is_never_overwritten() -> None:
    text = file_of("plain", "unix")
    base = base_of(text)
    later = set_field(text, "harbour", "state", "draft", base=base)
    edits: list[Callable[[], str]] = [
        lambda: set_field(later, "harbour", "state", "paused", base=base),
        lambda: replace_rule(later, "harbour", "id: harbour\ntitle: T\nmatch: a", base=base),
        lambda: remove_rule(later, "harbour", base=base),
    ]
    for edit in edits:
        with pytest.raises(BadRule, match="changed meanwhile") as caught:
            edit()
        assert caught.value.code == "E161"
    elsewhere = set_field(text, "other", "owner", "desk", base=base_of(text, "other"))
    assert set_field(elsewhere, "harbour", "state", "paused", base=base)


def test_comments_inside_a_list_are_not_thrown_away() -> None:
    text = HEAD + "  - id: a\n    title: A\n    match: x\n    notify:\n      - one # the night desk\n      - two\n"
    with pytest.raises(BadRule, match="by hand") as caught:
        set_field(text, "a", "notify", ["three"], base=base_of(text, "a"))
    assert caught.value.code == "E162"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version: 1\nrules:\n  - &one {id: a, title: A, match: x}\n", "anchors"),
        ("version: 1\nrules:\n  - id: a\n    title: A\n    match: x\n    match: y\n", "changed meanwhile"),
        ("version: 1\nrules: nothing\n", "no list of rules"),
        ("version: 1\n", "no list of rules"),
        ("version: [1\n", "by hand|not YAML"),
        ("version: 1\nrules:\n  - {id: b, title: B, match: x}\n", "no rule 'a'"),
    ],
)
def test_a_file_that_cannot_be_edited_safely_is_left_alone(text: str, says: str) -> None:
    with pytest.raises(BadRule, match=says):
        set_field(text, "a", "state", "paused", base=rule_hash("id: a"))


def test_the_hash_is_of_the_text_a_rule_says_it_has() -> None:
    text = file_of("folded", "windows")
    assert rule_hash(find(text, "harbour").text) == rule_hash(rules_of(text)["harbour"].text)
    assert rule_hash(rules_of(text)["harbour"].text) == rule_hash(rules_of(file_of("folded", "unix"))["harbour"].text)
