"""Silence is not good news: where feeds fail, say so above what is shown."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.words import country
from service.core.feed import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The place where most feeds fail. `place` is empty where feeds are bound to no country; `others` counts more."""

    place: str
    failing: int
    of: int
    since: datetime | None
    others: int


def gap(feeds: Sequence[Feed]) -> Gap | None:
    """Return the worst gap, or None if every feed that is polled works."""
    by_country: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        if feed.state != "muted":
            by_country[feed.country or ""].append(feed)
    thin = {code: group for code, group in by_country.items() if any(feed.state == "failing" for feed in group)}
    if not thin:
        return None
    code = max(thin, key=lambda code: (_share(thin[code]), len(thin[code]), code))
    failing = [feed for feed in thin[code] if feed.state == "failing"]
    good = [feed.last_ok_at for feed in failing if feed.last_ok_at]
    return Gap(
        place=country(code) if code else "",
        failing=len(failing),
        of=len(thin[code]),
        since=min(good) if good else None,
        others=len(thin) - 1,
    )


def _share(group: Sequence[Feed]) -> float:
    return sum(feed.state == "failing" for feed in group) / len(group)
