"""Alerts by day as bars: the edited rule's filled, the saved one's dashed where it differs.

X is in percent and Y in pixels, so that a chart fills any width and its figures keep their size.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from service.pipeline.preview import Preview

HEIGHT, BASE, TOP = 112, 92, 18
DAY = timedelta(days=1)
_MOST_BARS, _FEW = 31, 10
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day, or one week of a long stretch. `saved` is None where both rules alert as often."""

    day: str
    label: str
    count: int
    saved: int | None
    middle: float
    now: tuple[float, float, float, float]
    old: tuple[float, float, float, float]
    value: str
    value_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All bars, the oldest first. `step` is day or week."""

    bars: Sequence[Bar]
    step: str
    a_day: str
    height: int = HEIGHT
    base: int = BASE


def chart_of(said: Preview) -> Chart | None:
    """Return the alerts of a preview by day, in UTC; None where neither rule sends any."""
    days = max(1, round((said.now - said.since) / DAY))
    step = 1 if days <= _MOST_BARS else _WEEK
    count = -(-days // step)
    edited = _by_step(said.edited.alerts.values(), said.now, step)
    saved = _by_step(said.saved.alerts.values(), said.now, step) if said.saved else edited
    most = max([*edited.values(), *saved.values()], default=0)
    if not most:
        return None
    slots = _Slots(bars=count, most=most)
    bars = [
        _bar(slots, at, (edited[count - 1 - at], saved[count - 1 - at]), said.now - DAY * step * (count - 1 - at))
        for at in range(count)
    ]
    rate = len(said.edited.alerts) / days
    words = f"about {rate:.0f} alerts a day" if rate >= 1 else f"about {max(1, round(rate * _WEEK))} a week"
    return Chart(bars=bars, step="day" if step == 1 else "week", a_day=words if said.edited.alerts else "no alerts")


def _by_step(times: Iterable[datetime], now: datetime, step: int) -> Counter[int]:
    """Count by how many days or weeks ago it was."""
    return Counter((now.date() - at.date()).days // step for at in times)


class _Slots(NamedTuple):
    """How many bars there are, and how much the highest stands for."""

    bars: int
    most: int


def _bar(slots: _Slots, at: int, counts: tuple[int, int], day: datetime) -> Bar:
    (count, most), (edited, saved) = slots, counts
    slot, unit = 100 / count, (BASE - TOP) / most
    left, high, before = slot * at, unit * edited, unit * saved
    labelled = count <= _FEW or (count - 1 - at) % 5 == 0
    shown = bool(edited or saved) and (count <= _FEW or max(edited, saved) == most)
    return Bar(
        day=f"{day.day} {day:%b}",
        label=str(day.day) if labelled else "",
        count=edited,
        saved=saved if saved != edited else None,
        middle=round(left + slot / 2, 2),
        now=(round(left + slot * 0.18, 2), round(BASE - high, 1), round(slot * 0.64, 2), round(high, 1)),
        old=(round(left + slot * 0.12, 2), round(BASE - before, 1), round(slot * 0.76, 2), round(before, 1)),
        value=str(edited) if shown else "",
        value_y=round(BASE - max(high, before) - 4, 1),
    )
