"""What the pipeline needs from the world outside the database. Adapters keep these promises; core never sees them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from service.core.entry import Entry
from service.core.event import Before, Claim, Development, Event
from service.core.feed import FetchRequest, FetchResult, IdPolicy, PageText, ParsedFeed
from service.core.health import Gap
from service.core.report import Judgement, Kind, Place
from service.core.subscription import Message, MessageKind, Subscription, Told, Wish
from service.core.websub import HubAnswer, HubRequest


class Clock(Protocol):
    """The one source of the time."""

    def now(self) -> datetime:
        """Return the present as aware UTC."""
        ...


def nothing_more(_room: int, /) -> Sequence[FetchRequest]:
    """Ask for nothing beyond what was given."""
    return ()


class Fetcher(Protocol):
    """Does many requests at once on an event loop of its own."""

    def fetch(
        self,
        requests: Iterable[FetchRequest],
        *,
        more: Callable[[int], Sequence[FetchRequest]] = nothing_more,
    ) -> Iterator[FetchResult]:
        """Yield one result per request, as they come in. Never raises for what a server does.

        While there is room, `more(room)` is asked for up to so many further requests, on the caller's thread, before
        each wait; the iterator ends when nothing is under way and there are no more.
        """
        ...


class Hubs(Protocol):
    """Asks hubs to tell us of feeds' news, or to stop."""

    def ask(self, requests: Sequence[HubRequest]) -> Iterator[HubAnswer]:
        """Yield one answer per request. Never raises for what a hub does."""
        ...


class Parser(Protocol):
    """Turns bytes into entries, in a process that can be killed."""

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
        """Return within 5 s whatever the bytes are; what cannot be read is in `errors`.

        Items whose marks are among `marks` (those of the last document, see core.marks) are not read again. `country`
        (ISO 3166 alpha-2) decides what an ambiguous time zone means; `id_policy` is the feed's so far.
        """
        ...


class PageReader(Protocol):
    """Finds the article on a page, in a process that can be killed."""

    def read_page(self, body: bytes, *, url: str, content_type: str) -> PageText:
        """Return within 5 s whatever the bytes are. The text is plain, blanks collapsed, at most 20,000 characters."""
        ...


class Gazetteer(Protocol):
    """Names of places, in many scripts."""

    def find(self, names: Collection[str]) -> Mapping[str, tuple[Place, ...]]:
        """Return the namesakes of each known name, most populous first. Names are matched casefolded.

        The name `capital:ua` is that of the capital of UA.
        """
        ...


class Language(Protocol):
    """Tells the language of a text."""

    def of(self, text: str, declared: str | None) -> str:
        """Return BCP 47's primary tag; `declared` is what the feed says, and decides where the text does not."""
        ...


class Judge(Protocol):
    """Detect and extract, with lexicons and gazetteer at hand."""

    def judge(self, entries: Sequence[Entry]) -> list[Judgement]:
        """Return one judgement per entry, in order. Depends on nothing but the entry."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Finished bytes. `subject` is for people looking at the outbox.

    The last `shared` bytes of the body are the same in other messages: they need to be kept only once.
    """

    subject: str
    body: bytes
    shared: int = 0
    fell_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A place on a map, and how many events of one kind happened there."""

    kind: Kind
    place: Place
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG. `width` and `height` are what it is to be shown at; it may have more pixels."""

    png: bytes
    width: int
    height: int


class Cartographer(Protocol):
    """Draws maps."""

    def draw(self, pins: Sequence[Pin], *, max_bytes: int = 45_000) -> Picture | None:
        """Return a map of at most so many bytes, the same ones for the same pins; None where there is none to show."""
        ...

    def inline(self, pins: Sequence[Pin], alt: str) -> str:
        """Return the map as SVG to stand in a page, with `alt` for who does not see it; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMessage:
    """Everything a template may say about one development of one event. `note` is a word about what follows.

    `before` are the truce that it breaks, the round of talks that it comes after.
    """

    kind: MessageKind
    message_id: str
    subscription: Subscription
    event: Event
    development: Development
    history: Sequence[Development]
    claims: Sequence[Claim]
    rule: str
    told_before: Sequence[Told]
    before: Sequence[Before] = ()
    note: str = ""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One event in a digest: its developments since its reader was told last, and those before, oldest first.

    `told` is the revision at which an earlier digest told its reader of it; None where none did. `before` are the
    earlier events that it breaks, or goes on from.
    """

    event: Event
    developments: Sequence[Development]
    claims: Sequence[Claim]
    earlier: Sequence[Development] = ()
    told: int | None = None
    before: Sequence[Before] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestMessage:
    """Everything a template may say in a digest. `gaps` are where so many feeds are missing that events may be.

    `before` is how many events the last one had, `quiet` those it told of which nothing has been heard since.
    With a `note` it is no daily digest: it holds alerts that were held back, and the note says so.
    """

    message_id: str
    subscription: Subscription
    local_date: date
    window_start: datetime
    window_end: datetime
    items: Sequence[DigestItem]
    gaps: Sequence[Gap]
    feeds_ok: int
    feeds_all: int
    before: int | None = None
    quiet: Sequence[Event] = ()
    note: str = ""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMessage:
    """The mail with the link that confirms a wish, the same for every address. `token` is what the link carries."""

    message_id: str
    wish: Wish
    token: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointMessage:
    """Something about a webhook's endpoint: a test of it, or, to the mail address `to`, that it was disabled."""

    kind: MessageKind
    message_id: str
    subscription: Subscription
    to: str
    reason: str
    now: datetime


class Renderer(Protocol):
    """Turns what is to be said into the bytes that are sent."""

    def prepare(self, events: Iterable[tuple[Kind, Place]]) -> None:
        """Do ahead of time what takes longest, for mails about single events at these places. Never fails."""
        ...

    def endpoint(self, message: EndpointMessage) -> Rendered:
        """Render a test for the endpoint, or a mail to whoever answers for it."""
        ...

    def event(self, message: EventMessage) -> Rendered:
        """Render for the subscription's channel kind. A broken operator template falls back to the shipped one."""
        ...

    def digest(self, message: DigestMessage) -> Rendered:
        """Render a digest for the subscription's channel kind."""
        ...

    def confirm(self, message: ConfirmMessage) -> Rendered:
        """Render the mail that asks an address's owner to press a button."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one try went. `ok` or an `error`; `retry` says whether another try can help. `response` begins the answer.

    Not `tried`, nothing of the message has left: it was not its turn before there was a reason to stop.
    """

    outbox_id: int
    at: datetime
    ok: bool
    status: int | None = None
    error: str = ""
    retry: bool = True
    retry_after_s: float | None = None
    gone: bool = False
    elapsed_ms: int = 0
    response: str = ""
    tried: bool = True


def none_more() -> Sequence[Message]:
    """Add nothing to what was given."""
    return ()


class Sender(Protocol):
    """Sends many messages at once on an event loop of its own."""

    def send(
        self, messages: Sequence[Message], *, more: Callable[[], Sequence[Message]] = none_more
    ) -> Iterator[Attempt]:
        """Yield one attempt per message, as they end. Never raises for what the far side does.

        `more` is asked for further messages, on the caller's thread, before each wait, and no wait is longer than half
        a second; the iterator ends when nothing is under way and there are no more.
        """
        ...
