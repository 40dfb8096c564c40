"""Tolls that grow: "the toll rose to six", and where the verb comes first "зросла кількість жертв удару до шести"."""

from service.core.extract.numbers import Quantity
from service.core.extract.pages import ACTIONS
from service.core.extract.parts import DEAD, HURT
from service.core.report import Count, Slot
from service.core.text import Page

_REACH = 14
_NEAR, _FAR = 10, 14


def growth(page: Page, before: int, where: range) -> tuple[Slot, int] | None:
    """Return whose number grew to what stands at `before`: "wzrosła liczba ofiar ataku do sześciu"."""
    if "bounds" not in page.units[before].tags:
        return None
    grew = next((at for at in range(max(before - _REACH, where.start), before) if "rose" in page.units[at].tags), None)
    for at in range(grew, before) if grew is not None else ():
        tags = page.units[at].tags
        if "toll" in tags or tags & DEAD:
            return "killed", at
        if tags & HURT:
            return "injured", at
    return None


def grown_to(page: Page, found: Quantity, where: range) -> Quantity:
    """Return the number in full where "up to six" says how far it grew: also in "Do 31 wzrosła liczba ofiar"."""
    high = found.people.max
    if found.bound != "up_to" or high is None:
        return found
    rose = found.last + 1 in where and "rose" in page.units[found.last + 1].tags
    if not rose and growth(page, found.first, where) is None:
        return found
    return found._replace(people=Count(high, high), bound="exact")


def rising(page: Page, rises: int, where: range, *, deadly: bool) -> Slot | None:
    """Return whose number rises: the toll's, or that of "the number of people killed in the strike"."""
    before = range(rises - 1, max(rises - _FAR, where.start) - 1, -1)
    climbs = "climbs" in page.units[rises].tags
    if any("toll" in page.units[at].tags for at in (before if climbs else before[:_NEAR])):
        return "killed"
    if not climbs:
        return None
    for at in before:
        tags = page.units[at].tags
        if tags & DEAD:
            return "killed"
        if tags & HURT:
            return "injured"
    return "killed" if deadly and not _acts(page, before) else None


def _acts(page: Page, where: range) -> bool:
    return any(page.units[at].tags & ACTIONS for at in where)


def is_brought(page: Page, number: int, where: range) -> bool:
    """Say whether a number is what a toll has come to: "four bodies were found, bringing the death toll to 17".

    Not so "bringing the death toll in Northland to 400", which counts more than this.
    """
    units = page.units
    before = range(number - 1, max(number - _NEAR, where.start) - 1, -1)
    toll = next((at for at in before if "toll" in units[at].tags), None)
    if toll is None or any("located" in units[at].tags for at in range(toll, number)):
        return False
    return any("bringing" in units[at].tags for at in range(max(toll - 3, where.start), toll))
