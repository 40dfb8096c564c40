"""Further strikes that an entry tells of beside its main one: other towns, each with its own dead."""

from collections.abc import Sequence
from dataclasses import replace

from service.core.extract.pages import sentence_at, tags_of
from service.core.extract.places import Choice
from service.core.extract.spread import LEAST, Spread, apart
from service.core.extract.sums import told_in
from service.core.report import Count, Other, Place

_DID = frozenset({"raid", "strike", "attack", "hit", "pound", "kill", "wound", "dead", "barrage"})
_MOST = 5
_LOOKED = 60


def others(found: Sequence[Choice], over: Spread, actor: str | None) -> tuple[Other, ...]:
    """Return the other places struck, in the order of the text, at most a few. `actor` is the country that struck.

    None where the main one is not known; all of them where the numbers are of several places together, and then the
    sum is no single one's.
    """
    main = over.where[0] if over.where else None
    if over.total is None and (main is None or main.precision == "country"):
        return ()
    known = [main] if main and not over.several and main.precision != "country" else []
    told: dict[str, Other] = {}
    for choice in found[:_LOOKED]:
        spot, where = choice.place, sentence_at(choice.name.leaf.page, choice.name.first)
        killed = told_in(choice.name.leaf, where, choice.name.first)
        if not _is_other(choice, main, actor, killed) or (choice.weight < LEAST and choice not in over.towns):
            continue
        killed = None if over.several and killed == over.total else killed
        if not over.several and main and main.precision == "country" and killed in {None, over.total}:
            continue
        if spot.name in told and told[spot.name].killed is None:
            told[spot.name] = replace(told[spot.name], killed=killed)
        elif len(told) < _MOST and all(apart(spot, other) for other in known) and _tells(choice, where):
            known.append(spot)
            told[spot.name] = Other(place=spot, killed=killed, quote=_words(choice))
    return tuple(told.values())


def _is_other(choice: Choice, main: Place | None, actor: str | None, killed: Count | None) -> bool:
    """Say whether it is a town, or another country with its own dead: "five in Northland, one in Southland".

    None are where the reporter was ("KYIV, Jan 2 (Wire)") and where this day's wars are talked over.
    """
    name = choice.name
    dateline = name.first == 0 and name.leaf.page.text[: name.leaf.page.units[name.last].end].isupper()
    if "venue_city" in name.leaf.page.units[name.first].tags or (name.leaf.where != "title" and dateline):
        return False
    abroad = main is not None and choice.place.country not in {main.country, actor, ""}
    return choice.place.precision == "city" or (abroad and killed is not None)


def _tells(choice: Choice, where: range) -> bool:
    return not tags_of(choice.name.leaf.page, where).isdisjoint(_DID)


def _words(choice: Choice) -> str:
    return choice.name.leaf.page.quote(choice.name.first, choice.name.last)[0]
