"""Which number is the day of a month that a text names."""

from service.core.text.tags import Page

_LONGEST_MONTH = 31
_LINKS = frozenset({"st", "nd", "rd", "th", "of", "de", "er"})  # "3rd of January", "3 de enero"
_LED = frozenset({"against", "place_word", "at_time"})


def day_beside(page: Page, month: int) -> int | None:
    """Return the unit of the day: of "January 5", "5 January" and "3rd of January" the number.

    Where numbers stand on both sides the one behind is something else's in "on 5 January, 12 people were hurt", and
    wherever months are written small.
    """
    before = month - 1
    while before >= max(month - 2, 1) and page.units[before].norm in _LINKS:
        before -= 1
    early, late = (at if _is_day(page, at) else None for at in (before, month + 1))
    if early is None or late is None:
        return late if early is None else early
    units = page.units
    linked = early < month - 1 or not units[month].capital or "," in page.text[units[month].end : units[late].start]
    return early if linked or (early > 0 and units[early - 1].tags & _LED) else late


def _is_day(page: Page, at: int) -> bool:
    if not 0 <= at < len(page.units):
        return False
    norm = page.units[at].norm
    return norm.isdecimal() and len(norm) <= len("31") and 1 <= int(norm) <= _LONGEST_MONTH
