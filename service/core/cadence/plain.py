"""When to ask without validators: once in a feed's life, and where they may be stuck.

Some servers answer 304 for ever. A feed that is long overdue is asked once for its whole document, as if we had
nothing. One that gave its document whole within the day, whatever we sent, has shown that it is not stuck.
"""

from datetime import datetime, timedelta

from service.core.feed import Feed

DAY = timedelta(hours=24)
GAPS = 4


def ask_plainly(feed: Feed, now: datetime) -> str:
    """Return why the next request should go without the validators we have, empty where it should not."""
    if not feed.etag and not feed.last_modified:
        return ""
    if feed.plain_at is not None and now - feed.plain_at < DAY:
        return ""
    patience = max(DAY, timedelta(seconds=min((feed.gap_s or 0) * GAPS, DAY.total_seconds() * 30)))
    last = feed.last_entry_at or feed.plain_at
    if last is not None and now - last < patience:
        return ""
    return "nothing new for long: asked for the whole document, in case the validators are stuck"
