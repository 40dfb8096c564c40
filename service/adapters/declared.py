"""Feeds and subscriptions that an operator wrote into config/feeds.yaml and config/subscriptions.yaml.

feeds:
- {url: https://example.org/feed.xml, country: UA, lang: uk, topic: shipping, priority: true}
subscriptions:
- {email: desk@example.org, mode: digest, rules: [mass-casualties], tz: Europe/Kyiv, at: "07:30"}
- {webhook: https://example.org/hook, mode: alert, secret: whsec_…, owner: desk@example.org}
- {webhook: "https://hooks.chat.example/services/T0/B0/x", mode: alert, format: slack}
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from service.adapters import yamlfile
from service.core.errors import BadConfig

What = Literal["feed", "subscription"]

KEYS: Mapping[What, Mapping[str, type]] = {
    "feed": {"url": str, "country": str, "lang": str, "topic": str, "priority": bool},
    "subscription": {
        "email": str,
        "webhook": str,
        "mode": str,
        "rules": list,
        "tz": str,
        "at": str,
        "days": list,
        "empty_day": str,
        "quiet": str,
        "quiet_unless": int,
        "secret": str,
        "format": str,
        "owner": str,
    },
}
WORDS: Mapping[type, str] = {str: "text", bool: "true or false", int: "a number", list: "a list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one item of a file says, and where it stands for whoever has to complain about it."""

    what: What
    values: dict[str, Any]
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file: every item, or what is wrong with it and where.

    `whole` says whether the file lists all there are: it is there, without an error, and has its list, be it empty.
    A file that is missing, or all comments, says nothing about what is no longer wanted.
    """

    what: What
    items: Sequence[Declared | BadConfig] = ()
    whole: bool = False


def declared(folders: Sequence[Path]) -> list[File]:
    """Read both files from the first folder that has them, feeds first.

    What cannot be read at all is one error; the other file, and the other items, are read all the same.
    """
    return [_file(folders, "feed"), _file(folders, "subscription")]


def stamp(folders: Sequence[Path]) -> tuple[object, ...]:
    """Return something that differs once a file was edited, added or taken away."""
    return tuple(_look(folder / name) for folder in folders for name in ("feeds.yaml", "subscriptions.yaml"))


def _look(path: Path) -> object:
    try:
        stat = path.stat()
    except OSError as error:
        return error.errno
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _file(folders: Sequence[Path], what: What) -> File:
    name = f"{what}s.yaml"
    try:
        path = next((folder / name for folder in folders if yamlfile.is_there(folder / name)), None)
        return _read(path, what) if path is not None else File(what=what)
    except BadConfig as error:
        return File(what=what, items=[error])


def _read(path: Path, what: What) -> File:
    name, key = f"{what}s.yaml", f"{what}s"
    document = yamlfile.load(path)
    data = document.data or {}
    if not isinstance(data, dict) or not isinstance(data.get(key, []), list | None) or set(data) - {key, "version"}:
        raise document.bad(f"expected a list under `{key}:`", hint=f"see the example in the shipped config/{name}")
    items = list(_items(document, what, len(data.get(key) or [])))
    return File(what=what, items=items, whole=key in data and not any(isinstance(item, BadConfig) for item in items))


def _items(document: yamlfile.Document, what: What, count: int) -> Iterator[Declared | BadConfig]:
    for number in range(count):
        try:
            yield _item(document, what, number)
        except BadConfig as error:
            yield error


def _item(document: yamlfile.Document, what: What, number: int) -> Declared:
    key, known = f"{what}s", KEYS[what]
    value = document.data[key][number]
    if not isinstance(value, dict):
        raise document.bad(f"a {what} must be keys and values", key, number)
    for name, given in value.items():
        if name not in known:
            raise document.bad(f"unknown key `{name}`", key, number, name, hint=f"known: {', '.join(known)}")
        if not isinstance(given, known[name]):
            raise document.bad(f"`{name}` must be {WORDS[known[name]]}", key, number, name, hint="quote it?")
        if name == "rules" and not given:
            hint = "name them, or leave the key out for all"
            raise document.bad("`rules` is an empty list, which would mean all rules", key, number, name, hint=hint)
    return Declared(what=what, values=value, file=document.file, line=document.at(key, number)[0])
