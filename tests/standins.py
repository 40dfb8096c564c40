"""Stand-ins for the ports, written by hand. They keep the ports' promises and do nothing clever."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from service.core.entry import Entry
from service.core.feed import FetchRequest, FetchResult, IdPolicy, ParsedEntry, ParsedFeed, ParseError
from service.core.report import Judgement, Kind, Place
from service.core.subscription import Message
from service.ports.store import Step, Transaction
from service.ports.world import (
    Attempt,
    ConfirmMessage,
    DigestMessage,
    EndpointMessage,
    EventMessage,
    Rendered,
    none_more,
    nothing_more,
)

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that moves when told to."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class ScriptedFetcher:
    """Answers each URL with the next of its results, in the order they were asked; remembers what it was asked."""

    answers: dict[str, list[FetchResult]] = field(default_factory=dict)
    asked: list[FetchRequest] = field(default_factory=list)
    slots: int = 64

    def fetch(
        self, requests: Iterable[FetchRequest], *, more: Callable[[int], Sequence[FetchRequest]] = nothing_more
    ) -> Iterator[FetchResult]:
        under_way = deque(requests)
        while True:
            under_way.extend(more(self.slots - len(under_way)))
            if not under_way:
                return
            request = under_way.popleft()
            self.asked.append(request)
            answer = self.answers[request.url].pop(0)
            yield FetchResult(
                **{name: getattr(answer, name) for name in FetchResult.__slots__} | {"feed_id": request.feed_id}
            )


@dataclass
class LineParser:
    """Reads a document of `uid|title` lines; a body of `broken` cannot be read."""

    def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str,
        fetched_at: datetime,
        country: str | None = None,
        marks: bytes = b"",
        id_policy: IdPolicy = "guid",
    ) -> ParsedFeed:
        text = body.decode()
        if text == "broken":
            return ParsedFeed(errors=(ParseError(code="not_a_feed", message="this is no feed"),))
        rows = (line.split("|", 1) for line in text.splitlines())
        return ParsedFeed(
            title="Northern Wire",
            entries=tuple(ParsedEntry(uid=uid, title=title, published=fetched_at) for uid, title in rows),
        )


@dataclass
class ScriptedJudge:
    """Says of each title what it was told to say; a title in `fails` raises."""

    says: Mapping[str, Judgement] = field(default_factory=dict)
    fails: frozenset[str] = frozenset()
    batches: list[int] = field(default_factory=list)

    def judge(self, entries: Sequence[Entry]) -> list[Judgement]:
        self.batches.append(len(entries))
        if any(entry.title in self.fails for entry in entries):
            raise ValueError("cannot judge this")
        nothing = Judgement(lang="en", set_aside="no_cue")
        return [self.says.get(entry.title, nothing) for entry in entries]


@dataclass
class PlainRenderer:
    """Renders the kind and the headline, and keeps what it was given."""

    events: list[EventMessage] = field(default_factory=list)
    digests: list[DigestMessage] = field(default_factory=list)
    confirms: list[ConfirmMessage] = field(default_factory=list)
    prepared: list[tuple[Kind, Place]] = field(default_factory=list)

    def prepare(self, events: Iterable[tuple[Kind, Place]]) -> None:
        self.prepared += events

    def event(self, message: EventMessage) -> Rendered:
        self.events.append(message)
        return Rendered(subject=f"{message.kind} {message.event.headline}", body=message.message_id.encode())

    def endpoint(self, message: EndpointMessage) -> Rendered:
        return Rendered(subject=f"{message.kind} {message.to}", body=message.reason.encode())

    def digest(self, message: DigestMessage) -> Rendered:
        self.digests.append(message)
        return Rendered(subject=f"digest {message.local_date}", body=b"digest")

    def confirm(self, message: ConfirmMessage) -> Rendered:
        self.confirms.append(message)
        return Rendered(subject="Please confirm", body=message.token.encode())


@dataclass
class ScriptedSender:
    """Sends nothing; each message ends as `outcome` says."""

    outcome: Callable[[Message], Attempt]
    sent: list[Message] = field(default_factory=list)

    def send(
        self, messages: Sequence[Message], *, more: Callable[[], Sequence[Message]] = none_more
    ) -> Iterator[Attempt]:
        while messages := messages or more():
            for message in messages:
                self.sent.append(message)
                yield self.outcome(message)
            messages = ()


@dataclass
class BellEngine:
    """Notes which steps were woken, once the transaction has committed."""

    woken: list[tuple[Step, tuple[int, ...]]] = field(default_factory=list)

    def wake(self, tx: Transaction, step: Step, ids: Sequence[int]) -> None:
        if ids:
            tx.after_commit(lambda: self.woken.append((step, tuple(ids))))
