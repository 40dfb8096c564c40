"""The JSON Schema of rule files, for editors: what each key may hold. Queries are checked by `tocsin rules check`."""

from collections.abc import Mapping
from typing import Any

from service.adapters.rulefiles.reading import RULE_KEYS, TEST_KEYS, VERSION
from service.core.report import STATUSES, WEAPONS
from service.core.rules import FACTS
from service.core.rules.fields import COUNTRIES
from service.core.rules.settings import CHANGING, DURATION, GROUPS, GROWING, ID, LONGEST_ID, LONGEST_TITLE, NAME

Schema = Mapping[str, Any]
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TITLE}
_DURATION: Schema = {"type": "string", "pattern": f"^{DURATION.pattern}$"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TRIGGERS = f"^(({'|'.join(GROWING)}) *\\+ *[1-9][0-9]{{0,5}}|({'|'.join(CHANGING)})( change)?)$"


def _one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}


def _one_or_list(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}


_PEOPLE: Schema = {
    "anyOf": [_COUNT, {"type": "array", "minItems": 2, "maxItems": 2, "items": {"anyOf": [_COUNT, {"type": "null"}]}}],
    "description": "8, [8, 12], [8, null] for at least 8 or [null, 8] for up to 8",
}
_FACTS: Schema = {
    "kind": _one_of("strike", "talks"),
    "country": _one_of(*sorted(COUNTRIES)),
    **dict.fromkeys(("region", "place", "actor", "target"), _TEXT),
    "lat": {"type": "number", "minimum": -90, "maximum": 90},
    "lon": {"type": "number", "minimum": -180, "maximum": 180},
    "weapon": _one_or_list(_one_of(*WEAPONS)),
    "status": _one_of(*STATUSES),
    "parties": _one_or_list(_TEXT),
    "mediators": _one_or_list(_TEXT),
    **dict.fromkeys(("killed", "injured", "children_killed", "missing"), _PEOPLE),
    "sources": _COUNT,
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
}
_TEST: Schema = {
    "text": {"type": "string", "description": "a headline"},
    "body": {"type": "string"},
    "source": {"type": "string", "description": "who says so"},
    "lang": {"type": "string", "description": "ISO 639, such as uk"},
    "event": {
        "type": "object",
        "properties": {name: _FACTS[name] for name in FACTS},
        "required": ["kind"],
        "dependentRequired": {"lat": ["lon"], "lon": ["lat"]},
        "additionalProperties": False,
    },
    "article": {"type": "integer", "description": "the number of a stored entry"},
    "fires": {"type": "boolean"},
}
_BUDGET: Schema = {
    "type": "object",
    "properties": {"last": _DURATION, "at_least": _COUNT, "at_most": _COUNT},
    "required": ["last"],
    "minProperties": 2,
    "additionalProperties": False,
}
_RULE: Schema = {
    "id": {"type": "string", "pattern": f"^{ID.pattern}$", "maxLength": LONGEST_ID, "description": "never reused"},
    "title": _TEXT,
    "match": {"type": "string", "minLength": 1, "description": "a query, such as kind:strike AND country:UA"},
    "on": _one_of("event", "article"),
    "severity": _one_of("info", "warning", "critical"),
    "state": {**_one_of("draft", "active", "paused"), "description": "a draft counts and never sends"},
    "owner": _TEXT,
    "notify": _list({"type": "string", "pattern": f"^{NAME.pattern}$"}),
    "group_by": _list(_one_of(*GROUPS)),
    "cooldown": {**_DURATION, "description": "90s, 30m, 12h or 30d"},
    "refire_when": _list({"type": "string", "pattern": _TRIGGERS, "description": "killed+5, or status"}),
    "max_per_hour": {"type": "integer", "minimum": 1, "maximum": 1000},
    "expect": _BUDGET,
    "tests": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: _TEST[name] for name in TEST_KEYS},
            "required": ["fires"],
            "anyOf": [{"required": [name]} for name in ("text", "body", "event", "article")],
            "additionalProperties": False,
        },
    },
}


def schema() -> dict[str, Any]:
    """Return the schema of a rule file, as JSON Schema 2020-12."""
    rule = {
        "type": "object",
        "properties": {name: _RULE[name] for name in RULE_KEYS},
        "required": ["id", "title", "match"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tocsin watch rules",
        "type": "object",
        "properties": {"version": {"const": VERSION}, "rules": {"type": "array", "items": rule}},
        "required": ["version", "rules"],
        "additionalProperties": False,
    }
