"""From pins to a picture: a PNG small enough for a mail, the same bytes for the same pins, drawn once."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeVar

import resvg_py

from service.adapters.maps.atlas import Country, country_at, read_atlas
from service.adapters.maps.drawing import Drawing
from service.adapters.maps.frame import Frame, frame_for
from service.core.errors import BadConfig
from service.core.report import Place
from service.ports.world import Picture, Pin

log = logging.getLogger(__name__)

FONTS = [str(Path(__file__).with_name("fonts") / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
WIDTH = 536
DENSITIES = (2.0, 1.5, 1.25, 1.0)
MAX_BYTES = 45_000
"""A third more in a mail, where the text is to have room too."""

MAX_PINS = 60
REMEMBERED = 64

T = TypeVar("T")
Degrees = tuple[float, float, float, float]
Towns = Callable[[Degrees, int], Sequence[Place]]
"""Returns so many of the largest towns between west, south, east and north."""


def no_towns(_box: Degrees, _limit: int) -> Sequence[Place]:
    """Know of no towns."""
    return ()


class Cartographer:
    """Draws maps. Keeps the promises of `ports.world.Cartographer`.

    Args:
        atlas: the TopoJSON file of borders; read when the first map is asked for.
        towns: what to name around a single place, for those who do not know where it is.
    """

    def __init__(self, atlas: Path, *, towns: Towns = no_towns) -> None:
        self._file = atlas
        self._towns = towns
        self._known: OrderedDict[tuple[int, tuple[Pin, ...]], Picture | None] = OrderedDict()
        self._pages: OrderedDict[tuple[tuple[Pin, ...], str], str] = OrderedDict()
        self._lock = Lock()
        self._broken = False

    @cached_property
    def countries(self) -> Sequence[Country]:
        """The borders. Raises BadConfig if the file is no good."""
        return read_atlas(self._file)

    def draw(self, pins: Sequence[Pin], *, max_bytes: int = MAX_BYTES) -> Picture | None:
        """Return the map; None for no pins, and where there are no borders to draw, which is logged once."""
        shown = tuple(sorted(set(pins), key=_order)[:MAX_PINS])
        if not shown or self._broken:
            return None
        key = (max_bytes, shown)
        with self._lock:  # one at a time: the second to ask for a map waits for the first one's
            if key not in self._known:
                self._known[key] = self._drawn(shown, max_bytes)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def inline(self, pins: Sequence[Pin], alt: str) -> str:
        """Return the map as SVG for a page; empty where `draw` would give none."""
        shown = tuple(sorted(set(pins), key=_order)[:MAX_PINS])
        if not shown or self._broken:
            return ""
        with self._lock:
            if (shown, alt) not in self._pages:
                self._pages[shown, alt] = self._or_none(shown, lambda: self._drawing(shown).inline(alt)) or ""
                while len(self._pages) > REMEMBERED:
                    self._pages.popitem(last=False)
            self._pages.move_to_end((shown, alt))
            return self._pages[shown, alt]

    def svg(self, pins: Sequence[Pin]) -> tuple[str, Frame]:
        """Return the map as SVG and what it shows. Raises BadConfig."""
        drawing = self._drawing(pins)
        return drawing.svg(), drawing.frame

    def _drawing(self, pins: Sequence[Pin]) -> Drawing:
        homes = [country_at(self.countries, pin.place.lon, pin.place.lat) for pin in pins]
        home = homes[0] if len(pins) == 1 else None
        whole = home.box if home and pins[0].place.precision == "country" else None
        frame = frame_for(pins, country=whole, width=WIDTH)
        towns = self._around(frame, pins) if len({pin.place for pin in pins}) == 1 and whole is None else ()
        return Drawing(frame=frame, countries=self.countries, pins=pins, homes=homes, towns=towns)

    def _drawn(self, pins: Sequence[Pin], max_bytes: int) -> Picture | None:
        return self._or_none(pins, lambda: self._picture(pins, max_bytes))

    def _picture(self, pins: Sequence[Pin], max_bytes: int) -> Picture | None:
        svg, frame = self.svg(pins)
        fitting = (png for density in DENSITIES if len(png := _png(svg, density)) <= max_bytes)
        png = next(fitting, b"")
        return Picture(png=png, width=frame.width, height=frame.height) if png else None

    def _or_none(self, pins: Sequence[Pin], draw: Callable[[], T]) -> T | None:
        """Draw. A map that fails costs the mail or page its map and nothing else."""
        try:
            return draw()
        except BadConfig as error:
            self._broken = True
            log.error("no maps: %s", error.located())  # noqa: TRY400  the place is in the words
        except Exception:
            log.exception("no map of %s", ", ".join(pin.place.name for pin in pins))
        return None

    def _around(self, frame: Frame, pins: Sequence[Pin]) -> Sequence[Place]:
        named = {pin.place.name for pin in pins}
        return [town for town in self._towns(frame.degrees(), 12) if town.name not in named]


def _order(pin: Pin) -> tuple[float, float, str, str, int]:
    return (-pin.place.lat, pin.place.lon, pin.place.name, pin.kind, pin.count)


def _png(svg: str, density: float) -> bytes:
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=round(WIDTH * density),
            skip_system_fonts=True,
            font_files=FONTS,
            sans_serif_family="DejaVu Sans",
        )
    )
