"""When feeds that were just added are polled first."""

from datetime import datetime, timedelta

AT_ONCE = 50
EVERY = timedelta(milliseconds=100)


def first_due(nth: int, now: datetime) -> datetime:
    """Return when the n-th of many (0 is the first) is due: some at once, the rest ten a second. No burst at start."""
    return now + EVERY * max(0, nth - AT_ONCE + 1)
