"""How grave an event is, 1 to 5. A fixed rule from its facts, so that everybody can check it by hand.

A strike, by what is known at least (the low bounds; where several hold, the highest):
    5  20 killed, or 100 injured, or 10 children killed
    4  10 killed, or 50 injured, or 3 children killed
    3  3 killed, or 10 injured, or 1 child killed
    2  anybody killed or injured; or a toll known only as "up to"
    1  nobody known to be hurt
Talks, by status:
    4  agreed, collapsed      3  violated, extended      2  scheduled, under way, stalled      1  proposed, unknown
A retracted event is 1.
"""

from service.core.event import Event
from service.core.report import Count

_STEPS = ((5, 20, 100, 10), (4, 10, 50, 3), (3, 3, 10, 1), (2, 1, 1, 1))
_TALKS = {"agreed": 4, "collapsed": 4, "violated": 3, "extended": 3, "scheduled": 2, "under_way": 2, "stalled": 2}


def severity(event: Event) -> int:
    """Return 1 (least) to 5 (gravest)."""
    if event.state == "retracted":
        return 1
    if event.kind == "talks":
        return _TALKS.get(event.status or "", 1)
    killed, injured, children = (_least(count) for count in (event.killed, event.injured, event.children_killed))
    for grade, dead, hurt, young in _STEPS:
        if killed >= dead or injured >= hurt or children >= young:
            return grade
    return 2 if _up_to(event.killed) or _up_to(event.injured) else 1


def _least(count: Count | None) -> int:
    return (count.min or 0) if count else 0


def _up_to(count: Count | None) -> bool:
    return bool(count and count.max)
