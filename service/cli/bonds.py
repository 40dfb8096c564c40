"""Operators' bonds as JSON lines: `tocsin events bonds` writes them, `tocsin replay --bonds` obeys them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.bootstrap import App
from service.cli import output
from service.cli.entries import Row
from service.core.errors import BadInput
from service.core.event import Bond, EntryName, NamedBond
from service.core.link import KINDS
from service.core.urls import canonical_url
from service.settings import load

Key = tuple[str, str]
"""A row's feed and id."""


def bonds() -> None:
    """Print what operators said belongs together or apart, as JSON lines for tocsin replay --bonds.

    Example: tocsin events bonds > bonds.jsonl
    """
    with App(load()) as app, app.store.read() as tx:
        said = tx.events.named_bonds()
    for bond in said:
        output.line(bond_json(bond))


def bond_json(bond: NamedBond) -> dict[str, Any]:
    """Return the bond as a line holds it."""
    left, right = ({"id": name.uid, "feed": name.outlet, "url": name.url} for name in (bond.left, bond.right))
    return {"kind": bond.kind, "together": bond.together, "left": left, "right": right}


def read_bonds(path: Path) -> list[NamedBond]:
    """Read the bonds of a file. Raises BadInput with the line that is wrong: half of them is worse than none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or error
        hint = "give what `tocsin events bonds` prints"
        raise BadInput(f"cannot read: {problem}", file=str(path), hint=hint) from error
    return [_bond(line, file=str(path), number=number) for number, line in enumerate(lines, start=1) if line.strip()]


def _bond(line: str, *, file: str, number: int) -> NamedBond:
    try:
        data = json.loads(line)
        if data["kind"] not in KINDS or not isinstance(data["together"], bool):
            raise ValueError(data)  # noqa: TRY301  one answer to all that is wrong
        left, right = (_name(data[side]) for side in ("left", "right"))
        return NamedBond(kind=data["kind"], together=data["together"], left=left, right=right)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = '{"kind": "strike", "together": true, "left": {"id": "a", "feed": "A"}, "right": {"url": "https://…"}}'
        raise BadInput("not a bond", file=file, line=number, column=1, hint=hint) from error


def _name(data: object) -> EntryName:
    if not isinstance(data, dict):
        raise TypeError(data)
    uid, outlet, url = (data.get(field) for field in ("id", "feed", "url"))
    if not (uid or url) or not all(isinstance(word, str | None) for word in (uid, outlet, url)):
        raise ValueError(data)
    return EntryName(uid=uid or "", outlet=outlet or "", url=url)


@dataclass(kw_only=True)
class Bonds:
    """The bonds between rows that are still to be kept, and the entry behind each row stored so far."""

    waiting: list[tuple[NamedBond, Key, Key]]
    unknown: int
    kept: int = 0

    @classmethod
    def between(cls, rows: Iterable[Row], said: Iterable[NamedBond]) -> "Bonds":
        """Find the rows that are named: by feed and id, else by address, else by an id that only one row has."""
        by_key, by_url, by_id = _indexed(rows)
        found: list[tuple[NamedBond, Key, Key]] = []
        unknown = 0
        for bond in said:
            ends = [_row_of(name, by_key, by_url, by_id) for name in (bond.left, bond.right)]
            if ends[0] is None or ends[1] is None:
                unknown += 1
            else:
                found.append((bond, ends[0], ends[1]))
        return cls(waiting=found, unknown=unknown)

    def ready(self, entries: Mapping[Key, int]) -> list[Bond]:
        """Return those whose ends are both stored by now, each once."""
        ready = [one for one in self.waiting if one[1] in entries and one[2] in entries]
        self.waiting = [one for one in self.waiting if not (one[1] in entries and one[2] in entries)]
        self.kept += len(ready)
        return [
            Bond(kind=bond.kind, left=entries[left], right=entries[right], together=bond.together)
            for bond, left, right in ready
        ]


def _indexed(rows: Iterable[Row]) -> tuple[set[Key], dict[str, Key], dict[str, set[Key]]]:
    by_key: set[Key] = set()
    by_url: dict[str, Key] = {}
    by_id: dict[str, set[Key]] = defaultdict(set)
    for row in rows:
        key = (row.feed, row.row_id)
        by_key.add(key)
        by_id[row.row_id].add(key)
        if row.link:
            by_url.setdefault(canonical_url(row.link), key)
    return by_key, by_url, by_id


def _row_of(name: EntryName, by_key: set[Key], by_url: Mapping[str, Key], by_id: Mapping[str, set[Key]]) -> Key | None:
    if (name.outlet, name.uid) in by_key:
        return name.outlet, name.uid
    if name.url and (known := by_url.get(canonical_url(name.url))):
        return known
    alike = by_id.get(name.uid, set())
    return next(iter(alike)) if len(alike) == 1 else None
