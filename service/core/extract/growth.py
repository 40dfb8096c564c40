"""Tolls that grow where the verb comes first: "зросла кількість жертв удару до шести"."""

from service.core.extract.numbers import Quantity
from service.core.extract.parts import DEAD, HURT
from service.core.report import Count, Slot
from service.core.text import Page

_REACH = 14


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
    """Return the number in full where "up to six" says how far it grew."""
    high = found.people.max
    if found.bound != "up_to" or high is None or growth(page, found.first, where) is None:
        return found
    return found._replace(people=Count(high, high), bound="exact")
