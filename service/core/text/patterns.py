"""Patterns over tags: `weapon ..6 harm` is a unit on the list `weapon`, at most six others, then one on `harm`.

`a|b` is either list. All of a pattern stands in one sentence. From each possible beginning the nearest continuation is
taken and never reconsidered, so that a search costs at most its beginnings times its gaps, whatever the text.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from service.core.text.tags import Page


class Step(NamedTuple):
    """A unit on any of `tags`, at most `gap` others after the one before."""

    tags: tuple[str, ...]
    gap: int


Pattern = tuple[Step, ...]


class Hit(NamedTuple):
    """Where a pattern matched: positions of the units of its steps, in order."""

    at: tuple[int, ...]

    @property
    def first(self) -> int:
        """The position of the first unit."""
        return self.at[0]

    @property
    def last(self) -> int:
        """The position of the last unit."""
        return self.at[-1]


@lru_cache(maxsize=1024)
def pattern(source: str) -> Pattern:
    """Read a pattern. Steps without a `..n` between them stand side by side."""
    steps, gap = [], 0
    for part in source.split():
        if part.startswith(".."):
            gap = int(part[2:])
        else:
            steps.append(Step(tuple(part.split("|")), gap))
            gap = 0
    return tuple(steps)


def hits(wanted: Pattern, page: Page) -> Iterator[Hit]:
    """Yield every place the pattern matches from, in order of the text for each tag of its first step."""
    there = page.by_tag.keys()
    for step in wanted:
        if there.isdisjoint(step.tags):
            return
    for tag in wanted[0].tags:
        for first in page.by_tag.get(tag, ()):
            hit = _follow(wanted, page, first)
            if hit:
                yield hit


def _follow(wanted: Pattern, page: Page, first: int) -> Hit | None:
    units, at = page.units, [first]
    for step in wanted[1:]:
        here = at[-1]
        for there in range(here + 1, min(here + step.gap + 2, len(units))):
            if units[there].sentence != units[first].sentence:
                return None
            if not units[there].tags.isdisjoint(step.tags):
                at.append(there)
                break
        else:
            return None
    return Hit(tuple(at))
