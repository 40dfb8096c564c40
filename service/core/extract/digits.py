"""Numbers in digits: "1,200", "1.200", "1 200", "1'200", "12.5 thousand"."""

import re

from service.core.text import Page

_WHOLE = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,7}")
_DECIMAL = re.compile(r"\d{1,4}[.,]\d{1,2}")
_GROUP = re.compile(r"\d{3}")
# What stands between thousands and hundreds: any space that does not break, also as HTML; an apostrophe in Switzerland.
_APART = re.compile(r"[ \u00a0\u2007\u2009\u202f'\u2019]|&(?:nbsp|thinsp|#160|#xa0|#8201|#8239|#x202f);", re.IGNORECASE)


def plain(word: str) -> int | None:
    """Return the number that a word of digits alone stands for."""
    return int(word.replace(",", "").replace(".", "")) if _WHOLE.fullmatch(word) else None


def grouped(page: Page, at: int) -> tuple[int, int] | None:
    """Read "1 200", whose thousands stand apart."""
    units = page.units
    if at + 1 >= len(units) or not units[at].norm.isdecimal() or len(units[at].norm) > 3:  # noqa: PLR2004  "1 200 000"
        return None
    gap = page.text[units[at].end : units[at + 1].start]
    if not _APART.fullmatch(gap) or not _GROUP.fullmatch(units[at + 1].norm):
        return None
    return int(units[at].norm + units[at + 1].norm), at + 1


def decimal(page: Page, at: int) -> tuple[int, int] | None:
    """Read "12.5 thousand", "1,5 tysiąca"."""
    units = page.units
    if at + 1 >= len(units) or not _DECIMAL.fullmatch(units[at].norm) or "powers" not in units[at + 1].means:
        return None
    whole, part = units[at].norm.replace(",", ".").split(".")
    power = int(units[at + 1].means["powers"])
    return (int(whole) * power + int(part) * power // 10 ** len(part), at + 1) if power > 100 else None  # noqa: PLR2004


def is_cut(page: Page, at: int) -> bool:
    """Say whether it is the "thousand" of a number that begins before."""
    units = page.units
    return 0 < at < len(units) and "powers" in units[at].means and bool(_DECIMAL.fullmatch(units[at - 1].norm))
