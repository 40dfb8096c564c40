"""Who is told what, and how a message travels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["alert", "digest", "both"]
EmptyDay = Literal["tell", "skip"]
Source = Literal["cli", "file", "web", "demo"]
ChannelKind = Literal["email", "webhook"]
MessageKind = Literal[
    "event.new",
    "event.updated",
    "event.corrected",
    "event.retracted",
    "digest",
    "confirm",
    "endpoint.test",
    "endpoint.disabled",
]
Format = Literal["standard", "slack", "discord", "mattermost", "teams", "ntfy", "telegram", "apprise"]
"""What a webhook's receiver takes: signed Standard Webhooks, or what a chat wants. Apprise has URLs of its own."""
OLD_SECRET = timedelta(hours=24)
"""So long the secret before the present one signs too."""
HeldCode = Literal["draft", "rule_paused", "snoozed", "not_refired", "cooldown", "max_per_hour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where a message can go: an email address, or a webhook URL with its `whsec_` secret.

    `old_secret` signs too until `old_secret_until`, so that a receiver can change over, and so does `older_secret`,
    which that one took the place of less than a day before. `owner` is the mail address of
    whoever answers for an endpoint. `failing_since`, `failures`, `trips` and `paused_until` say how it fared lately.
    """

    channel_id: int
    kind: ChannelKind
    address: str
    secret: str | None = field(default=None, repr=False)
    state: Literal["active", "disabled"] = "active"
    reason: str = ""
    format: Format = "standard"
    owner: str = ""
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    older_secret: str | None = field(default=None, repr=False)
    older_secret_until: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    trips: int = 0
    paused_until: datetime | None = None

    def secrets_at(self, now: datetime) -> list[str]:
        """Return what it signs with, the newest first: each that was replaced for a day after that, and no longer."""
        old = ((self.old_secret, self.old_secret_until), (self.older_secret, self.older_secret_until))
        still = [secret for secret, until in old if secret and until and until > now]
        return [self.secret, *still] if self.secret else still


def masked(channel: Channel) -> str:
    """Return `r…@example.org`, or a webhook's host: enough to recognise, too little to use.

    Of an Apprise URL only its scheme: what stands where others have a host may be a token.
    """
    if channel.kind == "email":
        return masked_address(channel.address)
    if channel.format == "apprise":
        return f"{channel.address.partition('://')[0]} by Apprise"
    try:
        return urlsplit(channel.address).hostname or "webhook"
    except ValueError:
        return "webhook"


def masked_address(address: str) -> str:
    """Return `r…@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def mailbox_of(address: str) -> str:
    """Return the mailbox in one way of writing: in whatever case, with the domain in letters or as DNS has it."""
    local, _, domain = address.strip().casefold().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of a reader's own day in which alerts wait, from `start` up to `end`; over midnight where `end` is earlier.

    From severity `unless` on (1 to 5, see core.rules.severity) they come all the same; None lets none through.
    """

    start: time
    end: time
    unless: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Watch rules × channel × mode. `rules` empty means every rule. `tz` is an IANA name; `at` a local wall time.

    `days` are the ISO weekdays of its digest (1 is Monday), empty for every day; `empty_day` says whether a digest
    without events is sent. `key` is what links in messages carry: unguessable, unique, and all an unsubscribing
    reader needs.
    """

    subscription_id: int
    channel: Channel
    mode: Mode
    rules: tuple[str, ...] = ()
    tz: str = "UTC"
    at: time = time(7, 0)
    days: tuple[int, ...] = ()
    empty_day: EmptyDay = "tell"
    quiet: Quiet | None = None
    state: Literal["pending", "active", "paused", "ended"] = "active"
    key: str = field(default="", repr=False)
    source: Source = "cli"
    created_at: datetime

    @property
    def wants_alerts(self) -> bool:
        """Whether it is told of events one by one."""
        return self.mode != "digest"

    @property
    def wants_digests(self) -> bool:
        """Whether it gets digests."""
        return self.mode != "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks to be told, and where, as they wrote it. `rules` empty means every rule.

    `secret`, `format` and `owner`, a mail address, are for webhooks; `confirmed` says that the address's owner has
    agreed. `named` are the fields that were asked for, where not all of them were: what is left out stays as the
    address has it already.
    """

    kind: ChannelKind
    address: str
    mode: Mode
    rules: Sequence[str] = ()
    tz: str = "UTC"
    at: str = "07:00"
    days: Sequence[int] = ()
    empty_day: EmptyDay = "tell"
    quiet: Quiet | None = None
    secret: str | None = field(default=None, repr=False)
    format: Format = "standard"
    owner: str = ""
    confirmed: bool = True
    source: Source = "cli"
    named: frozenset[str] | None = None

    def names(self, field: str) -> bool:
        """Whether this was asked for."""
        return self.named is None or field in self.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message a subscription already got, or is about to get, about an event."""

    kind: MessageKind
    revision: int
    state: Literal["pending", "sent", "gave_up", "superseded"]
    created_at: datetime
    sent_at: datetime | None = None
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Whether a subscription hears of a development. `kind` None means not; `code` and `reason` say why either way.

    `due_at` is the earliest time to send; `supersede` asks that older unsent messages about the event be dropped.
    `loud` is sent through quiet hours.
    """

    kind: MessageKind | None
    code: str
    reason: str
    due_at: datetime | None = None
    supersede: bool = False
    loud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why every rule that an event meets may not send now, and until when where that is known."""

    code: HeldCode
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered message on its way. `body` holds the very bytes every attempt sends.

    For email, `body` is the complete RFC 5322 message; for webhooks, the JSON document. Who is not `loud` keeps the
    `quiet` hours of its subscription, which are of the zone `tz`.
    `message_id` is stable over retries: the webhook-id, and the left part of the Message-ID.
    """

    outbox_id: int
    message_id: str
    channel: Channel
    kind: MessageKind
    body: bytes
    attempts: int
    created_at: datetime
    lease_token: str = ""
    event_id: int | None = None
    revision: int | None = None
    loud: bool = True
    quiet: Quiet | None = None
    tz: str = "UTC"
