"""What operators said of events as JSON lines: `tocsin events bonds` writes it, `tocsin replay --bonds` obeys it.

Bonds say what belongs together or apart, facts what is so whatever the sources say.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from service.bootstrap import App
from service.cli import output
from service.cli.entries import Row
from service.core.errors import BadInput
from service.core.event import Bond, EntryName, NamedBond, NamedFact
from service.core.link import KINDS
from service.core.urls import canonical_url
from service.pipeline import curate
from service.pipeline.facts import check
from service.pipeline.mend import Hand
from service.ports.store import Transaction
from service.settings import load

Key = tuple[str, str]
"""A row's feed and id."""
RETRACTED = ("state", "retracted")
BY = "replay"


def bonds() -> None:
    """Print what operators merged, split, parted, removed, corrected and retracted, for tocsin replay --bonds.

    Example: tocsin events bonds > bonds.jsonl
    """
    with App(load()) as app, app.store.read() as tx:
        bound, stated = tx.events.named_bonds(), tx.events.named_facts()
    for bond in bound:
        output.line(bond_json(bond))
    for fact in stated:
        output.line(fact_json(fact))


def bond_json(bond: NamedBond) -> dict[str, Any]:
    """Return the bond as a line holds it."""
    return {
        "kind": bond.kind,
        "together": bond.together,
        "left": _name_json(bond.left),
        "right": _name_json(bond.right),
    }


def fact_json(fact: NamedFact) -> dict[str, Any]:
    """Return the fact as a line holds it."""
    said = {"kind": fact.kind, "field": fact.field, "value": fact.value, "of": _name_json(fact.entry)}
    return said | {"reason": fact.reason}


def _name_json(name: EntryName) -> dict[str, Any]:
    return {"id": name.uid, "feed": name.outlet, "url": name.url}


def read_bonds(path: Path) -> list[NamedBond | NamedFact]:
    """Read the lines of a file. Raises BadInput with the line that is wrong: half of them is worse than none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or error
        hint = "give what `tocsin events bonds` prints"
        raise BadInput(f"cannot read: {problem}", file=str(path), hint=hint) from error
    return [_said(line, file=str(path), number=number) for number, line in enumerate(lines, start=1) if line.strip()]


def _said(line: str, *, file: str, number: int) -> NamedBond | NamedFact:
    try:
        data = json.loads(line)
        if "field" in data:
            return _fact(data)
        if data["kind"] not in KINDS or not isinstance(data["together"], bool):
            raise ValueError(data)  # noqa: TRY301  one answer to all that is wrong
        left, right = (_name(data[side]) for side in ("left", "right"))
        return NamedBond(kind=data["kind"], together=data["together"], left=left, right=right)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = '{"kind": "strike", "together": true, "left": {"id": "a", "feed": "A"}, "right": {"url": "https://…"}}'
        raise BadInput("not a bond", file=file, line=number, column=1, hint=hint) from error
    except BadInput as error:
        raise BadInput(error.message, file=file, line=number, column=1, hint=error.hint) from error


def _fact(data: Mapping[str, Any]) -> NamedFact:
    kind, field, value, reason = data["kind"], data["field"], data["value"], data.get("reason", "")
    if kind not in KINDS or not isinstance(field, str) or not isinstance(reason, str):
        raise ValueError(data)
    if (field, value) != RETRACTED:
        check(field, value)
    return NamedFact(kind=kind, field=field, value=value, entry=_name(data["of"]), reason=reason)


def _name(data: object) -> EntryName:
    if not isinstance(data, dict):
        raise TypeError(data)
    uid, outlet, url = (data.get(field) for field in ("id", "feed", "url"))
    if not (uid or url) or not all(isinstance(word, str | None) for word in (uid, outlet, url)):
        raise ValueError(data)
    return EntryName(uid=uid or "", outlet=outlet or "", url=url)


@dataclass(kw_only=True)
class Bonds:
    """The bonds between rows that are still to be kept, and the facts that are to be stated at the end."""

    waiting: list[tuple[NamedBond, Key, Key]]
    facts: list[tuple[NamedFact, Key]] = field(default_factory=list)
    unknown: int
    kept: int = 0

    @classmethod
    def between(cls, rows: Iterable[Row], said: Iterable[NamedBond | NamedFact]) -> "Bonds":
        """Find the rows that are named: by feed and id, else by address, else by an id that only one row has."""
        by_key, by_url, by_id = _indexed(rows)
        found: list[tuple[NamedBond, Key, Key]] = []
        facts: list[tuple[NamedFact, Key]] = []
        unknown = 0
        for one in said:
            named = (one.entry,) if isinstance(one, NamedFact) else (one.left, one.right)
            ends = [end for name in named if (end := _row_of(name, by_key, by_url, by_id))]
            if len(ends) < len(named):
                unknown += 1
            elif isinstance(one, NamedFact):
                facts.append((one, ends[0]))
            else:
                found.append((one, ends[0], ends[1]))
        return cls(waiting=found, facts=facts, unknown=unknown)

    def ready(self, entries: Mapping[Key, int]) -> list[Bond]:
        """Return those whose ends are both stored by now, each once."""
        ready = [one for one in self.waiting if one[1] in entries and one[2] in entries]
        self.waiting = [one for one in self.waiting if not (one[1] in entries and one[2] in entries)]
        self.kept += len(ready)
        return [
            Bond(kind=bond.kind, left=entries[left], right=entries[right], together=bond.together)
            for bond, left, right in ready
        ]

    def state(self, tx: Transaction, entries: Mapping[Key, int], now: datetime) -> int:
        """State the facts of the events that their entries are in by now. Return how many there was no event for.

        Nobody is told: what is sent is what was sent as the news came in.
        """
        without = 0
        for fact, key in self.facts:
            known = tx.events.report_of(entries[key], fact.kind) if key in entries else None
            if known is None:
                without += 1
                continue
            hand = Hand(tx=tx, by=BY, now=now, reason=fact.reason)
            if (fact.field, fact.value) == RETRACTED:
                curate.withdraw(hand, known[1])
            else:
                curate.correct(hand, known[1], fact.field, fact.value)
        return without


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
