"""Mercator's projection, in which a map of a small part of the world looks right and north is up everywhere."""

import math
from typing import NamedTuple

FURTHEST = 78.0
"""Degrees north and south that maps show: towards the poles Mercator's map never ends."""

NEAREST_TO_POLE = 85.0


class Box(NamedTuple):
    """A rectangle in Mercator's degrees: longitudes from west to east, `south` and `north` as `mercator` gives them."""

    west: float
    south: float
    east: float
    north: float


def mercator(lat: float) -> float:
    """Return a latitude in Mercator's degrees, of which one is as long as one of longitude everywhere."""
    lat = max(min(lat, NEAREST_TO_POLE), -NEAREST_TO_POLE)
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


def latitude(y: float) -> float:
    """Return the latitude for Mercator's degrees."""
    return math.degrees(2 * math.atan(math.exp(math.radians(y))) - math.pi / 2)
