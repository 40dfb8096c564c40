"""A text as words that know where they stand in it.

Texts are hostile: whatever their size, only the first `limit` characters are read, in time linear in `limit`, and every
span lies inside the text as it was given.
"""

import re
from typing import NamedTuple

# Dotted initials ("U.S."), numbers ("1,200", "2.5"), words with inner apostrophes ("don't"). A hyphen parts words.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’\u02bc][^\W\d_]+)*")
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>|https?://[^\s<>\"]{1,2000}|&#?\w{1,8};")
_STOP = re.compile(r"[.!?…|;\n。؟]")
_ABBREVIATIONS = frozenset(
    {
        *(
            "gen",
            "lt",
            "st",
            "mr",
            "mrs",
            "ms",
            "dr",
            "col",
            "maj",
            "sgt",
            "capt",
            "prof",
            "rep",
            "sen",
            "gov",
            "no",
            "vs",
        ),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    }
)


class Token(NamedTuple):
    """A word. `norm` is lower case without a possessive ending; `start` and `end` count characters of the text.

    `capital` says that it may begin a name, `shouted` that it is all capitals.
    """

    norm: str
    start: int
    end: int
    sentence: int
    capital: bool
    shouted: bool


def flat(text: str) -> str:
    """Return the text with markup blanked out and curly apostrophes straight, every character in its old place."""
    text = text.replace("’", "'").replace("\u02bc", "'").replace("‘", "'")
    if "<" in text or "http" in text or "&" in text:
        text = _MARKUP.sub(lambda found: " " * len(found.group()), text)
    return text


def tokenize(text: str, limit: int) -> list[Token]:
    """Return the words of the first `limit` characters."""
    text = flat(text[:limit])
    out: list[Token] = []
    sentence, last = 0, 0
    for found in _WORD.finditer(text):
        start, end = found.span()
        raw = found.group()
        if start - last > 1 and out and _ends(text[last:start], out[-1], raw):
            sentence += 1
        last = end
        end -= 2 if raw.endswith(("'s", "'S")) else 0
        raw = text[start:end]
        out.append(Token(raw.lower(), start, end, sentence, _capital(raw[0]), len(raw) > 1 and raw.isupper()))
    return out


def _capital(letter: str) -> bool:
    """Say whether a name can begin so: a capital, or a letter of a script that has none."""
    return letter.isupper() or (letter.isalpha() and letter.lower() == letter.upper())


def _ends(gap: str, before: Token, raw: str) -> bool:
    """Say whether a sentence ends in this gap."""
    if gap == " " or not _STOP.search(gap):
        return False
    if "\n" in gap or "|" in gap or ";" in gap:
        return True
    return not raw[0].islower() and before.norm not in _ABBREVIATIONS and len(before.norm) > 1
