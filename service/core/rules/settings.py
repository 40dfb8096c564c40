"""The settings of a rule beside its query: what each may be. Values come in as plain data and go out typed.

Every reader raises BadRule E154 without a place; who has the file adds it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from service.core.errors import BadRule
from service.core.rules.fields import suggestion
from service.core.rules.rule import Expect, Trigger

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NAME = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
DURATION = re.compile(r"([0-9]{1,5})(s|m|h|d)")
_GROWTH = re.compile(r"([a-z_]+)\s*\+\s*([0-9]{1,6})")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
GROWING = ("killed", "injured", "children_killed", "missing", "sources", "severity")
CHANGING = ("status", "place", "actor", "retracted")
GROUPS = ("kind", "country", "region", "place", "actor", "target", "weapon", "status")
LONGEST_ID, LONGEST_TITLE, _LONGEST_SHOWN = 64, 200, 60


def _bad(message: str, hint: str) -> BadRule:
    return BadRule(message, hint=hint, code="E154")


def text(value: object) -> str:
    """Read a text that is not empty, on one line."""
    if not isinstance(value, str):
        raise _bad(f"{_shown(value)} is not a text", 'put it in "quotes"')
    if not value.strip():
        raise _bad("the text is empty", "write something or leave the key out")
    if len(value) > LONGEST_TITLE:
        raise _bad(f"the text has {len(value)} characters", f"at most {LONGEST_TITLE}")
    return " ".join(value.split())


def rule_id(value: object) -> str:
    """Read an id: small letters, digits and single hyphens."""
    if not isinstance(value, str) or not ID.fullmatch(value) or len(value) > LONGEST_ID:
        raise _bad(
            f"{_shown(value)} is not an id", "small letters, digits and hyphens, at most 64, as in ua-mass-casualty"
        )
    return value


def choice(*known: str) -> Callable[[object], str]:
    """Return a reader for one of a few words."""

    def read(value: object) -> str:
        if value in known:
            return str(value)
        raise _bad(f"{_shown(value)} is not known here", suggestion(str(value), known))

    return read


def duration(value: object) -> timedelta:
    """Read a stretch of time such as 90s, 30m, 12h or 30d, more than nothing."""
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found or not int(found[1]):
        raise _bad(f"{_shown(value)} is not a stretch of time", "a number and s, m, h or d, as in 30m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a reader for a whole number in bounds."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _bad(f"{_shown(value)} is not a whole number from {low} to {high}", f"as in {max(low, 1)}")
        return value

    return read


def names(value: object) -> tuple[str, ...]:
    """Read a list of names of channels or teams."""
    return tuple(_name(item) for item in _items(value))


def groups(value: object) -> tuple[str, ...]:
    """Read a list of fields to group alerts by."""
    return tuple(choice(*GROUPS)(item) for item in _items(value))


def triggers(value: object) -> tuple[Trigger, ...]:
    """Read a list of what makes a rule fire again: `killed+5`, `status` (or `status change`)."""
    return tuple(_trigger(item) for item in _items(value))


def expect(value: object) -> Expect:
    """Read a noise budget: `{last: 30d, at_least: 1, at_most: 60}`."""
    known = ("last", "at_least", "at_most")
    if not isinstance(value, dict):
        raise _bad(f"{_shown(value)} is not a noise budget", "write {last: 30d, at_least: 1, at_most: 60}")
    for key in value:
        if key not in known:
            raise _bad(f"unknown key {key!r} in expect", suggestion(str(key), known))
    if len(value) < 2 or "last" not in value:  # noqa: PLR2004  last and a bound
        raise _bad("expect needs last and a bound", "write {last: 30d, at_most: 60}")
    count = whole(0, 1_000_000)
    bounds = {key: count(value[key]) for key in known[1:] if key in value}
    if bounds.get("at_least", 0) > bounds.get("at_most", 1_000_000):
        raise _bad("at_least is more than at_most", "swap them")
    return Expect(last=duration(value["last"]), at_least=bounds.get("at_least"), at_most=bounds.get("at_most"))


SETTINGS: Mapping[str, Callable[[object], object]] = {
    "id": rule_id,
    "title": text,
    "on": choice("event", "article"),
    "severity": choice("info", "warning", "critical"),
    "state": choice("draft", "active", "paused"),
    "owner": text,
    "notify": names,
    "group_by": groups,
    "cooldown": duration,
    "refire_when": triggers,
    "max_per_hour": whole(1, 1000),
    "expect": expect,
}


def _shown(value: object) -> str:
    """Return a value as YAML would have it, short."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _items(value: object) -> Sequence[object]:
    if not isinstance(value, list) or not value:
        raise _bad(f"{_shown(value)} is not a list", "write [one, two], or leave the key out")
    for at, item in enumerate(value):
        if item in value[:at]:
            raise _bad(f"{_shown(item)} is given twice", "keep one of them")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise _bad(f"{_shown(value)} is not a name", "letters, digits, hyphens, dots and underscores")
    return value


def _trigger(value: object) -> Trigger:
    if not isinstance(value, str):
        raise _bad(f"{_shown(value)} is not a trigger", "write killed+5 or status")
    if grown := _GROWTH.fullmatch(value):
        field, by = grown[1], int(grown[2])
        if field in GROWING and by:
            return Trigger(field=field, by=by)
        raise _bad(f"{value!r} can never happen", suggestion(field, GROWING) if by else "grow by at least 1")
    field = value.removesuffix(" change")
    if field not in CHANGING:
        hint = f"write {field}+1" if field in GROWING else suggestion(field, (*CHANGING, *GROWING))
        raise _bad(f"{value!r} is not a trigger", hint)
    return Trigger(field=field)
