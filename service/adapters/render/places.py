"""What a map in a mail or on a page shows, and the same in words for those who do not see it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from service.adapters.render.clean import NAME, clean
from service.adapters.render.words import place_words
from service.core.event import Event
from service.core.report import Kind, Place
from service.ports.world import Cartographer, Picture, Pin

MAX_NAMED = 24
NOTICE = "Boundaries follow UN practice and imply no endorsement. Map: Natural Earth, Visionscarto."
LEGEND = "Circles are strikes, diamonds are talks."


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """The map as a template sees it: the picture's address inside the mail, its size, what it shows and its caption."""

    url: str
    width: int
    height: int
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebMap:
    """The map as a page shows it."""

    svg: Markup
    caption: str


def pins_of(events: Iterable[Event]) -> tuple[Pin, ...]:
    """Return a pin for each place and kind: what was withdrawn, and what has no known place, has none."""
    counted = Counter(
        pin(event.kind, event.place) for event in events if event.place is not None and event.state == "live"
    )
    return tuple(replace(one, count=count) for one, count in counted.items())


def pin(kind: Kind, place: Place) -> Pin:
    """Return a pin without what makes no difference on a map, so that the same map is the same everywhere."""
    name = clean(place.name, NAME)
    plain = Place(name=name, country=place.country, lat=place.lat, lon=place.lon, precision=place.precision)
    return Pin(kind=kind, place=plain)


def map_view(pins: Sequence[Pin], picture: Picture, url: str) -> MapView:
    """Put the map into words."""
    return MapView(url=url, width=picture.width, height=picture.height, alt=_alt(pins), caption=_caption(pins))


def web_map(events: Iterable[Event], maps: Cartographer) -> WebMap | None:
    """Draw where this happened, for a page; None where there is nothing to show."""
    pins = pins_of(events)
    svg = maps.inline(pins, _alt(pins))
    return WebMap(svg=Markup(svg), caption=_caption(pins)) if svg else None  # noqa: S704  what it quotes is escaped


def _caption(pins: Sequence[Pin]) -> str:
    legend = f"{LEGEND} " if len({pin.kind for pin in pins}) > 1 else ""
    return f"{legend}{NOTICE}"


def _alt(pins: Sequence[Pin]) -> str:
    words = [_pin_words(pin, marked=len(pins) > 1) for pin in sorted(pins, key=lambda pin: -pin.count)]
    rest = len(words) - MAX_NAMED
    return "Map: " + "; ".join(words[:MAX_NAMED]) + (f"; and {rest} more places" if rest > 0 else "") + "."


def _pin_words(pin: Pin, *, marked: bool) -> str:
    what = "talks" if pin.kind == "talks" else "strike" if pin.count == 1 else "strikes"
    number = f"{pin.count} " if pin.count > 1 else ""
    exact = "" if pin.place.precision == "city" else f", only the {pin.place.precision} is known"
    return place_words(pin.place) + exact + (f" ({number}{what})" if marked else "")
