"""Every text a watch rule ever had, and rule files as they were last accepted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from service.adapters.store.rows import insert_new, same_named, taken, upsert
from service.adapters.store.tables import RuleFileBeforeRow, RuleFileRow, RuleVersionRow
from service.adapters.store.types import storable
from service.ports.versions import RuleChannel, RuleFile, RuleVersion, digest_of


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

    def accept(self, texts: Mapping[str, str], *, now: datetime, machine: str = "", over: bool = False) -> bool:
        """See the port."""
        known = self.files()
        digests = {name: digest_of(text) for name, text in texts.items()}
        differ = [name for name, digest in digests.items() if name not in known or known[name].digest != digest]
        mine = [name for name in differ if over or not _is_held(known.get(name), machine)]
        new = [name for name in differ if name not in mine and not self._was(name, digests[name])]
        for name in (*mine, *new):
            self._put(name, texts[name], digests[name], machine, now)
        gone = [name for name, file in known.items() if file.digest and name not in texts]
        gone = [name for name in gone if over or not _is_held(known[name], machine)]
        for name in gone:
            self._put(name, "", "", machine, now)
        return bool(mine or new or gone)

    def _put(self, name: str, text: str, digest: str, machine: str, now: datetime) -> None:
        values = {"name": name, "text": text, "digest": digest, "machine": machine, "at": now}
        upsert(self._connection, RuleFileRow, values, key=["name"], give=[col(RuleFileRow.name)])
        before = [{"name": name, "digest": digest}] if digest else []
        key = ["name", "digest"]
        insert_new(self._connection, RuleFileBeforeRow, before, key=key, give=[col(RuleFileBeforeRow.name)])

    def _was(self, name: str, digest: str) -> bool:
        same = (col(RuleFileBeforeRow.name) == name) & (col(RuleFileBeforeRow.digest) == digest)
        return self._connection.execute(select(col(RuleFileBeforeRow.name)).where(same)).first() is not None

    def accepted(self) -> Mapping[str, str]:
        """See the port."""
        query = select(col(RuleFileRow.name), col(RuleFileRow.text)).where(col(RuleFileRow.digest) != "")
        return {row.name: row.text for row in self._connection.execute(query)}

    def accepted_digests(self) -> Mapping[str, str]:
        """See the port."""
        return {name: file.digest for name, file in self.files().items() if file.digest}

    def files(self) -> Mapping[str, RuleFile]:
        """See the port."""
        query = select(*(getattr(RuleFileRow, name) for name in ("name", *FILE_COLUMNS)))
        return {row.name: RuleFile(**taken(row, FILE_COLUMNS)) for row in self._connection.execute(query)}


FILE_COLUMNS = same_named(RuleFile)


def _is_held(file: RuleFile | None, machine: str) -> bool:
    """Say whether another machine accepted this file last."""
    return file is not None and file.machine not in {"", machine}


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
