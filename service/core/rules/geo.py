"""within(lat, lon, km) and bbox(south, west, north, east): how they read and what lies in them. Degrees are WGS 84."""

import math
import re

from service.core.errors import BadRule
from service.core.report import Place
from service.core.rules.scan import Token
from service.core.rules.syntax import Box, Within

EARTH_KM = 6371.0088  # mean radius, IUGG
MAX_KM = 20_037.0
_NUMBER = re.compile(r"[+-]?\d{1,5}(\.\d{1,9})?")
_SHAPES = {
    "within": (("lat", "lon", "km"), "within(50.45, 30.52, 60km)"),
    "bbox": (("south", "west", "north", "east"), "bbox(11.0, 41.0, 20.0, 46.0)"),
}
_LIMITS = {"lat": 90, "south": 90, "north": 90, "lon": 180, "west": 180, "east": 180}


def read_geo(token: Token) -> Within | Box:
    """Read what stands in the brackets. Raises BadRule E114."""
    names, sample = _SHAPES[token.text]
    parts = token.extra.split(",")
    if len(parts) != len(names):
        message = f"{token.text}() takes {len(names)} numbers: {', '.join(names)}"
        raise BadRule(message, hint=f"as in {sample}", code="E114", column=token.at + 1)
    at = token.end - 1 - len(token.extra)
    values = []
    for name, part in zip(names, parts, strict=True):
        values.append(_number(name, part, at, sample))
        at += len(part) + 1
    if token.text == "within":
        return Within(lat=values[0], lon=values[1], km=values[2], at=token.at)
    if values[0] > values[2]:
        hint = "the order is south, west, north, east"
        raise BadRule("south is north of north", hint=hint, code="E114", column=token.at + 1)
    return Box(south=values[0], west=values[1], north=values[2], east=values[3], at=token.at)


def _number(name: str, part: str, at: int, sample: str) -> float:
    column = at + len(part) - len(part.lstrip()) + 1
    text = part.strip()
    if name == "km":
        text = text.removesuffix("km").rstrip()
    if not _NUMBER.fullmatch(text):
        raise BadRule(f"{part.strip()!r} is no {name}", hint=f"as in {sample}", code="E114", column=column)
    value = float(text) + 0.0  # -0 and 0 are one place
    if name == "km" and not 0 < value <= MAX_KM:
        raise BadRule(f"{text} km is no distance", hint="more than 0, at most 20037", code="E114", column=column)
    if name in _LIMITS and abs(value) > _LIMITS[name]:
        hint = f"{name} is -{_LIMITS[name]} to {_LIMITS[name]}"
        raise BadRule(f"{text} is no {name}", hint=hint, code="E114", column=column)
    return value


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance by the haversine formula."""
    north, south = math.radians(lat1), math.radians(lat2)
    half = math.sin((south - north) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def inside(place: Place, box: Box) -> bool:
    """Say whether the place lies in the box, borders included."""
    if not box.south <= place.lat <= box.north:
        return False
    if box.west <= box.east:
        return box.west <= place.lon <= box.east
    return place.lon >= box.west or place.lon <= box.east
