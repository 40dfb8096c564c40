"""The sentence around a few words: what a number is sent with, so that a reader can check it."""

import re
from collections.abc import Sequence

LONGEST = 400

# A full stop of any script, closing quotes, a space. "U.N. envoy" ends a sentence early, which only shows less of it.
_END = re.compile(r"[.!?…\u3002\uff01\uff1f؟।]+[\"'”’»)]*\s+")


def sentence_around(quote: str, texts: Sequence[str], *, longest: int = LONGEST) -> str:
    """Return the sentence of the first of these texts that has the quote; the quote itself where none fits."""
    for text in texts:
        start = text.find(quote) if quote else -1
        if start >= 0:
            begins = [end.end() for end in _END.finditer(text, 0, start)]
            ends = _END.search(text, max(start + len(quote) - 1, 0))
            sentence = text[begins[-1] if begins else 0 : ends.end() if ends else len(text)].strip()
            return sentence if len(sentence) <= longest else quote
    return quote
