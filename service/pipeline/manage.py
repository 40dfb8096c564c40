"""What operators and readers ask for: a feed added, a subscription made. Checked here, for every face alike."""

import base64
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Literal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.core.cadence import first_due as first_poll
from service.core.digest import first_due
from service.core.errors import BadInput
from service.core.feed import UNDECLARED, Feed
from service.core.subscription import Format, Quiet, Subscription
from service.core.subscription import Wish as Wish  # noqa: PLC0414  what it checks is asked for here
from service.pipeline.told import put_right
from service.ports.store import Transaction

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_TOPIC = 40
FeedSource = Literal["cli", "file", "opml", "demo"]
ED25519 = (32, 64)
DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z0-9-]{0,62}[A-Za-z])")
EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,253}")


def add_feed(
    tx: Transaction,
    url: str,
    *,
    now: datetime,
    country: str | None = None,
    lang: str | None = None,
    topic: str | None = None,
    priority: bool = False,
    source: FeedSource = "cli",
    nth: int = 0,
) -> Feed:
    """Add a feed, due at once, or return the one that has this URL, described anew where something new is said of it.

    Of many that are added together it is the `nth`, counted from 0: those late in the list are due a little later.
    A file says all there is to say of its own feeds, and nothing of others. Raises BadInput for what is no web address.
    """
    feed = Feed(
        feed_id=0,
        url=check_feed(url, country),
        country=country.upper() if country else None,
        lang=lang,
        subject=feed_topic(topic),
        priority=priority,
        due_at=first_poll(nth, now),
        source=source,
    )
    known = tx.feeds.get(tx.feeds.add(feed))
    if source == "file" and known.source == "file":
        if known.state == "muted" and known.last_error == UNDECLARED:
            tx.feeds.set_muted(known.feed_id, muted=False, now=now)
            known = tx.feeds.get(known.feed_id)
        return _described(tx, known, replace(feed, lang=lang or known.lang))
    if source == "cli":
        kept = {
            name: getattr(feed, name) or getattr(known, name) for name in ("country", "lang", "subject", "priority")
        }
        return _described(tx, known, replace(feed, **kept))
    return known


def _described(tx: Transaction, known: Feed, said: Feed) -> Feed:
    """Write what is said of the feed, if that is anything new."""
    new = {"country": said.country, "lang": said.lang, "subject": said.subject}
    if said.priority == known.priority and all(getattr(known, name) == value for name, value in new.items()):
        return known
    tx.feeds.describe(known.feed_id, **new, priority=said.priority)
    return tx.feeds.get(known.feed_id)


def leave_feeds(tx: Transaction, declared: Collection[int], *, now: datetime) -> None:
    """Mute the feeds that a file once declared and does not any more."""
    for feed in tx.feeds.all():
        if feed.source == "file" and feed.feed_id not in declared:
            tx.feeds.set_muted(feed.feed_id, muted=True, now=now, reason=UNDECLARED)


def leave_subscriptions(tx: Transaction, declared: Collection[int]) -> None:
    """End the subscriptions that a file once declared and does not any more."""
    for subscription in tx.subscriptions.all():
        mine = subscription.source == "file" and subscription.state != "ended"
        if mine and subscription.subscription_id not in declared:
            tx.subscriptions.set_state(subscription.subscription_id, "ended")


def feed_topic(given: str | None) -> str | None:
    """Return a topic as it is kept: blanks collapsed, in small letters, None for nothing. Raises BadInput."""
    topic = " ".join((given or "").split()).casefold()
    if len(topic) > LONGEST_TOPIC or not topic.isprintable() or "," in topic:
        raise BadInput(
            f"no topic: {topic[:40]!r}", hint=f"one topic of at most {LONGEST_TOPIC} characters, such as shipping"
        )
    return topic or None


def check_feed(url: str, country: str | None, topic: str | None = None) -> str:
    """Return the address. Raises BadInput naming what is wrong with it, with the country or with the topic."""
    feed_topic(topic)
    if country is not None and not re.fullmatch(r"[A-Za-z]{2}", country):
        raise BadInput(f"no country code: {country[:40]!r}", hint="two letters of ISO 3166-1, such as UA")
    return web_address(url)


def subscribe(tx: Transaction, wish: Wish, *, known_rules: Collection[str], now: datetime) -> Subscription:
    """Add the subscription and plan its first digest. Raises BadInput naming what is wrong with the wish."""
    subscription = planned(tx, tx.subscriptions.add(check_wish(wish, known_rules), now=now), now=now)
    if wish.source == "cli" and subscription.state == "active":  # which opens again what was closed
        put_right(tx, subscription.subscription_id, now)
    return subscription


def planned(tx: Transaction, subscription: Subscription, *, now: datetime) -> Subscription:
    """Plan the next digest of a subscription that wants them and has none planned."""
    sub = subscription
    if sub.wants_digests and tx.digests.take(sub.subscription_id) is None:
        tx.digests.plan(sub.subscription_id, first_due(sub.tz, sub.at, after=now, days=sub.days))
    return sub


def check_wish(wish: Wish, known_rules: Collection[str]) -> Wish:
    """Return the wish in its plain form. Raises BadInput naming what is wrong with it."""
    unknown = [rule for rule in wish.rules if rule not in known_rules]
    if unknown:
        shown = f"no watch rule {unknown[0][:60]!r}"
        raise BadInput(shown, hint=f"known: {', '.join(sorted(known_rules)) or 'none'}")
    if wish.secret is not None:
        webhook_secret(wish.secret)
    if wish.kind == "email":
        address = email_address(wish.address, ours_too=wish.source != "web")
    else:
        address = endpoint_address(wish.address, wish.format)
    if wish.kind == "email" and (wish.format != "standard" or wish.owner):
        raise BadInput("`format` and `owner` are for webhooks", hint="leave them out, or give a webhook")
    owner = email_address(wish.owner) if wish.owner else ""
    at, days = f"{local_time(wish.at):%H:%M}", weekdays(wish.days)
    rules = tuple(dict.fromkeys(wish.rules))
    quiet = quiet_hours(wish.quiet) if wish.quiet else None
    wish = replace(wish, owner=owner)
    return replace(wish, address=address, tz=time_zone(wish.tz), at=at, days=days, rules=rules, quiet=quiet)


def days_in(text: str) -> tuple[int, ...]:
    """Read weekdays such as `mon, thu`; nothing, or `all`, is every day. Raises BadInput."""
    words = [] if text.strip() in {"", "all"} else [part.strip().lower()[:3] for part in text.split(",")]
    if unknown := [word for word in words if word not in DAYS]:
        raise BadInput(f"no weekday: {unknown[0]!r}", hint=f"write them as {','.join(DAYS)}, with commas between")
    return weekdays([DAYS.index(word) + 1 for word in words])


def quiet_in(text: str, unless: int | None = None) -> Quiet | None:
    """Read quiet hours such as `22:00-06:30`; nothing is none. Raises BadInput, also for a severity without hours."""
    if not text.strip() and unless is not None:
        raise BadInput("a severity to come through quiet hours, and no quiet hours", hint="such as 22:00-06:30")
    if not text.strip():
        return None
    start, _, end = text.partition("-")
    return quiet_hours(Quiet(start=local_time(start.strip()), end=local_time(end.strip()), unless=unless))


def weekdays(days: Sequence[int]) -> tuple[int, ...]:
    """Return ISO weekdays in order, each once; all seven are none in particular. Raises BadInput."""
    if any(day not in range(1, 8) for day in days):
        raise BadInput(f"no weekday: {days!r}", hint="1 is Monday, 7 is Sunday")
    held = tuple(sorted(set(days)))
    return held if len(held) < 7 else ()  # noqa: PLR2004 - a week


def quiet_hours(quiet: Quiet) -> Quiet:
    """Return them to the minute. Raises BadInput for a stretch without length, or a severity nobody has."""
    start, end = (at.replace(second=0, microsecond=0, tzinfo=None) for at in (quiet.start, quiet.end))
    if start == end:
        raise BadInput("quiet hours must end at another time than they begin", hint="pause the subscription instead")
    if quiet.unless is not None and quiet.unless not in range(1, 6):
        raise BadInput(f"no severity: {quiet.unless}", hint="1 (least) to 5 (gravest)")
    return replace(quiet, start=start, end=end)


def web_address(text: str) -> str:
    """Return the address. Raises BadInput unless it is http or https and names a host."""
    try:
        parts = urlsplit(text.strip())
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"\s", text.strip()):
        raise BadInput(f"no web address: {text[:200]!r}", hint="it must start with http:// or https:// and name a host")
    return text.strip()


def endpoint_address(text: str, format_: Format) -> str:
    """Return the address. Raises BadInput unless it is one that this service has."""
    if format_ == "apprise":
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text.strip()):
            raise BadInput(f"no Apprise URL: {text[:40]!r}", hint="such as matrix://user:password@host/#room")
        return text.strip()
    address = web_address(text)
    parts = urlsplit(address)
    if format_ == "ntfy" and not parts.path.strip("/"):
        raise BadInput("this address names no topic", hint="write it as https://ntfy.example/topic")
    if format_ == "telegram" and not parse_qs(parts.query).get("chat_id"):
        hint = "write it as https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>"
        raise BadInput("this address names no chat", hint=hint)
    return address


def webhook_secret(text: str) -> None:
    """Check that every part signs. Raises BadInput without repeating it: it may be nearly right, and secret."""
    try:
        keys = [(part, base64.b64decode(re.sub("^(whsec|whsk)_", "", part), validate=True)) for part in text.split()]
    except ValueError:
        keys = []
    if not keys or not all(key for _, key in keys):
        raise BadInput("no webhook secret", hint="write whsec_ and base64, or leave it out to be given one")
    if any(part.startswith("whsk_") and len(key) not in ED25519 for part, key in keys):
        raise BadInput("no ed25519 key", hint="whsk_ and the base64 of its 32 bytes; `--asymmetric` makes one")


def email_address(text: str, *, ours_too: bool = True) -> str:
    """Return the address, its domain in small letters. Raises BadInput for what no mail server could take.

    The rules are those of email-validator: a domain on the internet has a dot, and a last part that ends in a letter.
    `localhost` is this machine's own mail, which is `ours_too` only where an operator says so. Only a confirmation
    proves more.
    """
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if not EMAIL.fullmatch(address) or not address.isprintable() or "" in local.split("."):
        raise BadInput(f"no email address: {text[:200]!r}", hint="write it as name@example.org")
    try:
        plain = domain.encode("idna").decode()
    except UnicodeError as error:
        raise BadInput(f"no email address: {text[:200]!r}", hint="its domain cannot exist") from error
    if not DOMAIN.fullmatch(plain) and not (ours_too and plain.lower() == "localhost"):
        hint = "its domain cannot exist" if "." in domain else "its domain has no dot: name@example.org"
        raise BadInput(f"no email address: {text[:200]!r}", hint=hint)
    return f"{local}@{domain.lower()}"


def local_time(text: str) -> time:
    """Read HH:MM. Raises BadInput, also for one with an offset: the zone says which clock is meant."""
    try:
        read = time.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"no time of day: {text[:40]!r}", hint="write it as 07:30") from error
    if read.tzinfo is not None:
        raise BadInput(f"no time of day: {text[:40]!r}", hint="write it as 07:30, and the zone by its name beside it")
    return read.replace(second=0, microsecond=0)


def time_zone(name: str) -> str:
    """Return the IANA name. Raises BadInput."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"no time zone {name[:60]!r}", hint="an IANA name such as Europe/Kyiv") from error
    return name
