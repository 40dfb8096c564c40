"""Two processes on one PostgreSQL: what they get done, and that they never poll the same feed or host at once."""

import time
from collections import Counter

import pytest

from service.adapters.store import open_store
from tests.adapters.store import pollers

pytestmark = pytest.mark.bench

HOSTS, FEEDS_EACH, POLLS_EACH = 800, 2, 7  # more than 10,000 polls
PROCESSES = 2


def test_claims(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        pollers.add(store, hosts=HOSTS, feeds_each=FEEDS_EACH)
    start = time.perf_counter()
    polls = pollers.race(postgres_url, processes=PROCESSES, polls_each=POLLS_EACH)
    seconds = time.perf_counter() - start
    doubles, counts = pollers.doubles(polls), Counter(poll.feed_id for poll in polls)
    rate = f"{len(polls) / seconds:,.0f} polls/s claimed and written back"
    print(f"\nclaims: {PROCESSES} processes, {len(polls):,} polls, {len(doubles)} of them double; {rate}")  # noqa: T201
    print("claims: of these, each process made", *pollers.tally(polls))  # noqa: T201  the result
    assert doubles == []
    assert counts == dict.fromkeys(range(1, HOSTS * FEEDS_EACH + 1), POLLS_EACH)
