"""Outlines in pixels: cut to the frame (Sutherland and Hodgman's algorithm), written short, and where a name fits."""

from collections.abc import Iterator, Sequence

from service.adapters.maps.frame import Point

PAD = 3.0
TOLERANCE = 0.9
"""Points nearer to the last than that are left out: nobody sees them."""

FAR = 1e9
SMALLEST = 3
ROW = 9.0
INSET = 8.0


def clipped(ring: Sequence[Point], width: float, height: float) -> list[Point]:
    """Cut a ring to the frame and a little more, so that the cut is not seen."""
    low, right, bottom = -PAD, width + PAD, height + PAD
    if _inside(ring, low, right, bottom):
        return list(ring)
    out = _side(ring, 0, low, above=True)
    out = _side(out, 0, right, above=False)
    out = _side(out, 1, low, above=True)
    return _side(out, 1, bottom, above=False)


def _inside(ring: Sequence[Point], low: float, right: float, bottom: float) -> bool:
    xs, ys = [point[0] for point in ring], [point[1] for point in ring]
    return min(xs) >= low and max(xs) <= right and min(ys) >= low and max(ys) <= bottom


def _side(ring: Sequence[Point], axis: int, edge: float, *, above: bool) -> list[Point]:
    """Keep what is on one side of an edge; `axis` 0 is to the right, 1 is down."""
    out: list[Point] = []
    before = ring[-1] if ring else (0.0, 0.0)
    was_in = (before[axis] >= edge) is above or before[axis] == edge
    for point in ring:
        is_in = (point[axis] >= edge) is above or point[axis] == edge
        if is_in is not was_in:
            out.append(_at(before, point, axis, edge))
        if is_in:
            out.append(point)
        before, was_in = point, is_in
    return out


def _at(a: Point, b: Point, axis: int, edge: float) -> Point:
    """Return where the line from a to b meets the edge."""
    part = (edge - a[axis]) / (b[axis] - a[axis])
    other = a[1 - axis] + (b[1 - axis] - a[1 - axis]) * part
    return (edge, other) if axis == 0 else (other, edge)


def path(ring: Sequence[Point]) -> str:
    """Write a ring as an SVG path in tenths of pixels, relative, without points that nobody sees."""
    kept: list[Point] = []
    last_x = last_y = -FAR
    for x, y in ring:
        if abs(x - last_x) + abs(y - last_y) >= TOLERANCE:
            kept.append((round(x * 10), round(y * 10)))
            last_x, last_y = x, y
    if len(kept) < SMALLEST:
        return ""
    before_x, before_y = kept[0]
    steps = [f"M{before_x} {before_y}l"]
    for x, y in kept[1:]:
        steps.append(f"{x - before_x} {y - before_y} ")
        before_x, before_y = x, y
    return "".join(steps).rstrip() + "z"


def name_places(rings: Sequence[Sequence[Point]], across: float, height: float) -> Sequence[Point]:
    """Return where a name of this width fits into the outline, the widest stretch of land first."""
    wide = [ring for ring in rings if _width(ring) >= across + INSET]
    found: list[tuple[float, Point]] = []
    y = ROW
    while wide and y < height:
        for left, right in _stretches(wide, y):
            if right - left >= across + INSET:
                found.append((right - left, ((left + right) / 2, y)))
        y += ROW
    return [at for _, at in sorted(found, key=lambda item: -item[0])]


def _width(ring: Sequence[Point]) -> float:
    xs = [x for x, _ in ring]
    return max(xs) - min(xs)


def _stretches(rings: Sequence[Sequence[Point]], y: float) -> Iterator[tuple[float, float]]:
    """Yield the stretches of a row that are land."""
    crossings: list[float] = []
    for ring in rings:
        x0, y0 = ring[-1]
        for x1, y1 in ring:
            if (y0 > y) != (y1 > y):
                crossings.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
            x0, y0 = x1, y1
    crossings.sort()
    yield from zip(crossings[::2], crossings[1::2], strict=False)
