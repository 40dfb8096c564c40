"""What tests of reading share: the shipped English lexicon and places, and entries made of a line or two."""

from datetime import UTC, datetime
from functools import cache

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.lexicons import load_lexicons
from service.core.detect import detect
from service.core.entry import Entry
from service.core.extract import extract, place_names
from service.core.lexicon import Lexicon
from service.core.report import Detection, Kind, Place, Report
from service.resources import shipped

THURSDAY = datetime(2025, 8, 28, 11, 20, tzinfo=UTC)
IN_JANUARY = datetime(2026, 1, 15, 9, tzinfo=UTC)
"""A Thursday, too."""

PLACES = {
    "kyiv": (
        Place(name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city", population=2952301, capital=True),
    ),
    "odesa": (
        Place(name="Odesa", country="UA", lat=46.49, lon=30.74, precision="city", population=1015826),
        Place(name="Odessa", country="US", lat=31.85, lon=-102.37, precision="city", population=114428),
    ),
    "moscow": (Place(name="Moscow", country="RU", lat=55.75, lon=37.62, precision="city", population=10381222),),
    "ukraine": (Place(name="Ukraine", country="UA", lat=49.0, lon=31.0, precision="country", population=40000000),),
    "russia": (Place(name="Russia", country="RU", lat=56.0, lon=60.0, precision="country", population=144000000),),
    "capital:ua": (
        Place(name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city", population=2952301, capital=True),
    ),
}


@cache
def english() -> Lexicon:
    return load_lexicons([shipped("config") / "lexicon"])["en"]


def entry(title: str = "", summary: str = "", content: str = "", *, at: datetime = THURSDAY) -> Entry:
    return Entry(
        entry_id=1,
        feed_id=1,
        outlet="Northern Wire",
        uid="1",
        title=title,
        summary=summary,
        content=content,
        published=at,
        first_seen=at,
    )


def found(title: str = "", summary: str = "", content: str = "") -> Detection:
    return detect(entry(title, summary, content), english())


def reports(title: str = "", summary: str = "", content: str = "", *, at: datetime = THURSDAY) -> tuple[Report, ...]:
    told = entry(title, summary, content, at=at)
    known = {name: PLACES[name] for name in place_names(told, english()) if name in PLACES}
    return extract(told, detect(told, english()), english(), known)


def read(gazetteer: SqliteGazetteer, title: str, summary: str = "", *, kind: Kind = "strike") -> Report:
    """Return what is reported of this kind, with all places there are."""
    told = entry(title, summary, at=IN_JANUARY)
    known = gazetteer.find(place_names(told, english()))
    found = extract(told, detect(told, english()), english(), known)
    return next(report for report in found if report.kind == kind)
