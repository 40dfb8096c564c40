"""Texts as quoted-printable bytes, with places left open for what only one reader gets.

A digest for ten thousand readers is one text but for a few links. It is encoded once; what is a reader's own is put in
between soft line breaks, so that nothing around it changes. Quoted-printable, not 8bit: a server on the way that does
not take 8bit would encode again, and a signature made before that would no longer hold (RFC 6376, section 5.3).
"""

import re
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass

SOFT = b"=\r\n"
WIDTH = 72
LONGEST = 76
# In a mailbox that is one file such a line begins the next mail; who stores it changes it, and breaks signatures.
_FROM = re.compile(rb"^From ", re.MULTILINE)
_ENCODED = re.compile(rb"(?:=..|[^=]){1,24}", re.DOTALL)


def quoted(text: str) -> bytes:
    """Return the text in quoted-printable with CRLF line ends. Never raises: what has no UTF-8 becomes `?`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    return _FROM.sub(b"=46rom=20=\n", b2a_qp(lines)).replace(b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class Sheet:
    """An encoded text: `pieces` with a slot between each two, named in `slots`."""

    pieces: tuple[bytes, ...]
    slots: tuple[str, ...]

    def filled(self, own: Mapping[str, str]) -> bytes:
        """Return the whole with the reader's own words in their places."""
        out = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            out += (SOFT, *_lines(quoted(own[slot])), piece)
        return b"".join(out)


def sheet(text: str, marks: Mapping[str, str]) -> Sheet:
    """Encode a text. `marks` says by which words each slot stands in it."""
    if not marks:
        return Sheet((quoted(text),), ())
    by_mark = {mark: slot for slot, mark in marks.items()}
    parts = re.split("(" + "|".join(map(re.escape, by_mark)) + ")", text)
    pieces = [_with_room(quoted(part)) for part in parts[::2]]
    return Sheet(tuple(pieces), tuple(by_mark[mark] for mark in parts[1::2]))


def _with_room(piece: bytes) -> bytes:
    """Leave room for the `=` of a soft break at the end of the last line, which may have 76 characters by itself."""
    if len(piece) - (piece.rfind(b"\n") + 1) < LONGEST:
        return piece
    last = 3 if piece[-3:-2] == b"=" else 1
    return piece[:-last] + SOFT + piece[-last:]


def _lines(word: bytes) -> list[bytes]:
    """Cut an encoded word into lines that end softly, never inside an encoded byte."""
    whole = word.replace(SOFT, b"")
    if b"=" not in whole:
        return [whole[at : at + WIDTH] + SOFT for at in range(0, len(whole), WIDTH)]
    return [line + SOFT for line in _ENCODED.findall(whole)]
