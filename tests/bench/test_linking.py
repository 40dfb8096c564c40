"""What linking costs and finds: reports a second, the slowest of twenty, and the labelled days where they are at hand.

The stories of `tests/data/linking` are told over and over, each round a fortnight later, so that live events stay as
many as news brings while what is stored grows. `make bench` prints the figures.
"""

import time
from dataclasses import replace
from datetime import timedelta
from statistics import quantiles

import pytest

from tests.core.test_link_hard import items
from tests.linkdesk import Desk

pytestmark = pytest.mark.bench

ROUNDS = 5


def test_reports_a_second() -> None:
    desk = Desk()
    took = []
    for tour in range(ROUNDS):
        later = timedelta(days=14 * tour)
        for one in items():
            at = one.entry.told_at + later
            entry = replace(one.entry, entry_id=one.entry.entry_id + 1000 * tour, published=at, first_seen=at)
            report = replace(one.report, occurred=None) if one.report.occurred else one.report
            started = time.process_time()
            desk.tell(entry, report, one.lang)
            took.append(time.process_time() - started)
    rate, p95 = len(took) / sum(took), 1000 * quantiles(took, n=20)[-1]
    print(f"\nlink and develop: {rate:,.0f} reports/s of one processor, p95 {p95:.1f} ms, {len(desk.events)} events")  # noqa: T201  the result
