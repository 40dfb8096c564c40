"""What operators and readers ask for: a feed added, a subscription made. Checked here, for every face alike."""

import base64
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.core.cadence import first_due as first_poll
from service.core.digest import first_due
from service.core.errors import BadInput
from service.core.feed import UNDECLARED, Feed
from service.core.subscription import ChannelKind, Mode, Subscription
from service.ports.store import Transaction

Source = Literal["cli", "file", "web", "demo"]
FeedSource = Literal["cli", "file", "opml", "demo"]
EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,253}")


def add_feed(
    tx: Transaction,
    url: str,
    *,
    now: datetime,
    country: str | None = None,
    lang: str | None = None,
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
        priority=priority,
        due_at=first_poll(nth, now),
        source=source,
    )
    known = tx.feeds.get(tx.feeds.add(feed))
    if source == "file" and known.source == "file":
        _describe(tx, known, country=feed.country, lang=lang or known.lang, priority=priority)
        if known.state == "muted" and known.last_error == UNDECLARED:
            tx.feeds.set_muted(known.feed_id, muted=False, now=now)
    elif source == "cli":
        country, lang = feed.country or known.country, lang or known.lang
        _describe(tx, known, country=country, lang=lang, priority=priority or known.priority)
    return tx.feeds.get(known.feed_id)


def _describe(tx: Transaction, known: Feed, *, country: str | None, lang: str | None, priority: bool) -> None:
    if (known.country, known.lang, known.priority) != (country, lang, priority):
        tx.feeds.describe(known.feed_id, country=country, lang=lang, priority=priority)


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


def check_feed(url: str, country: str | None) -> str:
    """Return the address. Raises BadInput naming what is wrong with it, or with the country."""
    if country is not None and not re.fullmatch(r"[A-Za-z]{2}", country):
        raise BadInput(f"no country code: {country[:40]!r}", hint="two letters of ISO 3166-1, such as UA")
    return web_address(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks to be told, and where. `secret` is for webhooks; `rules` empty means every rule."""

    kind: ChannelKind
    address: str
    mode: Mode
    rules: Sequence[str] = ()
    tz: str = "UTC"
    at: str = "07:00"
    secret: str | None = None
    confirmed: bool = True
    source: Source = "cli"


def subscribe(tx: Transaction, wish: Wish, *, known_rules: Collection[str], now: datetime) -> Subscription:
    """Add the subscription and plan its first digest. Raises BadInput naming what is wrong with the wish."""
    wish = check_wish(wish, known_rules)
    subscription = tx.subscriptions.add(
        kind=wish.kind,
        address=wish.address,
        secret=wish.secret,
        mode=wish.mode,
        rules=tuple(wish.rules),
        tz=wish.tz,
        at=wish.at,
        state="active" if wish.confirmed else "pending",
        source=wish.source,
        now=now,
    )
    if wish.mode == "digest" and tx.digests.take(subscription.subscription_id) is None:
        tx.digests.plan(subscription.subscription_id, first_due(subscription.tz, subscription.at, after=now))
    return subscription


def check_wish(wish: Wish, known_rules: Collection[str]) -> Wish:
    """Return the wish in its plain form. Raises BadInput naming what is wrong with it."""
    unknown = [rule for rule in wish.rules if rule not in known_rules]
    if unknown:
        raise BadInput(f"no watch rule {unknown[0]!r}", hint=f"known: {', '.join(sorted(known_rules)) or 'none'}")
    if wish.secret is not None:
        webhook_secret(wish.secret)
    address = email_address(wish.address) if wish.kind == "email" else web_address(wish.address)
    return replace(wish, address=address, tz=time_zone(wish.tz), at=f"{local_time(wish.at):%H:%M}")


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


def webhook_secret(text: str) -> None:
    """Check that every part signs. Raises BadInput without repeating it: it may be nearly right, and secret."""
    try:
        keys = [base64.b64decode(part.removeprefix("whsec_"), validate=True) for part in text.split()]
    except ValueError:
        keys = []
    if not keys or not all(keys):
        raise BadInput("no webhook secret", hint="write whsec_ and base64, or leave it out to be given one")


def email_address(text: str) -> str:
    """Return the address. Raises BadInput for what no mail server could take; only a confirmation proves more."""
    if not EMAIL.fullmatch(text.strip()):
        raise BadInput(f"no email address: {text[:200]!r}", hint="write it as name@example.org")
    return text.strip()


def local_time(text: str) -> time:
    """Read HH:MM. Raises BadInput."""
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise BadInput(f"no time of day: {text[:40]!r}", hint="write it as 07:30") from error


def time_zone(name: str) -> str:
    """Return the IANA name. Raises BadInput."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"no time zone {name[:60]!r}", hint="an IANA name such as Europe/Kyiv") from error
    return name
