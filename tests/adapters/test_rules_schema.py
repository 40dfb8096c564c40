"""The schema editors use says what the reader takes: neither knows a key or a value the other does not."""

import re
from typing import Any

import pytest

from service.adapters.rulefiles import schema
from service.adapters.rulefiles.reading import RULE_KEYS, TEST_KEYS, read_rules
from service.core.errors import BadRule
from service.core.rules import FACTS, SETTINGS

RULE: dict[str, Any] = schema()["properties"]["rules"]["items"]["properties"]
TEST: dict[str, Any] = RULE["tests"]["items"]["properties"]
EVENT: dict[str, Any] = TEST["event"]["properties"]
TRIED: dict[str, list[object]] = {
    "id": ["a", "a-1", "A", "a--b", "", "x" * 64, "x" * 65, 5],
    "title": ["A", "", "x" * 200, "x" * 201, 7],
    "on": ["event", "article", "entry", True],
    "severity": ["info", "warning", "critical", "grave"],
    "state": ["draft", "active", "paused", "off", False],
    "owner": ["desk", "", 3],
    "notify": [["a"], ["a", "b.c"], ["a", "a"], [], "a", ["a b"], [5]],
    "group_by": [["country", "place"], ["outlet"], []],
    "cooldown": ["30m", "90s", "12h", "1d", "30", "1w", 30, "m"],
    "refire_when": [["killed+5"], ["killed + 5"], ["status"], ["status change"], ["killed"], ["killed+0"], ["x+1"], []],
    "max_per_hour": [1, 1000, 0, 1001, 1.5, "5", True],
    "expect": [{"last": "30d", "at_most": 5}, {"last": "30d"}, {"at_most": 5}, {"last": "x", "at_most": 5}, [1]],
}
FACTS_TRIED: dict[str, list[object]] = {
    "kind": ["strike", "talks", "raid"],
    "country": ["UA", "XX", "Ukraine"],
    "region": ["07", "", 7],
    "place": ["Kyiv", ""],
    "actor": ["Russia", ""],
    "target": ["Ukraine", 5],
    "lat": [50.4, -90, 91, "x", True],
    "lon": [30, 181],
    "weapon": ["drone", ["drone", "missile"], "stone", ["stone"]],
    "status": ["agreed", "unknown"],
    "parties": ["Russia", ["Russia", "Ukraine"], 5],
    "mediators": ["Qatar", [5]],
    "killed": [5, [5, None], [None, 8], [1, 2, 3], -1, "5", True],
    "injured": [0, -1],
    "children_killed": [1, "one"],
    "missing": [12, [12, None], -1],
    "sources": [1, -1, "two"],
    "confidence": [0.5, 1.5, "high"],
}


def fits(value: object, wanted: dict[str, Any]) -> bool:  # noqa: PLR0911  the part of JSON Schema that is used
    if "anyOf" in wanted:
        return any(fits(value, one) for one in wanted["anyOf"])
    if "enum" in wanted:
        return value in wanted["enum"] and isinstance(value, str)
    if wanted["type"] == "null":
        return value is None
    if wanted["type"] == "string":
        size = len(value) if isinstance(value, str) else -1
        low, high = wanted.get("minLength", 0), wanted.get("maxLength", 10**6)
        return low <= size <= high and bool(re.search(wanted.get("pattern", ""), str(value)))
    if wanted["type"] in {"integer", "number"}:
        kinds = int if wanted["type"] == "integer" else int | float
        right = isinstance(value, kinds) and not isinstance(value, bool)
        return right and wanted.get("minimum", -(10**9)) <= value <= wanted.get("maximum", 10**9)
    if wanted["type"] == "array":
        if not isinstance(value, list) or not wanted.get("minItems", 0) <= len(value) <= wanted.get("maxItems", 10**6):
            return False
        apart = not wanted.get("uniqueItems") or len({str(item) for item in value}) == len(value)
        return apart and all(fits(item, wanted["items"]) for item in value)
    if not isinstance(value, dict) or not set(wanted["required"]) <= set(value) <= set(wanted["properties"]):
        return False
    return len(value) >= wanted.get("minProperties", 0) and all(
        fits(item, wanted["properties"][key]) for key, item in value.items()
    )


def reads(reader: Any, value: object) -> bool:
    try:
        reader(value)
    except BadRule:
        return False
    return True


def test_both_know_the_same_keys() -> None:
    assert tuple(RULE) == RULE_KEYS
    assert tuple(TEST) == TEST_KEYS
    assert tuple(EVENT) == tuple(FACTS)
    assert set(TRIED) == set(SETTINGS)
    assert set(FACTS_TRIED) == set(FACTS)


@pytest.mark.parametrize("name", SETTINGS)
def test_both_take_the_same_settings(name: str) -> None:
    assert [fits(value, RULE[name]) for value in TRIED[name]] == [reads(SETTINGS[name], value) for value in TRIED[name]]


@pytest.mark.parametrize("name", FACTS)
def test_both_take_the_same_facts(name: str) -> None:
    tried = FACTS_TRIED[name]
    assert [fits(value, EVENT[name]) for value in tried] == [reads(FACTS[name], value) for value in tried]


def test_what_the_schema_requires_the_reader_misses() -> None:
    rule = schema()["properties"]["rules"]["items"]
    assert schema()["required"] == ["version", "rules"]
    _, errors = read_rules("x.yaml", "version: 1\nrules: [{}]\n", {})
    assert [error.message.rpartition(" ")[2] for error in errors] == rule["required"]
