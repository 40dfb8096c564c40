"""Which reports may be of one event, told before anything is looked up: two workers link at once only where none may.

A strike on a town can be of no event of another country's (`where`), so each country is a neighbourhood of its own. One
whose place may be who struck, or is not known, may be of any event; so may talks, which are held in one country about
another. Those, and edits, whose event is wherever it is, have the whole kind to themselves.
"""

from collections.abc import Iterable
from typing import NamedTuple, get_args

from service.core.entry import Entry
from service.core.report import Judgement, Kind, Report

KINDS: tuple[Kind, ...] = get_args(Kind)


class Neighbourhood(NamedTuple):
    """The events of one kind in one country, ISO 3166-1 alpha-2; in all the world where that is empty."""

    kind: Kind
    country: str = ""


WORLD = tuple(Neighbourhood(kind) for kind in KINDS)


def neighbourhoods(judged: Iterable[tuple[Entry, Judgement]]) -> list[Neighbourhood]:
    """Return where these entries' reports may be linked, each once, in an order that is the same for everybody."""
    found: set[Neighbourhood] = set()
    for entry, judgement in judged:
        if entry.revision > 1:
            found.update(WORLD)
        found.update(_near(report) for report in judgement.reports if report.new or report.stance != "asserts")
    whole = {near.kind for near in found if not near.country}
    return sorted(near for near in found if not near.country or near.kind not in whole)


def _near(report: Report) -> Neighbourhood:
    place = report.place
    certain = place is not None and place.precision != "country" and place.name != report.actor
    return Neighbourhood(report.kind, place.country if place and certain and report.kind == "strike" else "")
