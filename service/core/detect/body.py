"""Talks told of further down a long text, beside a strike that made the headline.

A passing mention of old talks is in every war report, so the body has to say that something is going to happen or did:
two different rules have to agree.
"""

from service.core.detect.parleys import BODY_TALKS
from service.core.detect.weigh import Leaf, Weight, weigh
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.text import read

_LIMIT = 5000
_LEAST_RULES = 2


def body_talks(entry: Entry, lexicon: Lexicon) -> Weight | None:
    """Return how sure the body makes us that there is news of talks, or None where it has none."""
    if not entry.content:
        return None
    page = read(entry.content, lexicon, _LIMIT)
    if not page.has("truce", "peace_talks"):
        return None
    weight = weigh(BODY_TALKS, [Leaf("content", page)], softness=1.0)
    return weight if len(weight.cues) >= _LEAST_RULES else None
