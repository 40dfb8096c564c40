"""What part of the world a map shows, in the Mercator projection fitted to so many pixels."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from service.adapters.maps.mercator import FURTHEST, Box, latitude, mercator
from service.ports.world import Pin

SPANS_KM = {"city": 560.0, "region": 900.0, "country": 1600.0}
KM_PER_DEGREE = 111.32
MARGIN = 0.16
WIDEST, TALLEST = 1.8, 1.18
"""Bounds of width to height."""


Point = tuple[float, float]
"""Pixels from the upper left corner, to the right and down. A plain tuple: a map has ten thousands of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A rectangle on Mercator's map, `west` to `east` and `north` to `south` in its degrees, `width` pixels wide."""

    west: float
    north: float
    east: float
    south: float
    width: int

    @property
    def scale(self) -> float:
        """Pixels to a degree of longitude."""
        return self.width / (self.east - self.west)

    @property
    def height(self) -> int:
        """In pixels."""
        return round((self.north - self.south) * self.scale)

    def __call__(self, lon: float, lat: float) -> Point:
        """Return where a place is."""
        return (lon - self.west) * self.scale, (self.north - mercator(lat)) * self.scale

    def pixels(self, ring: "array[float]") -> list[Point]:
        """Return where the points of a ring are, the last of which is its first again."""
        west, north, scale = self.west, self.north, self.scale
        return [((x - west) * scale, (north - y) * scale) for x, y in zip(ring[:-2:2], ring[1:-2:2], strict=True)]

    def meets(self, box: Box) -> bool:
        """Say whether something of it may be in the frame."""
        across = box.west < self.east and box.east > self.west
        return across and box.south < self.north and box.north > self.south

    def degrees(self) -> tuple[float, float, float, float]:
        """Return the frame as west, south, east and north in degrees."""
        return self.west, latitude(self.south), self.east, latitude(self.north)

    def km(self, km: float, lat: float) -> float:
        """Return how many pixels that is at this latitude."""
        return km / KM_PER_DEGREE / math.cos(math.radians(lat)) * self.scale


def frame_for(pins: Sequence[Pin], *, country: Box | None, width: int) -> Frame:
    """Choose the part of the world that shows these pins, and enough around them to tell where that is.

    `country` is the country of a single pin whose place is not known more exactly than that.
    """
    if country is not None:
        top = mercator(FURTHEST)
        box = country._replace(south=max(country.south, -top), north=min(country.north, top))
    else:
        xs, ys = [pin.place.lon for pin in pins], [mercator(pin.place.lat) for pin in pins]
        box = Box(min(xs), min(ys), max(xs), max(ys))
    least = max(_degrees(pin) for pin in pins)
    x, y = (box.west + box.east) / 2, (box.south + box.north) / 2
    across = max((box.east - box.west) * (1 + 2 * MARGIN), least)
    down = max((box.north - box.south) * (1 + 2 * MARGIN), least / WIDEST)
    across, down = max(across, down * TALLEST), max(down, across / WIDEST)
    return _within(x, y, min(across, 360.0), down, width)


def _degrees(pin: Pin) -> float:
    """Return the least that is to be seen around a pin."""
    lat = max(min(pin.place.lat, FURTHEST), -FURTHEST)
    return SPANS_KM[pin.place.precision] / KM_PER_DEGREE / math.cos(math.radians(lat))


def _within(x: float, y: float, across: float, down: float, width: int) -> Frame:
    """Keep the frame on the map: it ends at the date line and short of the poles."""
    top = mercator(FURTHEST)
    down = min(down, 2 * top)
    x = max(min(x, 180.0 - across / 2), -180.0 + across / 2)
    y = max(min(y, top - down / 2), -top + down / 2)
    return Frame(west=x - across / 2, east=x + across / 2, north=y + down / 2, south=y - down / 2, width=width)
