"""The wounded who died of it: "five wounded, one of whom later died", "a man wounded in the strike has died"."""

from service.core.extract.numbers import Quantity, quantity
from service.core.extract.parts import DEAD, HURT
from service.core.extract.sums import added
from service.core.report import Count, Slot
from service.core.text import Page

_FAR = 14


def dies_later(page: Page, found: Quantity, where: range, used: set[int]) -> int | None:
    """Return the word for death where some of the wounded died of it: "five wounded, one of whom later died"."""
    if found.last + 1 not in where or "of_them" not in page.units[found.last + 1].tags:
        return None
    behind = range(found.last + 2, min(found.last + 5, where.stop))
    dies = next((at for at in behind if "dies" in page.units[at].tags), None)
    return dies if any(at < found.first and page.units[at].tags & HURT for at in used) else None


def with_later(dead: Quantity, more: Quantity) -> Quantity:
    """Return the dead with those who died later, who may be among them."""
    low, high = dead.people.min, added(dead, more).people.max
    return dead._replace(people=Count(low, high), last=more.last, bound="between" if high else dead.bound)


def succumbs(page: Page, found: Quantity, where: range) -> tuple[Slot, int] | None:
    """Read "two of the wounded later died", in a sentence of its own."""
    units = page.units
    if found.last + 1 not in where or "of" not in units[found.last + 1].tags:
        return None
    near = range(found.last + 2, min(found.last + 4, where.stop))
    hurt = next((at for at in near if units[at].tags & HURT - DEAD), None)
    behind = range(hurt + 1, min(hurt + 4, where.stop)) if hurt is not None else ()
    dies = next((at for at in behind if "dies" in units[at].tags), None)
    return None if dies is None else ("killed", dies)


def died_of_it(page: Page, found: Quantity, hurt: int, where: range) -> bool:
    """Say whether one who was wounded died: "a man wounded in the strike has died"."""
    if found.people != (1, 1):
        return False
    for at in range(hurt + 1, min(hurt + _FAR, where.stop)):
        if quantity(page, at) or "and" in page.units[at].tags:
            return False
        if "dies" in page.units[at].tags:
            return True
    return False
