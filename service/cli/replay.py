"""`tocsin replay`: the entries of files through the whole pipeline, the clock standing at each entry's own time."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.cli import output
from service.cli.bonds import Bonds, Key, read_bonds
from service.cli.entries import Row, read_rows
from service.core.codec import event_json
from service.core.errors import BadInput
from service.core.feed import Feed
from service.core.subscription import Wish
from service.pipeline.ingest import Ingested
from service.pipeline.place import Placed
from service.ports.intake import Stored
from service.ports.store import Transaction
from service.ports.world import Attempt
from service.settings import load

CHUNK = 50
MOST_PASSES = 20


def replay(
    files: Annotated[list[Path], typer.Argument(help="JSON lines of entries; .gz is fine")],
    store: Annotated[str | None, typer.Option(help="fill this empty database instead of a throw-away one")] = None,
    rules: Annotated[Path | None, typer.Option(help="a folder like config/, for its rules")] = None,
    bonds: Annotated[Path | None, typer.Option(help="what operators said, see tocsin events bonds")] = None,
    events: Annotated[Path | None, typer.Option(help="write the events here, as JSON lines")] = None,
) -> None:
    """Run entries through the whole pipeline into a fresh store, each at its own time.

    Example: tocsin replay january.jsonl.gz --events events.jsonl
    """
    with output.asked():
        bound = read_bonds(bonds) if bonds else []
    rows, bad = _read(files)
    if events:
        _writable(events)
    with tempfile.TemporaryDirectory(prefix="tocsin-replay-") as folder:
        flags: dict[str, Any] = {"data_dir": folder, "database_url": store or f"sqlite:///{folder}/replay.db"}
        flags["articles"] = False  # what they say today is not what was known then
        with App(load(flags=flags | ({"config_dir": str(rules)} if rules else {})), durable=store is not None) as app:
            run = Replay(app=app, bonds=Bonds.between(rows, bound))
            run.prepare(rows)
            with output.progress("replaying", len(rows)) as done:
                for chunk in _chunks(rows):
                    run.chunk(chunk)
                    done(len(chunk))
            run.obey(_latest(rows))
            for said in run.lines():
                output.line(said)
            output.line({"summary": run.summary(events)})
    raise typer.Exit(output.FINDINGS if bad or run.counts["failed"] else output.FINE)


class _Edits(Exception):  # noqa: N818  it undoes a savepoint, and is no error
    """A row edits an entry."""


@dataclass(kw_only=True)
class Replay:
    """One run: what was counted so far, and which lines of the file stand behind which entry."""

    app: App
    bonds: Bonds
    entry_ids: dict[Key, int] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    told: list[tuple[Row, Ingested | None]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def prepare(self, rows: Sequence[Row]) -> None:
        """Add the feeds, and one subscription to everything. Raises BadInput where the store is not empty."""
        now = rows[0].published or datetime.now(UTC) if rows else datetime.now(UTC)
        with self.app.store.write() as tx:
            if tx.feeds.all():
                raise BadInput("the store is not empty", hint="replay needs a fresh database", file="--store")
            self.feeds = {name: _feed(tx, name, now) for name in sorted({row.feed for row in rows})}
            secret = "whsec_cmVwbGF5LXJlcGxheS1yZXBsYXktcmVwbGF5"  # noqa: S105  nothing is ever sent with it
            wish = Wish(kind="webhook", address="https://replay.invalid/hook", mode="alert", secret=secret)
            tx.subscriptions.add(wish, now=now)

    def chunk(self, rows: Sequence[Row]) -> None:
        """Store and ingest these rows, and repair what linking got wrong so far."""
        left = rows
        while left:
            behind = self._store(left)
            self._ingest(left[: len(behind)], behind)
            left = left[len(behind) :]
        self.counts["entries"] += len(rows)
        self.app.repair.run(_latest(rows))

    def _ingest(self, rows: Sequence[Row], behind: Sequence[int | None]) -> None:
        """Work through what was stored of these rows, each at its own time."""
        times = dict(zip(behind, map(_time_of, rows), strict=True))
        results: dict[int | None, Ingested] = {}
        while batch := self.app.ingest.run(_latest(rows), clock=lambda entry: times[entry.entry_id]):
            results |= {result.entry.entry_id: result for result in batch}
            self._deliver(_latest(rows))
        self.told += [(row, results.get(entry_id)) for row, entry_id in zip(rows, behind, strict=True)]

    def obey(self, now: datetime) -> None:
        """Repair until all that operators bound is one, and state what they stated. Else nothing is left to do."""
        if self.bonds.unknown:
            self._leave_out(f"{self.bonds.unknown} lines name entries that are in none of the files")
        for _ in range(MOST_PASSES if self.bonds.kept else 0):
            now += self.app.repair.every
            if not self.app.repair.run(now):
                break
        if self.bonds.facts:
            with self.app.store.write() as tx:
                tx.events.lock_linking()
                without = self.bonds.state(tx, self.entry_ids, now)
            if without:
                self._leave_out(f"{without} facts are of entries that report no event")

    def _leave_out(self, why: str) -> None:
        output.complain(BadInput(why, hint="they were left out", file="--bonds"))

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the line of each row, in order: the event is the one its report is in by now.

        One that says nothing its feed had not said before under the same identity has no reports.
        """
        with self.app.store.read() as tx:
            for row, result in self.told:
                yield self._line(tx, row, result)

    def _store(self, rows: Sequence[Row]) -> list[int | None]:
        """Store rows, up to the next that edits an entry: it comes after what is worked through in the order of ids.

        Return the entry behind each, None where its feed had said the same before.
        """
        behind: list[int | None] = []
        with self.app.store.write() as tx:
            for row in rows:
                stored = self._put(tx, row, first=not behind)
                if stored is None:
                    break
                behind.append(next(iter(stored.new + stored.changed), None))
                if behind[-1] is not None:
                    self.entry_ids[row.feed, row.row_id] = behind[-1]
            tx.events.bind(self.bonds.ready(self.entry_ids), None)
        return behind

    def _put(self, tx: Transaction, row: Row, *, first: bool) -> Stored | None:
        """Return what was stored; None, and nothing is, where the row edits an entry and is not the first."""
        with suppress(_Edits), tx.savepoint():
            stored = tx.entries.put(self.feeds[row.feed], [row.parsed()], now=_time_of(row), backlog=False)
            if stored.changed and not first:
                raise _Edits
            return stored
        return None

    def _deliver(self, now: datetime) -> None:
        """Take every message for sent the moment it is due, so that what follows is an update."""
        with self.app.store.write() as tx:
            while messages := tx.outbox.claim(now, limit=500, lease=timedelta(minutes=1)):
                for message in messages:
                    tx.outbox.record(message, Attempt(outbox_id=message.outbox_id, at=now, ok=True), retry_at=None)

    def _line(self, tx: Transaction, row: Row, result: Ingested | None) -> dict[str, Any]:
        reports = [
            {
                "kind": placed.report.kind,
                "event_id": _now_in(tx, result, placed),
                "decision": placed.link.decision,
                "reason": placed.link.reason,
            }
            for placed in (result.placed if result else ())
            if placed.event_id is not None
        ]
        messages = result.messages if result else ()
        alerts = sum(queued.kind == "event.new" and not queued.replaced for queued in messages)
        said: dict[str, Any] = {"id": row.row_id, "reports": reports, "alerts": alerts}
        if result and result.error:
            output.complain(BadInput(result.error, file=row.feed, hint=f"entry {row.row_id} was set aside"))
        self.counts.update(reports=len(reports), alerts=alerts, failed=bool(result and result.error))
        return said

    def summary(self, events: Path | None) -> dict[str, Any]:
        """Write the events where asked, and return what was counted."""
        with self.app.store.read() as tx:
            found = tx.events.recent(limit=1_000_000)
        if events:
            events.write_text("".join(f"{output.dumps(event_json(event))}\n" for event in found), encoding="utf-8")
        seconds = time.monotonic() - self.started
        return {
            "entries": self.counts["entries"],
            "reports": self.counts["reports"],
            "events": len(found),
            "alerts": self.counts["alerts"],
            "seconds": round(seconds, 1),
            "entries_per_second": round(self.counts["entries"] / seconds, 1) if seconds else 0.0,
        }


def _writable(path: Path) -> None:
    """Raise BadInput now rather than after the whole run."""
    try:
        path.open("w", encoding="utf-8").close()
    except OSError as error:
        raise BadInput(f"cannot write: {error.strerror}", file=str(path), hint="choose another --events") from error


def _read(files: Sequence[Path]) -> tuple[list[Row], int]:
    rows: list[Row] = []
    bad = 0
    for path in files:
        for row in read_rows(path):
            if isinstance(row, BadInput):
                output.complain(row)
                bad += 1
            else:
                rows.append(row)
    return sorted(rows, key=lambda row: row.published or datetime.max.replace(tzinfo=UTC)), bad


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _feed(tx: Transaction, name: str, now: datetime) -> Feed:
    feed = Feed(feed_id=0, url=f"replay:{name}", title=name, due_at=now, baseline_done=True)
    return tx.feeds.get(tx.feeds.add(feed))


def _now_in(tx: Transaction, result: Ingested | None, placed: Placed) -> int | None:
    """Return the event that the report is in after all repairs."""
    known = tx.events.report_of(result.entry.entry_id, placed.report.kind) if result else None
    return known[1] if known else placed.event_id


def _time_of(row: Row) -> datetime:
    return row.published or datetime.now(UTC)


def _latest(rows: Sequence[Row]) -> datetime:
    return max((row.published for row in rows if row.published), default=datetime.now(UTC))
