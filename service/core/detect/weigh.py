"""Which rules of the grammar fired on an entry, and how sure they make us together."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from service.core.detect.rules import Rule
from service.core.report import Cue, Field
from service.core.text import Page, Pattern, hits

# A lead repeats and explains; what only the lead says is a little less likely to be the news.
_LEAD = 0.85
# As far into a title as a rubric reaches.
_RUBRIC = 60


class Leaf(NamedTuple):
    """A field of the entry that was read."""

    where: Field
    page: Page


class Doubt(NamedTuple):
    """A reason not to believe it is news: `weight` 0 to 1 is how much."""

    reason: str
    weight: float


class Weight(NamedTuple):
    """How sure we are that the entry speaks of a kind, 0 to 1, and what made us so, strongest first."""

    sure: float
    cues: tuple[Cue, ...]


def weigh(rules: Sequence[Rule], leaves: Sequence[Leaf], *, softness: float) -> Weight:
    """Weigh each rule once, where it counts most; independent hints add up as chances do.

    `softness` is what is left of a soft rule's weight, 0 to 1: little where the text is about something else.
    """
    fired = fired_of(rules, leaves, softness=softness)
    return Weight(together([weight for weight, _ in fired]), tuple(cue for _, cue in fired))


def fired_of(rules: Sequence[Rule], leaves: Sequence[Leaf], *, softness: float) -> list[tuple[float, Cue]]:
    """Return the rules that fired with what each weighs, the heaviest first. See `weigh`."""
    fired: list[tuple[float, Cue]] = []
    for rule in rules:
        factor = softness if rule.soft else 1.0
        hit = _first(rule, leaves) if factor else None
        if hit:
            fired.append((hit[0] * factor, hit[1]))
    fired.sort(key=lambda item: -item[0])
    return fired


def together(weights: Sequence[float]) -> float:
    """Return how sure weights make us together, the heaviest first, 0 to 1."""
    doubt = 1.0
    for number, weight in enumerate(weights):
        # Rules overlap: the second and third of them say much the same as the first.
        doubt *= 1 - weight / (1 + 0.5 * number)
    return 1 - doubt


def _first(rule: Rule, leaves: Sequence[Leaf]) -> tuple[float, Cue] | None:
    for leaf in leaves:
        hit = next(hits(rule.pattern, leaf.page), None)
        if hit:
            start, end = leaf.page.units[hit.first].start, leaf.page.units[hit.last].end
            return rule.weight * (1.0 if leaf.where == "title" else _LEAD), Cue(rule.name, leaf.where, start, end)
    return None


def found(patterns: Iterable[Pattern], page: Page) -> bool:
    """Say whether any of the patterns occurs."""
    return any(next(hits(each, page), None) for each in patterns)


def parted(page: Page) -> Page:
    """Return a title with a sentence's end behind its rubric: in "Gaza war live: …" nobody talks with anybody yet."""
    colon = page.text.find(": ", 0, _RUBRIC)
    behind = next((at for at, unit in enumerate(page.units) if unit.start > colon), 0) if colon > 0 else 0
    if not any("live" in unit.tags for unit in page.units[:behind]):
        return page
    units = [unit._replace(sentence=unit.sentence + (at >= behind)) for at, unit in enumerate(page.units)]
    return page._replace(units=units)


def void(page: Page, tags: Collection[str], positions: Collection[int]) -> Page:
    """Return the page without these tags at these positions."""
    index = dict(page.by_tag)
    for tag in tags:
        left = [at for at in index.get(tag, ()) if at not in positions]
        if left:
            index[tag] = left
        else:
            index.pop(tag, None)
    units = list(page.units)
    for at in positions:
        units[at] = units[at]._replace(tags=units[at].tags.difference(tags))
    return page._replace(units=units, by_tag=index)
