"""Where so many feeds bring nothing that events may be missing.

The rule, with the operator in mind who is woken by it at 3 a.m.:

- A feed is missing when it cannot be read, or is not asked, and its last good answer is older than four times its
  usual gap, at least two hours and at most a day; or when it answers and is silent (see health.feed): that takes at
  least a day, because outlets sleep at night. A feed that says it is gone is missing from then on. Muted feeds count
  nowhere: whoever mutes one has seen it.
- A country is a gap when at least half of its feeds are missing. One dead feed among five is a line on the feeds page,
  no alarm. Feeds bound to no country are a group of their own.
- The same holds for topics, which operators give to feeds, and for languages: where all our Persian feeds are spread
  over four countries, losing them loses what only they tell. A topic or a language is left out where its missing feeds
  are all in places that are named already: nobody wants to read the same thing twice.
- Where four fifths of at least five feeds failed for our own network's sake (polling finds that out), or were not asked
  at all, that is one sentence, not forty.

A gap begins when half of the feeds were missing: a feed that has been dead for a month does not date back what began
at 02:10.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.core.feed import Feed
from service.core.health.feed import OVERDUE, is_excused, is_silent, last_failed
from service.core.health.words import since

Axis = Literal["country", "topic", "language", "everywhere"]
Named = Literal["country", "topic", "language"]
Cause = Literal["failing", "silent", "both", "network", "clock"]
Watched = tuple[str | None, str | None, str | None]
"""A country (ISO 3166 alpha-2), a language and a topic as feeds have them."""
AXES: Mapping[Named, int] = {"country": 0, "topic": 2, "language": 1}
"""Where feeds may be missing, the most telling first, and its place among what is watched."""

GAPS = 4
LEAST = timedelta(hours=2)
MOST = timedelta(hours=24)
MANY = 0.8
ENOUGH = 5
NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`missing` of `of` feeds of one country, topic or language, or of all there are.

    `code` is empty for those bound to none. `since` is None where they never answered. `names` are the first few of the
    missing; `priority` is true where a priority feed is among them.
    """

    axis: Axis
    code: str
    missing: int
    of: int
    since: datetime | None
    cause: Cause
    names: tuple[str, ...] = ()
    priority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    feed: Feed
    cause: Literal["failing", "silent"]
    last: datetime | None


def coverage(feeds: Iterable[Feed], now: datetime, *, watched: Mapping[Watched, int] | None = None) -> list[Gap]:
    """Return the gaps, the gravest first.

    `watched` counts the feeds that are not muted by country, language and topic. With it, `feeds` need only hold those
    that may be missing.
    """
    awake = [feed for feed in feeds if feed.state != "muted"]
    if watched is None:
        watched = Counter((feed.country, feed.lang, feed.subject) for feed in awake)
    whole = _everywhere(awake, sum(watched.values()), now)
    if whole is not None:
        return [whole]
    found = [item for feed in awake if (item := _missing(feed, now)) is not None]
    gaps: list[Gap] = []
    untold = found
    for axis in AXES:
        worth = {_code(axis, item.feed) for item in untold}
        here = [gap for gap in _gaps(axis, found, _totals(watched, axis)) if gap.code in worth]
        gaps += [gap for gap in here if gap.code or axis == "country"]
        told = {gap.code for gap in here if gap.code or axis == "country"}
        untold = [item for item in untold if _code(axis, item.feed) not in told]
    return sorted(gaps, key=_gravity)


def missing(feed: Feed, now: datetime) -> bool:
    """Whether the feed has brought nothing usable for too long."""
    return feed.state != "muted" and _missing(feed, now) is not None


def gap_sentence(gap: Gap, name: str, now: datetime) -> str:
    """Say it in a sentence. `name` is the country's or the language's name."""
    if gap.cause == "network":
        begun = since(gap.since, now)
        return f"Our own network seems to be down: {gap.missing} of {gap.of} feeds bring nothing{begun}."
    if gap.cause == "clock":
        return f"{gap.missing} of {gap.of} feeds have not been asked{since(gap.since, now)}: Tocsin is not polling."
    have = "have" if gap.missing > 1 else "has"
    did = {"failing": "failed", "silent": "been silent", "both": "failed or fallen silent"}[gap.cause]
    when = since(gap.since, now) if gap.since else ", and never answered"
    named = f" ({', '.join(gap.names)}{', …' if gap.missing > len(gap.names) else ''})" if gap.names else ""
    where = " there" if gap.axis == "country" and gap.code else ""
    feeds = f"{gap.missing} of {gap.of} feed{'s' if gap.of > 1 else ''} {_which(gap, name)}"
    return f"{feeds} {have} {did}{when}{named}; events{where} may be missing."


def _which(gap: Gap, name: str) -> str:
    if gap.axis == "language":
        return f"in {name}"
    if gap.axis == "topic":
        return f"on {name}"
    return f"for {name}" if gap.code else "bound to no country"


def _missing(feed: Feed, now: datetime) -> _Missing | None:
    if feed.state == "gone":
        return _Missing(feed=feed, cause="failing", last=feed.last_ok_at or feed.gone_at)
    if _unread(feed, now):
        return _Missing(feed=feed, cause="failing", last=feed.last_ok_at)
    if is_silent(feed, now):
        return _Missing(feed=feed, cause="silent", last=feed.last_entry_at)
    return None


def _unread(feed: Feed, now: datetime) -> bool:
    unasked = now - feed.due_at > OVERDUE
    if feed.last_ok_at is None:
        return unasked or feed.state == "failing"
    if not unasked and not last_failed(feed):
        return False
    return now - feed.last_ok_at > min(max(GAPS * timedelta(seconds=feed.gap_s or 0), LEAST), MOST)


def _everywhere(feeds: Sequence[Feed], of: int, now: datetime) -> Gap | None:
    excused = [feed for feed in feeds if is_excused(feed)]
    # While the network is down only a few are asked: the others wait, and count with them.
    out = [feed for feed in feeds if is_excused(feed) or now - feed.due_at > OVERDUE]
    if of < ENOUGH or len(out) < MANY * of:
        return None
    lasts = [feed.last_ok_at if excused else feed.last_poll_at for feed in out]
    last = max((at for at in lasts if at), default=None)
    return Gap(axis="everywhere", code="", missing=len(out), of=of, since=last, cause="network" if excused else "clock")


def _gaps(axis: Named, found: Sequence[_Missing], totals: Mapping[str, int]) -> Iterator[Gap]:
    groups: dict[str, list[_Missing]] = defaultdict(list)
    for item in found:
        groups[_code(axis, item.feed)].append(item)
    for code, group in groups.items():
        of = max(totals.get(code, 0), len(group))
        if len(group) * 2 >= of:
            yield _gap(axis, code, group, of)


def _gap(axis: Axis, code: str, group: Sequence[_Missing], of: int) -> Gap:
    # Those that never answered come first: they were missing from the beginning.
    lasts = sorted((item.last for item in group), key=lambda last: last.timestamp() if last else 0.0)
    causes = {item.cause for item in group}
    first = sorted(group, key=lambda item: (not item.feed.priority, item.feed.feed_id))[:NAMED]
    return Gap(
        axis=axis,
        code=code,
        missing=len(group),
        of=of,
        since=lasts[(of + 1) // 2 - 1],
        cause=causes.pop() if len(causes) == 1 else "both",
        names=tuple(item.feed.title or item.feed.url for item in first),
        priority=any(item.feed.priority for item in group),
    )


def _totals(watched: Mapping[Watched, int], axis: Named) -> Counter[str]:
    totals: Counter[str] = Counter()
    for place, count in watched.items():
        code = place[AXES[axis]] or ""
        totals[_primary(code) if axis == "language" else code] += count
    return totals


def _code(axis: Named, feed: Feed) -> str:
    return {"language": _primary(feed.lang), "topic": feed.subject or ""}.get(axis, feed.country or "")


def _primary(lang: str | None) -> str:
    """Return the language without its region: `en` for `en-GB`."""
    return (lang or "").replace("_", "-").partition("-")[0].lower()


def _gravity(gap: Gap) -> tuple[bool, int, bool, float, int, str, str]:
    rank = [*AXES, "everywhere"].index(gap.axis)
    return not gap.priority, rank, not gap.code, -gap.missing / gap.of, -gap.of, gap.axis, gap.code
