"""Several processes on one database: every poll is made once, and no host is asked by two at once."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from service.adapters.store import SqlStore, open_store
from tests.adapters.store import pollers

HOSTS, FEEDS_EACH, POLLS_EACH = 8, 4, 4


def test_processes_on_one_database_never_poll_the_same_or_the_same_host(store_url: str) -> None:
    with open_store(store_url) as store:
        pollers.add(store, hosts=HOSTS, feeds_each=FEEDS_EACH)
        polls = pollers.race(store_url, processes=2, polls_each=POLLS_EACH)
    assert pollers.doubles(polls) == []
    assert Counter(poll.feed_id for poll in polls) == dict.fromkeys(range(1, HOSTS * FEEDS_EACH + 1), POLLS_EACH)


def test_what_turns_hot_or_is_to_be_left_alone_meanwhile_is_not_forgotten(store_url: str) -> None:
    numbers = count()
    with open_store(store_url) as store:
        pollers.add(store, hosts=HOSTS, feeds_each=FEEDS_EACH)
        others = partial(meddle, store, numbers)
        polls = pollers.race(store_url, processes=2, polls_each=POLLS_EACH, meanwhile=others)
    assert pollers.doubles(polls) == []
    assert set(Counter(poll.feed_id for poll in polls).values()) == {POLLS_EACH}


def meddle(store: SqlStore, numbers: Iterator[int]) -> None:
    """Do what others do to feeds while they are polled."""
    number, now = next(numbers), datetime.now(UTC)
    with store.write() as tx:
        tx.feeds.heat([number % (HOSTS * FEEDS_EACH) + 1], until=now + timedelta(minutes=1))
        tx.feeds.keep_away(
            f"https://host{number % HOSTS}.example/", until=now + timedelta(milliseconds=5), reason="429"
        )
