"""What blog software puts behind a text: "The post Strike on Northport appeared first on Northern Times"."""

from typing import Final

# How WordPress words it, by language: what it begins with, and what stands between the title and the outlet's name.
_FOOTERS: Final = (
    ("The post ", " appeared first on "),
    ("The post ", " first appeared on "),
    ("L’article ", " est apparu en premier sur "),
    ("La entrada ", " se publicó primero en "),
    ("Der Beitrag ", " erschien zuerst auf "),
    ("Artykuł ", " pochodzi z serwisu "),
    ("Запис ", " спочатку з’явився на "),
    ("Сообщение ", " появились сначала на "),
)
# What an aggregator puts behind all of its summaries.
_ENDS: Final = (" View Full Coverage on Google News", " Zobacz wszystkie materiały w aplikacji Google News")


def without_footer(text: str) -> int:
    """Return the length of a text up to such a footer: the whole length where there is none."""
    for begins, between in _FOOTERS:
        at = text.rfind(between)
        first = text.rfind(begins, 0, at) if at >= 0 else -1
        if first >= 0:
            return first
    return min((at for at in map(text.find, _ENDS) if at >= 0), default=len(text))
