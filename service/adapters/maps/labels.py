"""Where words go on a map: beside their place, over nothing else, and rather not at all than on top of one another."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from service.adapters.maps.frame import Point

Anchor = Literal["start", "end", "middle"]
WIDE = {"bold": 0.69, "plain": 0.6, "spaced": 0.72}
"""How wide a letter of DejaVu Sans is on average, in parts of the font's size; on the safe side."""
SPACING = 1.5
EDGE = 3.0


class Area(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Area") -> bool:
        """Say whether they overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def within(self, other: "Area") -> bool:
        """Say whether all of it is inside the other."""
        across = self.left >= other.left and self.right <= other.right
        return across and self.top >= other.top and self.bottom <= other.bottom


class Placed(NamedTuple):
    """Where a word starts, ends or has its middle, on its base line."""

    x: float
    y: float
    anchor: Anchor


def text_width(text: str, size: float, weight: str) -> float:
    """Return about how many pixels a word takes."""
    return len(text) * (size * WIDE[weight] + (SPACING if weight == "spaced" else 0))


@dataclass(slots=True)
class Board:
    """What is taken of a map of this size."""

    width: int
    height: int
    taken: list[Area] = field(default_factory=list)

    def dot(self, at: Point, radius: float) -> None:
        """Keep the place of a mark free of words."""
        x, y = at
        self.taken.append(Area(x - radius, y - radius, x + radius, y + radius))

    def beside(self, at: Point, text: str, *, size: float, gap: float, weight: str) -> Placed | None:
        """Find room for a word beside its mark: right, left, above, below. None where there is none."""
        (x, y), across, up = at, text_width(text, size, weight), size * 0.36
        places = (
            Placed(x + gap, y + up, "start"),
            Placed(x - gap, y + up, "end"),
            Placed(x + gap * 0.7, y - gap * 0.8, "start"),
            Placed(x + gap * 0.7, y + gap * 0.8 + size * 0.7, "start"),
            Placed(x - gap * 0.7, y - gap * 0.8, "end"),
            Placed(x - gap * 0.7, y + gap * 0.8 + size * 0.7, "end"),
            Placed(x, y - gap, "middle"),
            Placed(x, y + gap + size * 0.7, "middle"),
        )
        return self.first(places, across, size)

    def first(self, places: Iterable[Placed], across: float, size: float) -> Placed | None:
        """Take the first of these places at which a word of this width has room."""
        for place in places:
            left = place.x - {"start": 0.0, "middle": across / 2, "end": across}[place.anchor]
            area = Area(left, place.y - size * 0.85, left + across, place.y + size * 0.3)
            inside = area.within(Area(EDGE, EDGE, self.width - EDGE, self.height - EDGE))
            if inside and not any(area.meets(other) for other in self.taken):
                self.taken.append(area)
                return place
        return None
