"""Reading a text: words with their places in it, the words' meanings, and patterns over meanings.

One face for `tokens` (text → words), `tags` (words → units with meanings), `patterns` (units → hits) and `days`.
"""

from service.core.text.days import day_beside
from service.core.text.patterns import Hit, Pattern, hits, pattern
from service.core.text.tags import Page, Unit, Words, read
from service.core.text.tokens import Token, flat, seen, tokenize

__all__ = [
    "Hit",
    "Page",
    "Pattern",
    "Token",
    "Unit",
    "Words",
    "day_beside",
    "flat",
    "hits",
    "pattern",
    "read",
    "seen",
    "tokenize",
]
