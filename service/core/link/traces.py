"""Keys under which a report finds the events it may be of, however many there are: equal keys, nothing compared.

An event has the keys of all its reports. What shares none with a report is no candidate, unless it is among the events
told of last (ports.store). Keys are numbers of 64 bits, the same in every process and for good:

- the article's address, and its title without publisher and label;
- the lead's bands: of its character 5-grams' hashes the least in each of 24 bins, three bins to a band (one permutation
  hashing: Li, Owen, Zhang 2012; banding: Broder 1997). Texts that have half of their 5-grams in common share a band two
  times in three, those that have three quarters 99 times in a hundred;
- the place, and the region or country around it;
- a toll that few strikes have, and for talks each pair of who talks.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from service.core.entry import Entry
from service.core.event import Account
from service.core.link.sides import MANY
from service.core.link.words import lead_of, shingles, title_key
from service.core.report import Report

BINS, ROWS = 24, 3
EMPTY = -1


def traces(told: Entry | Account, report: Report) -> list[int]:
    """Return the report's keys, sorted."""
    words = {f"{report.kind} {word}" for word in _words(told, report)}
    return sorted({_number(word) for word in words})


def _words(told: Entry | Account, report: Report) -> Iterator[str]:
    if told.canonical_url:
        yield f"url {told.canonical_url}"
    if key := title_key(told.title):
        yield f"title {key}"
    yield from (f"text {band}" for band in bands(lead_of(told)))
    yield from _places(report)
    yield from _figures(report)
    yield from (f"between {pair}" for pair in combinations(sorted({*report.parties, *report.mediators}), 2))


def _places(report: Report) -> Iterator[str]:
    place = report.place
    if place is not None:
        yield f"place {place.country} {place.name}"
        yield f"in {place.country} {place.admin}"


def _figures(report: Report) -> Iterator[str]:
    for field, count in (("killed", report.killed), ("injured", report.injured)):
        figure = (count.min if count.min is not None else count.max) if count else None
        if figure is not None and figure >= MANY:
            yield f"{field} {figure}"


@lru_cache(maxsize=20_000)
def bands(text: str) -> Sequence[str]:
    """Return the bands of a text's lead; none where it is too short for one."""
    least = [EMPTY] * BINS
    for shingle in shingles(text):
        at, value = shingle % BINS, shingle // BINS
        if least[at] == EMPTY or value < least[at]:
            least[at] = value
    rows = [least[start : start + ROWS] for start in range(0, BINS, ROWS)]
    return [f"{number} {row}" for number, row in enumerate(rows) if EMPTY not in row]


@lru_cache(maxsize=20_000)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), signed=True)
