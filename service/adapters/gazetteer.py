"""Names of places, from the SQLite file that .ci/build_gazetteer.py makes at build time.

The file is only ever read. One connection serves all threads, one at a time: a look-up of a batch takes well under a
millisecond, and most names come from memory.
"""

import re
import sqlite3
import unicodedata
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock

from service.core.errors import BadConfig
from service.core.report import Place, Precision

SHIPPED = Path(__file__).with_name("gazetteer.sqlite")
_HINT = "install Tocsin again, or in a checkout run `python .ci/build_gazetteer.py`"
_FIND = """
SELECT key, p.name, country, lat, lon, precision, admin, population, capital, zone
FROM name JOIN place AS p ON p.id = name.place WHERE key IN ({marks}) ORDER BY population DESC, p.id
"""
_TOWNS = """
SELECT name, country, lat, lon, precision, admin, population, capital, zone FROM place
WHERE precision = 'city' AND lat BETWEEN ? AND ? AND lon BETWEEN ? AND ? ORDER BY population DESC, id LIMIT ?
"""
# Namesakes beyond these are never meant.
_NAMESAKES = 12
_CHUNK = 500


class SqliteGazetteer:
    """Implements `ports.world.Gazetteer`. A country's capital is also found by its code, as `capital:ua`."""

    def __init__(self, path: Path = SHIPPED, *, remember: int = 20_000) -> None:
        """Open the file. Raises BadConfig where it is missing or not a gazetteer."""
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[Place, ...]] = OrderedDict()
        self._remember = remember
        if not path.is_file():
            raise BadConfig("the gazetteer is missing", hint=_HINT, file=str(path))
        try:
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._db.execute(_FIND.format(marks="?"), ("",))
        except sqlite3.Error as error:
            raise BadConfig(f"not a gazetteer: {error}", hint=_HINT, file=str(path)) from error

    def find(self, names: Collection[str]) -> Mapping[str, tuple[Place, ...]]:
        """Return the namesakes of each known name, most populous first. Names are matched casefolded."""
        wanted = {name: key(name) for name in names}
        with self._lock:
            self._learn(sorted({k for k in wanted.values() if k not in self._known}))
            found = {name: self._known.get(k, ()) for name, k in wanted.items()}
            self._forget(wanted.values())
        return {name: places for name, places in found.items() if places}

    def towns(self, box: tuple[float, float, float, float], limit: int) -> list[Place]:
        """Return the largest towns between west, south, east and north, most populous first. Takes milliseconds."""
        west, south, east, north = box
        with self._lock:
            rows = self._db.execute(_TOWNS, (south, north, west, east, limit)).fetchall()
        return [_place(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _learn(self, keys: Sequence[str]) -> None:
        for some in _chunks(keys):
            places: dict[str, list[Place]] = {k: [] for k in some}
            # The marks are counted here; nothing of the text goes into the statement.
            for k, *row in self._db.execute(_FIND.format(marks=",".join("?" * len(some))), some):
                places[k].append(_place(*row))
            self._known.update((k, tuple(found[:_NAMESAKES])) for k, found in places.items())

    def _forget(self, used: Collection[str]) -> None:
        for k in used:
            self._known.move_to_end(k)
        while len(self._known) > self._remember:
            self._known.popitem(last=False)


def key(name: str) -> str:
    """Return what a name is found by: casefolded, hyphens and dots as spaces, apostrophes straight."""
    plain = unicodedata.normalize("NFC", name).casefold().replace("\u2019", "'").replace("\u02bc", "'")
    return " ".join(re.sub(r"[-\u2010-\u2015.,()]", " ", plain).split())


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[at : at + _CHUNK] for at in range(0, len(keys), _CHUNK))


def _place(  # noqa: PLR0917  a row of the query above
    name: str,
    country: str,
    lat: float,
    lon: float,
    precision: Precision,
    admin: str,
    population: int,
    capital: int,
    zone: str,
) -> Place:
    return Place(
        name=name,
        country=country,
        lat=lat,
        lon=lon,
        precision=precision,
        admin=admin,
        population=population,
        capital=bool(capital),
        zone=zone,
    )
