"""Every text a watch rule ever had, and rule files as they were last accepted."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlmodel import col

from service.adapters.store.rows import upsert
from service.adapters.store.tables import RuleFileRow, RuleVersionRow
from service.adapters.store.types import storable
from service.ports.versions import RuleChannel, RuleVersion


class Versions:
    """Keeps ports.store.RuleVersions' promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(
        self,
        rule_id: str,
        text: str,
        *,
        author: str,
        reason: str,
        now: datetime,
        channel: RuleChannel = "file",
        file: str = "",
    ) -> bool:
        """See the port."""
        mine = col(RuleVersionRow.rule_id) == rule_id
        last = select(col(RuleVersionRow.text)).where(mine).order_by(col(RuleVersionRow.id).desc()).limit(1)
        if (self._connection.execute(last).scalar() or "") == storable(text):
            return False
        about = {"author": author, "reason": reason, "channel": channel, "file": file, "at": now}
        self._connection.execute(insert(RuleVersionRow).values(rule_id=rule_id, text=text, **about))
        return True

    def note_read(self, texts: Mapping[str, tuple[str, str]], *, now: datetime) -> None:
        """See the port. All of it costs one look and one insert, however many rules there are."""
        known = self.latest()
        rows = [
            {"rule_id": rule_id, "text": text, "reason": _reason(file), "file": file, "author": "file", "at": now}
            for rule_id, (text, file) in texts.items()
            if known.get(rule_id, "") != storable(text)
        ]
        if rows:
            self._connection.execute(insert(RuleVersionRow), [row | {"channel": "file"} for row in rows])

    def history(self, rule_id: str) -> list[RuleVersion]:
        """See the port."""
        mine = select(RuleVersionRow).where(col(RuleVersionRow.rule_id) == rule_id).order_by(col(RuleVersionRow.id))
        found = [_version(row, number) for number, row in enumerate(self._connection.execute(mine), 1)]
        return found[::-1]

    def latest(self) -> Mapping[str, str]:
        """See the port."""
        last = select(func.max(col(RuleVersionRow.id))).group_by(col(RuleVersionRow.rule_id)).scalar_subquery()
        query = select(col(RuleVersionRow.rule_id), col(RuleVersionRow.text)).where(col(RuleVersionRow.id).in_(last))
        return {row.rule_id: row.text for row in self._connection.execute(query) if row.text}

    def accept(self, texts: Mapping[str, str], *, now: datetime) -> bool:
        """See the port."""
        known = self.accepted_digests()
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        gone = known.keys() - digests.keys()
        changed = [name for name, digest in digests.items() if known.get(name) != digest]
        if gone:
            self._connection.execute(delete(RuleFileRow).where(col(RuleFileRow.name).in_(gone)))
        for name in changed:
            values = {"name": name, "text": texts[name], "digest": digests[name], "at": now}
            upsert(self._connection, RuleFileRow, values, key=["name"], give=[col(RuleFileRow.name)])
        return bool(gone or changed)

    def accepted(self) -> Mapping[str, str]:
        """See the port."""
        query = select(col(RuleFileRow.name), col(RuleFileRow.text))
        return {row.name: row.text for row in self._connection.execute(query)}

    def accepted_digests(self) -> Mapping[str, str]:
        """See the port."""
        query = select(col(RuleFileRow.name), col(RuleFileRow.digest))
        return {row.name: row.digest for row in self._connection.execute(query)}


def _reason(file: str) -> str:
    return f"read from {file.rpartition('/')[2]}" if file else "no file has it any more"


def _version(row: Any, number: int) -> RuleVersion:
    return RuleVersion(
        number=number,
        at=row.at,
        text=row.text,
        author=row.author,
        channel=row.channel,
        reason=row.reason,
        file=row.file,
    )
