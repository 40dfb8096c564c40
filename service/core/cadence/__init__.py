"""When a feed is polled next, how, and what its answers mean for its standing.

A feed is asked about twice as often as it usually publishes: half the median gap between its entries, within the
operator's bounds; as often as the operator allows while it is hot. What the server wishes (Cache-Control, ttl,
skipHours, Retry-After) only ever makes us slower, within reason: a header sent by mistake must not silence a feed for a
month. Failures stretch the gap and never end it: no feed is ever abandoned, because silence is not good news. Jitter is
positive, so that nothing comes before its time.

- decide: all of that put together after one poll
- pace, wishes, standing: the feed's rhythm, the server's wishes, what failures mean
- plain: when to ask without validators; moves: when a redirect is for good
- backlog: which entries are old news; first: how many new feeds are spread; outage: when it is our network
"""

from service.core.cadence.backlog import Split, split
from service.core.cadence.decide import Cadence, Polled, next_poll
from service.core.cadence.first import first_due
from service.core.cadence.moves import Move, is_known, move
from service.core.cadence.outage import GENTLE, PROBE_EVERY, Network, Sighting
from service.core.cadence.pace import HOT, MAX_INTERVAL, MIN_INTERVAL
from service.core.cadence.plain import ask_plainly
from service.core.cadence.standing import FAILING_AFTER

__all__ = [
    "FAILING_AFTER",
    "GENTLE",
    "HOT",
    "MAX_INTERVAL",
    "MIN_INTERVAL",
    "PROBE_EVERY",
    "Cadence",
    "Move",
    "Network",
    "Polled",
    "Sighting",
    "Split",
    "ask_plainly",
    "first_due",
    "is_known",
    "move",
    "next_poll",
    "split",
]
