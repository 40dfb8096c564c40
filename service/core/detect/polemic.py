"""Whether an outlet argues rather than tells: opinion that neither its address nor a rubric calls so.

Words of judgement, counted where the outlet itself speaks: what stands between quotation marks is somebody else's.
"""

import re
from collections.abc import Iterator, Sequence

from service.core.detect.weigh import Leaf
from service.core.text import Page

_QUOTES = re.compile(r"[\"“”«»„]")
_ENOUGH = 2
_ARGUED, _HINTED = 0.5, 0.3


def polemic(leaves: Sequence[Leaf]) -> float:
    """Return how much a text's judgements speak against its being news, 0 to 1.

    Two words of judgement argue. One in a title that reports nobody's words is a hint.
    """
    title = leaves[0].page
    found = {word for leaf in leaves for word in _own_words(leaf.page)}
    if len(found) >= _ENOUGH:
        return _ARGUED
    return _HINTED if found and not title.has("say", "report_word") and any(_own_words(title)) else 0.0


def _own_words(page: Page) -> Iterator[str]:
    for at in page.by_tag.get("polemic", ()):
        unit = page.units[at]
        if len(_QUOTES.findall(page.text, 0, unit.start)) % 2 == 0:
            yield unit.norm
