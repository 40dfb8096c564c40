"""Rule files written by chance in every style YAML has, and edits of them: the intended lines change and no others."""

import difflib
import json
import random
import textwrap
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.adapters.rulefiles.reading import read_rules
from service.adapters.rulefiles.splice import add_rule, find, remove_rule, replace_rule, rule_hash, set_field
from service.core.rules import Rule, parse_term

LISTS = {"boats": (parse_term("ship"),)}
WORDS = [
    "drone",
    "kyiv",
    "порт",
    "停火",
    "straße",
    '"air raid"',
    "kind:strike",
    "killed>=5",
    "it's",
    "$boats",
    "shell*",
]
TITLES = [
    "Harbour",
    "It's: late",
    "#1",
    'a "b" c',
    "NO",
    "22:30",
    "- dash",
    "& amp",
    "{c}",
    "a # b",
    "back\\slash",
    "😀",
]
COMMENTS = ["", "", "", " # why", "\t# tab", "  #"]
FILES = 250


class Written:
    """Somebody who writes rule files in all the ways there are."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a test's data

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def query(self) -> str:
        return self.chance.choice([" AND ", " OR "]).join(self.chance.choices(WORDS, k=self.chance.randint(1, 8)))

    def quoted(self, text: str) -> str:
        if self.often(0.5):
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=self.often(0.5))

    def broken(self, text: str, indent: int) -> str:
        """Return the text with some of its blanks as line ends."""
        return "".join("\n" + " " * indent if part == " " and self.often(0.3) else part for part in _parts(text))

    def match(self, indent: int) -> str:
        style = self.chance.choice(["plain", "quoted", ">", ">-", "|", "|-", ">+", ">2-"])
        if style == "plain":
            return self.broken(self.query(), indent + 2)
        if style == "quoted":
            return self.broken(self.quoted(self.query()), indent + self.chance.randint(1, 4))
        deeper = 2 if "2" in style else self.chance.randint(1, 4)
        lines = self.broken(self.query(), 0).split("\n")
        if self.often(0.2):
            lines.insert(self.chance.randint(1, len(lines)), "")
        text = textwrap.indent("\n".join(lines), " " * (indent + deeper))
        return f"{style}{self.chance.choice(['', ' # why'])}\n{text}{self.chance.choice(['', chr(10)])}"

    def notify(self, indent: int) -> str:
        pad = "\n" + " " * indent
        return self.chance.choice(["[a, b]", f"{pad}- a{pad}- b # night", f"{pad}  - a"])

    def tests(self, indent: int) -> str:
        pad = "\n" + " " * (indent + self.chance.choice([0, 2]))
        items = [
            f"{pad}- {{text: {self.quoted(self.chance.choice(TITLES))}, event: {{kind: strike}}, fires: true}}",
            f"{pad}- text: Rain\n{' ' * (len(pad) + 1)}fires: false",
        ]
        return "".join(self.chance.choices(items, k=self.chance.randint(1, 3)))

    def block(self, rule_id: str, indent: int) -> str:
        values: dict[str, Callable[[int], str]] = {
            "title": lambda _: self.quoted(self.chance.choice(TITLES)),
            "match": self.match,
            "state": lambda _: self.chance.choice(["active", "'paused'"]),
            "owner": lambda _: "night desk",
            "notify": self.notify,
            "cooldown": lambda _: "30m",
            "tests": self.tests,
        }
        keys = [key for key in values if key in {"title", "match"} or self.often(0.45)]
        self.chance.shuffle(keys)
        lines = [" " * indent + f"id: {rule_id}"]
        for key in keys:
            if self.often(0.2):
                lines.append(" " * self.chance.choice([indent, 1]) + f"# about {key}")
            value = values[key](indent)
            name = self.chance.choice([key, key, f"'{key}'", f'"{key}"'])
            line = f"{' ' * indent}{name}:{'' if value.startswith(chr(10)) else self.chance.choice([' ', '  '])}{value}"
            lines.append(line if "\n" in value else line + self.chance.choice(COMMENTS))
        return "\n".join(lines)

    def flow(self, rule_id: str) -> str:
        title, match = self.quoted(self.chance.choice(TITLES)), self.quoted(self.query())
        parts = [f"id: {rule_id}", f"title: {title}", f"match: {match}"] + ["state: draft"] * self.often(0.5)
        return "{" + self.chance.choice([", ", ",\n      ", " ,  ", ", # c\n      "]).join(parts) + "}"

    def file(self) -> str:
        dash, gap = self.chance.choice([0, 2, 4]), self.chance.choice([1, 1, 3])
        lines = [self.chance.choice(["", "# head\n", "---\n", "%YAML 1.2\n---\n"]) + "version: 1 # v\nrules: # all"]
        for number in range(self.chance.randint(1, 4)):
            lines += self.chance.choice([[], [], ["# between"], [""], [" # odd", ""]])
            lead = " " * dash + "-" + " " * gap
            if self.often(0.25):
                lines.append(lead + self.flow(f"r{number}") + self.chance.choice(COMMENTS))
            elif self.often(0.15):
                lines.append(" " * dash + "- # its own\n" + self.block(f"r{number}", dash + 2))
            else:
                lines.append(lead + self.block(f"r{number}", len(lead)).lstrip())
        text = "\n".join(lines) + self.chance.choice(["\n", "\n\n", "", "\n...\n", "\n# tail"])
        return text.replace("\n", "\r\n") if self.often(0.3) else text


def _parts(text: str) -> list[str]:
    return [part for word in text.split(" ") for part in (word, " ")][:-1]


Edit = tuple[Callable[[str, str, str], str], Callable[[Rule], object], int]


def edits(written: Written, old: str) -> dict[str, Edit]:
    """Return edits, what must hold after each, and how many lines at most may go."""
    query, title, state = written.query(), written.chance.choice(TITLES), written.chance.choice(["draft", "paused"])
    more = f"({' '.join(old.split())}) AND extra"
    whole = "id: {}\ntitle: 'New: one'\nmatch: >-\n  kind:strike\n  AND frigate\n"
    return {
        "another query": (_sets("match", query), lambda rule: rule.query_text.split() == query.split(), 12),
        "brackets and a word": (_sets("match", more), lambda rule: rule.query_text.split() == more.split(), 2),
        "a title": (_sets("title", title), lambda rule: rule.title == title, 1),
        "a state": (_sets("state", state), lambda rule: rule.state == state, 1),
        "a list": (_sets("notify", ["x", "y.z"]), lambda rule: rule.notify == ("x", "y.z"), 3),
        "a new key": (_sets("max_per_hour", 7), lambda rule: rule.max_per_hour == 7, 1),
        "a key less": (_sets("owner", None), lambda rule: not rule.owner, 2),
        "all of it": (
            lambda text, rule_id, base: replace_rule(text, rule_id, whole.format(rule_id), base=base),
            lambda rule: rule.title == "New: one",
            99,
        ),
    }


def _sets(name: str, value: object) -> Callable[[str, str, str], str]:
    return lambda text, rule_id, base: set_field(text, rule_id, name, value, base=base)  # type: ignore[arg-type]


def _read(text: str) -> dict[str, Rule] | None:
    found = read_rules("x.yaml", text, LISTS)
    return None if found.errors else {rule.rule_id: rule for rule in found.rules}


def _said(rule: Rule) -> Rule:
    """Return a rule without where it stands."""
    return replace(rule, line=0, tests=tuple(replace(test, line=0) for test in rule.tests))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_file_looks_like_the_intended_lines_change_and_no_others(seed: int) -> None:
    written, tried = Written(seed), 0
    for _ in range(FILES // 4):
        text = written.file()
        before = _read(text)
        if before is None:  # some of what chance writes is no YAML
            continue
        rule_id = written.chance.choice(list(before))
        base = rule_hash(before[rule_id].text)
        options = edits(written, before[rule_id].query_text)
        name = written.chance.choice([*options, "add", "remove"])
        tried += 1
        if name == "add":
            made, others = add_rule(text, "id: new\ntitle: New\nmatch: >-\n  kind:talks\n"), list(before)
            wanted = [*before, "new"]
        elif name == "remove":
            made, others = remove_rule(text, rule_id, base=base), [known for known in before if known != rule_id]
            wanted = others
        else:
            made, others = options[name][0](text, rule_id, base), [known for known in before if known != rule_id]
            wanted = list(before)
            _only_there(text, made, rule_id, options[name][2])
        after = _read(made)
        assert after is not None, (name, text, made)
        assert list(after) == wanted, (name, text, made)
        assert all(_said(after[known]) == _said(before[known]) for known in others), (name, text, made)
        assert name in {"add", "remove"} or options[name][1](after[rule_id]), (name, text, made)
        assert "\r\n" not in text or "\n" not in made.replace("\r\n", ""), (name, text, made)
    assert tried > FILES // 8


def _only_there(text: str, made: str, rule_id: str, most: int) -> None:
    spot = find(text, rule_id)
    below = text[spot.node.end :]
    below = below[below.index("\n") :].lstrip() if "\n" in below else ""
    assert made.startswith(text[: spot.node.start]), (text, made)
    assert made.endswith(below), (text, made)
    went = [line for line in difflib.ndiff(text.splitlines(True), made.splitlines(True)) if line[0] == "-"]
    assert len(went) <= most, (text, made)
