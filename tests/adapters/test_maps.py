"""Maps: what they show, what they leave open, and that they fit into a mail."""

import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from service import resources
from service.adapters.maps import Cartographer
from service.adapters.maps.atlas import country_at
from service.core.report import Kind, Place, Precision
from service.ports.world import Cartographer as CartographerPort
from service.ports.world import Pin

ATLAS = resources.shipped("config") / "map" / "countries.json"
HERE = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city")
WORLD = (("Haiti", 18.5, -72.3), ("Taipei", 25.0, 121.5), ("Kyiv", 50.45, 30.5), ("Suva", -18.1, 178.4))


@pytest.fixture(scope="module")
def maps() -> Cartographer:
    return Cartographer(ATLAS)


def pin(name: str, lat: float, lon: float, *, kind: Kind = "strike", precision: Precision = "city", n: int = 1) -> Pin:
    return Pin(kind=kind, place=Place(name=name, country="", lat=lat, lon=lon, precision=precision), count=n)


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_it_keeps_the_ports_promises(maps: Cartographer) -> None:
    port: CartographerPort = maps
    assert port.draw([]) is None


@pytest.mark.parametrize(
    "pins",
    [
        [Pin(kind="strike", place=HERE)],
        [pin("Sudan", 15.6, 32.5, precision="country")],
        [pin("Russia", 55.75, 37.6, precision="country")],
        [pin(name, lat, lon) for name, lat, lon in WORLD],
        [pin("Alert", 82.5, -62.3), pin("Somewhere", -89.0, 10.0, kind="talks")],
        [pin(f"Town {n}", 40 + n % 9, 20 + n % 13, n=n) for n in range(200)],
    ],
    ids=["a city", "a country", "a country over the date line", "the world", "the poles", "two hundred places"],
)
def test_any_map_fits_into_a_mail_and_is_the_same_bytes_again(pins: list[Pin]) -> None:
    """At most 60 kB, twice as sharp as shown where that fits, never the shape of a ribbon."""
    drawn, again = (Cartographer(ATLAS).draw(order) for order in (pins, pins[::-1]))
    assert drawn is not None
    assert again == drawn
    assert len(drawn.png) <= 60_000
    width, height = size(drawn.png)
    assert drawn.width == 536
    assert width >= 536
    assert width / height == pytest.approx(drawn.width / drawn.height, abs=0.02)
    assert 1.1 <= drawn.width / drawn.height <= 2


def test_a_place_is_named_and_marked_by_shape_and_not_by_colour_alone(maps: Cartographer) -> None:
    """A circle for strikes, a diamond for talks, the number of events beside the name."""
    svg, frame = maps.svg([pin("Kharkiv", 49.99, 36.23, n=2), pin("Geneva", 46.2, 6.15, kind="talks")])
    assert {"Kharkiv 2", "Geneva", "UKRAINE"} <= set(words(svg))
    assert svg.count('class="strike pin"') == svg.count('class="talks pin"') == 1
    x, y = frame(36.23, 49.99)
    assert f'<circle class="strike pin" cx="{x:.1f}" cy="{y:.1f}"' in svg


def test_a_place_known_roughly_gets_no_dot(maps: Cartographer) -> None:
    """A dot would claim to know more than was reported."""
    region, _ = maps.svg([pin("Donetsk Oblast", 48.0, 37.8, precision="region")])
    country, _ = maps.svg([pin("Sudan", 15.6, 32.5, precision="country")])
    assert 'class="strike area"' in region
    for svg in (region, country):
        assert "pin" not in re.findall(r'class="([^"]*)"', svg)
    assert "Sudan" in words(country)
    assert "SUDAN" not in words(country), "named once"


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (34.1, 44.95, "Ukraine"),  # Simferopol
        (33.52, 44.6, "Ukraine"),  # Sevastopol
        (-13.2, 27.15, "W. Sahara"),  # Laayoune
        (34.46, 31.5, "Palestine"),  # Gaza
        (30.72, 46.48, "Ukraine"),  # Odesa, a port
        (35.2, 33.27, "Lebanon"),  # Tyre, a port
        (178.4, -18.1, "Fiji"),
        (-175.0, 66.0, "Russia"),  # beyond the date line
    ],
)
def test_borders_are_those_of_the_united_nations(maps: Cartographer, lon: float, lat: float, name: str) -> None:
    country = country_at(maps.countries, lon, lat)
    assert country is not None
    assert country.name == name


def test_the_open_sea_belongs_to_nobody_and_has_a_map(maps: Cartographer) -> None:
    at_sea = pin("Red Sea", 20.0, 38.5)
    assert country_at(maps.countries, 38.5, 20.0) is None
    assert "Red Sea" in words(maps.svg([at_sea])[0])


def test_towns_nearby_help_to_find_a_single_place() -> None:
    """Only where there is one place: more would be clutter. A name that has no room is left out."""
    near = [
        replace(HERE, name="Belgorod", lat=50.6, lon=36.6),
        replace(HERE, name="Izium", lat=49.21, lon=37.25),
        replace(HERE, name="Beside", lat=49.98, lon=36.25),
    ]
    asked: list[tuple[float, float, float, float]] = []

    def towns(box: tuple[float, float, float, float], limit: int) -> list[Place]:
        asked.append(box)
        return [HERE, *near][:limit]

    maps = Cartographer(ATLAS, towns=towns)
    svg, _ = maps.svg([Pin(kind="strike", place=HERE)])
    assert {"Belgorod", "Izium"} < set(words(svg))
    assert words(svg).count("Kharkiv") == 1
    (west, south, east, north) = asked[0]
    assert west < 36.23 < east
    assert south < 49.99 < north
    maps.svg([Pin(kind="strike", place=HERE), pin("Odesa", 46.48, 30.72)])
    assert len(asked) == 1


def test_no_word_lies_on_another() -> None:
    """Forty places in one spot: some names have no room, none covers another."""
    maps = Cartographer(ATLAS)
    svg, _ = maps.svg([pin(f"Place number {n}", 48 + n / 50, 37 + n / 40, n=n + 1) for n in range(40)])
    boxes = [
        (float(x), float(y))
        for x, y in re.findall(r'<text class="place halo" x="(-?\d+)" y="(-?\d+)"[^>]*text-anchor="start"', svg)
    ]
    assert boxes
    assert all(abs(a[1] - b[1]) >= 12 or abs(a[0] - b[0]) >= 60 for a in boxes for b in boxes if a is not b)


def test_names_cannot_break_out_of_the_picture(maps: Cartographer) -> None:
    svg, _ = maps.svg([pin('</text><script>"&', 49.99, 36.23)])
    assert "<script>" not in svg
    assert maps.draw([pin('</text><image href="https://spy.example"/>', 49.99, 36.23)]) is not None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"arcs": [], "objects": {}}', '{"arcs": [[[0]]], "objects": {"countries": {}}}', None]
)
def test_broken_borders_cost_the_map_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str | None
) -> None:
    """The log names the file and the way out, once."""
    file = tmp_path / "countries.json"
    if content is not None:
        file.write_text(content)
    maps = Cartographer(file)
    assert [maps.draw([Pin(kind="strike", place=HERE)]) for _ in range(3)] == [None] * 3
    (record,) = caplog.records
    assert str(file) in record.getMessage()
    assert "shipped one" in record.getMessage()


def test_an_operator_may_bring_other_borders(tmp_path: Path) -> None:
    """A file without a transform, in which one square is a country."""
    square = [[30, 40], [50, 40], [50, 60], [30, 60], [30, 40]]
    geometry = {"type": "Polygon", "arcs": [[0]], "properties": {"name": "Squareland"}}
    atlas = {"type": "Topology", "arcs": [square], "objects": {"countries": {"geometries": [geometry]}}}
    (tmp_path / "countries.json").write_text(json.dumps(atlas))
    svg, _ = Cartographer(tmp_path / "countries.json").svg([Pin(kind="strike", place=HERE)])
    assert words(svg) == ["Kharkiv", "SQUARELAND"]


def test_in_a_page_the_map_says_in_words_what_it_shows_and_leaves_colours_to_the_page(maps: Cartographer) -> None:
    svg = maps.inline([Pin(kind="strike", place=HERE)], 'Map: "Kharkiv" & <more>.')
    assert svg.startswith('<svg class="map" viewBox="0 0 536 ')
    assert 'aria-label="Map: &quot;Kharkiv&quot; &amp; &lt;more&gt;."' in svg
    assert "Kharkiv" in words(svg)
    assert "style" not in svg
    assert maps.inline([], "") == ""


def test_a_page_without_borders_has_no_map(tmp_path: Path) -> None:
    (tmp_path / "countries.json").write_text("{}")
    assert Cartographer(tmp_path / "countries.json").inline([Pin(kind="strike", place=HERE)], "") == ""
