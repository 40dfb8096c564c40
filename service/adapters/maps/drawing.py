"""A map as SVG: sea, land, the countries concerned in white, their names, what happened where, and a few towns.

A circle is a strike, a diamond talks: never colour alone. A place known only as a region is a dashed circle without a
dot, one known only as a country the country itself: a dot would claim to know more than was reported.

Borders are drawn without smoothing. Nobody sees the difference at twice the pixels, and the picture needs a third of
the bytes, which is what lets it travel in a mail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from service.adapters.maps.atlas import Country
from service.adapters.maps.frame import Frame, Point
from service.adapters.maps.labels import Board, Placed, text_width
from service.adapters.maps.outline import clipped, name_places, path
from service.core.report import Place
from service.ports.world import Pin

STYLE = (
    "path{stroke-linejoin:round;stroke-width:8}text{font-family:'DejaVu Sans',sans-serif}"
    ".sea{fill:#dfe8ee}.land{fill:#f7f5f0;stroke:#bdb8ae}.focus{fill:#fff;stroke:#8d877b}"
    ".country{fill:#857f75}.town{fill:#5b564d}.place{fill:#1d1b18;font-weight:700}"
    ".halo{paint-order:stroke;stroke:#fff;stroke-width:3.5}"
    ".strike{fill:#b3261e;stroke:#b3261e}.talks{fill:#0b6b63;stroke:#0b6b63}.pin{stroke:#fff;stroke-width:1.5}"
    ".area{fill-opacity:.13;stroke-width:1.5;stroke-dasharray:4 3}"
    ".edge{fill:none;stroke:#d8d2c6;stroke-width:1}"
)
SIZES = {"place": 15.5, "town": 14.0, "country": 13.5}
LEAST_PIXELS = 6.0
RADIUS, LARGER, WIDE = 6.0, 8.0, 11.0
REGION_KM, CITY_KM = 60.0, 12.0
MAX_TOWNS = 6
Piece = tuple[Country, Sequence[Sequence[Point]]]
"""A country and what is to be seen of it, in pixels."""

MAX_NAMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What goes into a map. `homes` are the countries of the pins, in their order."""

    frame: Frame
    countries: Sequence[Country]
    pins: Sequence[Pin]
    homes: Sequence[Country | None]
    towns: Sequence[Place] = ()

    def svg(self) -> str:
        """Return the map as a picture of its own."""
        width, height = self.frame.width, self.frame.height
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><style>{STYLE}</style>'
        return f'{head}{self._drawn()}<path class="edge" d="M.5.5h{width - 1}v{height - 1}H.5z"/></svg>'

    def inline(self, alt: str) -> str:
        """Return the map as a part of a page, whose style sheet colours it; `alt` says the same in words."""
        box = f"0 0 {self.frame.width} {self.frame.height}"
        return f'<svg class="map" viewBox="{box}" role="img" aria-label="{escape(alt)}">{self._drawn()}</svg>'

    def _drawn(self) -> str:
        width, height = self.frame.width, self.frame.height
        board = Board(width, height)
        for pin in self.pins:
            if pin.place.precision != "country":
                board.dot(self._at(pin), self._region(pin) if pin.place.precision == "region" else RADIUS + 3)
        pieces = [(country, rings) for country in self.countries if (rings := list(self._rings(country)))]
        marks, labels = "".join(map(self._mark, self.pins)), "".join(self._labels(board, pieces))
        return "".join(
            (
                f'<path class="sea" d="M0 0h{width}v{height}H0z"/>',
                f'<g transform="scale(.1)" shape-rendering="crispEdges">{"".join(self._land(pieces))}</g>',
                labels,
                marks,
            )
        )

    def _at(self, pin: Pin) -> Point:
        return self.frame(pin.place.lon, pin.place.lat)

    def _focus(self, country: Country) -> bool:
        return any(country is home for home in self.homes)

    def _land(self, pieces: Sequence[Piece]) -> Iterator[str]:
        for kind, focus in (("land", False), ("focus", True)):
            outlines = [path(ring) for country, rings in pieces if self._focus(country) is focus for ring in rings]
            yield f'<path class="{kind}" d="{"".join(outlines)}"/>' if any(outlines) else ""

    def _rings(self, country: Country) -> Iterator[list[Point]]:
        """Yield the outlines that are in the frame and large enough to be seen, in pixels."""
        for shape in country.shapes:
            box, scale = shape.box, self.frame.scale
            pixels = (box.east - box.west) * (box.north - box.south) * scale * scale
            if self.frame.meets(box) and pixels >= LEAST_PIXELS:
                for ring in shape.rings:
                    if cut := clipped(self.frame.pixels(ring), self.frame.width, self.frame.height):
                        yield cut

    def _region(self, pin: Pin) -> float:
        """Return how many pixels around its middle a region is drawn."""
        return max(self.frame.km(REGION_KM, pin.place.lat), WIDE)

    def _mark(self, pin: Pin) -> str:
        at, exact = self._at(pin), pin.place.precision == "city"
        if pin.place.precision == "country":
            return ""
        if not exact:
            return _circle(f"{pin.kind} area", at, self._region(pin))
        around = self.frame.km(CITY_KM, pin.place.lat)
        ring = _circle(f"{pin.kind} area", at, around) if around > WIDE else ""
        radius = LARGER if pin.count > 1 else RADIUS
        if pin.kind == "talks":
            r = radius + 1
            shape = f"M{at[0]:.1f} {at[1] - r:.1f}l{r} {r}l-{r} {r}l-{r}-{r}z"
            return f'{ring}<path class="talks pin" d="{shape}"/>'
        return ring + _circle("strike pin", at, radius)

    def _labels(self, board: Board, pieces: Sequence[Piece]) -> Iterator[str]:
        pins = sorted(zip(self.pins, self.homes, strict=True), key=lambda item: -item[0].count)
        for pin, home in pins:
            words = f"{pin.place.name} {pin.count}" if pin.count > 1 else pin.place.name
            rings = next((rings for country, rings in pieces if country is home), ())
            yield _text("place halo", words, self._beside(pin, rings, words, board), SIZES["place"])
        yield from self._country_names(board, pieces)
        for town in self.towns[:MAX_TOWNS]:
            at, size = self.frame(town.lon, town.lat), SIZES["town"]
            placed = board.beside(at, town.name, size=size, gap=6, weight="plain")
            if placed:
                board.dot(at, 3)
                yield _circle("town", at, 2) + _text("town halo", town.name, placed, size)

    def _beside(self, pin: Pin, home: Sequence[Sequence[Point]], words: str, board: Board) -> Placed | None:
        """Find room for a pin's name: within its country where no more is known, else beside its mark."""
        size, at, gap = SIZES["place"], self._at(pin), RADIUS + 6
        if pin.place.precision == "country":
            across, gap = text_width(words, size, "bold"), 0
            if placed := board.first(self._within(home, across), across, size):
                return placed
        if pin.place.precision == "region":
            gap = self._region(pin) + 4
        return board.beside(at, words, size=size, gap=gap, weight="bold")

    def _within(self, rings: Sequence[Sequence[Point]], across: float) -> Sequence[Placed]:
        """Return where a name of this width fits into an outline."""
        return [Placed(x, y, "middle") for x, y in name_places(rings, across, self.frame.height)]

    def _country_names(self, board: Board, pieces: Sequence[Piece]) -> Iterator[str]:
        """Name the countries concerned first, then those with the most room. Who is named already is not again."""
        size, found = SIZES["country"], []
        named = [home for pin, home in zip(self.pins, self.homes, strict=True) if pin.place.precision == "country"]
        for country, rings in pieces:
            if country.name and not any(country is other for other in named):
                places = self._within(rings, text_width(country.name, size, "spaced"))
                found.append((not self._focus(country), -len(places), country.name.upper(), places))
        for _, _, name, places in sorted(found, key=lambda item: item[:3])[:MAX_NAMES]:
            placed = board.first(places, text_width(name, size, "spaced"), size)
            yield _text("country", name, placed, size)


def _circle(kind: str, at: Point, radius: float) -> str:
    return f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}"/>'


def _text(kind: str, words: str, placed: Placed | None, size: float) -> str:
    if placed is None:
        return ""
    spaced = ' letter-spacing="1.5"' if kind == "country" else ""
    return (
        f'<text class="{kind}" x="{placed.x:.0f}" y="{placed.y:.0f}" font-size="{size}" '
        f'text-anchor="{placed.anchor}"{spaced}>{escape(words)}</text>'
    )
