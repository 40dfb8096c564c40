"""A text as words that know where they stand in it.

Texts are hostile: whatever their size, only the first `limit` characters are read, in time linear in `limit`, and every
span lies inside the text as it was given.
"""

import re
from typing import NamedTuple

# Accents and vowel points written apart from their letter: they part no word.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670"
# What is not seen at all: soft hyphens, zero-width characters, byte order marks, signs of writing direction.
_HIDDEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
# Dotted initials ("U.S."), numbers ("1,200", "2.5"), words with inner apostrophes ("don't"), Hebrew initials (a
# quotation mark before the last letter). A hyphen parts words.
_WORD = re.compile(
    rf"(?:[^\W\d_]\.){{2,}}|\d+(?:(?:[.,]|[{_HIDDEN}]+)\d+)*"
    rf"|[^\W\d_]+(?:(?:['’\u02bc]|[{_MARKS}{_HIDDEN}]+|(?<=[\u05d0-\u05ea])\"(?=[\u05d0-\u05ea]))[^\W\d_]+)*"
)
_UNSEEN = re.compile(f"[{_HIDDEN}]")
_POINTED = re.compile(f"[{_MARKS}{_HIDDEN}\u0640]")
# Letters written one way or the other: alef with or without hamza, alef maqsura and ya, ta marbuta and ha, yo and ye.
_LETTERS = str.maketrans("\u0623\u0625\u0622\u0671\u0649\u0629\u0451", "\u0627\u0627\u0627\u0627\u064a\u0647\u0435")
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>|https?://[^\s<>\"]{1,2000}|&#?\w{1,8};")
_HIDDEN_MARKUP = re.compile(r"&(?:shy|zwn?j|[lr]rm|#173|#xad|#820[3-7]|#x200[b-f]|#8288|#65279|#xfeff);", re.IGNORECASE)
_STOP = re.compile(r"[.!?…|;\n。؟]")
_NUMBER = frozenset({"no", "nr", "nos"})  # "block No. 15"
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
        *("ee", "uu", "sr", "sra", "mme", "mgr", "nr", "bzw"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    }
)


class Token(NamedTuple):
    """A word. `norm` is lower case without a possessive ending, folded; `start` and `end` count characters of the text.

    `capital` says that it may begin a name, `shouted` that it is all capitals.
    """

    norm: str
    start: int
    end: int
    sentence: int
    capital: bool
    shouted: bool


def fold(word: str) -> str:
    """Return a word as it is looked up: without vowel points, letters that are often interchanged as one of them."""
    return word if word.isascii() else _POINTED.sub("", word).translate(_LETTERS)


def seen(text: str) -> str:
    """Return a text without what is not seen of it."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def flat(text: str) -> str:
    """Return the text with markup blanked out and curly apostrophes straight, every character in its old place."""
    text = text.replace("’", "'").replace("\u02bc", "'").replace("‘", "'")
    text = text.replace("\u05f3", "'").replace("\u05f4", '"')
    if "&" in text:
        text = _HIDDEN_MARKUP.sub(lambda found: "\u00ad" * len(found.group()), text)
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
        out.append(Token(fold(raw.lower()), start, end, sentence, is_capital(raw[0]), len(raw) > 1 and raw.isupper()))
    return out


def is_capital(letter: str) -> bool:
    """Say whether a name can begin so: a capital, or a letter of a script that has none."""
    return letter.isupper() or (letter.isalpha() and letter.lower() == letter.upper())


def _ends(gap: str, before: Token, raw: str) -> bool:
    """Say whether a sentence ends in this gap."""
    if gap == " " or not _STOP.search(gap):
        return False
    if "\n" in gap or "|" in gap or ";" in gap:
        return True
    if before.norm in _NUMBER and raw[0].isdecimal():
        return False
    return not raw[0].islower() and before.norm not in _ABBREVIATIONS and len(before.norm) > 1
