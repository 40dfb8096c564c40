"""Bytes to text. What is declared about an encoding is believed only where the bytes bear it out."""

import codecs
import re

from service.core.feed import ParseError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(rb"""(?:<(?:dc:)?language>\s*|xml:lang=["'])([a-zA-Z]{2})""")

# What is called by the name on the left has long been written with the code page on the right, which holds more.
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs",
}  # fmt: skip
# ISO sets have only control codes at 0x80-0x9F: a document that uses them means the code page beside it.
_IF_HIGH_CONTROLS = {"iso8859-2": "cp1250", "iso8859-7": "cp1253", "iso8859-8": "cp1255", "iso8859-13": "cp1257"}
_HIGH_CONTROLS = re.compile(rb"[\x80-\x9f]")
_BY_LANGUAGE = {
    "ru": "cp1251", "uk": "cp1251", "be": "cp1251", "bg": "cp1251", "sr": "cp1251", "mk": "cp1251", "he": "cp1255",
    "iw": "cp1255", "ar": "cp1256", "fa": "cp1256", "ur": "cp1256", "tr": "cp1254", "el": "cp1253", "pl": "cp1250",
    "cs": "cp1250", "hu": "cp1250", "ro": "cp1250", "hr": "cp1250", "zh": "gb18030", "ja": "cp932", "ko": "cp949",
}  # fmt: skip
_ESCAPED = ("iso2022", "iso-2022", "hz", "utf-7", "utf7")
_TOLERATED = 0.001


def decode(body: bytes, content_type: str) -> tuple[str, tuple[ParseError, ...]]:
    """Return the text of a document, and what was wrong with its encoding. Never raises."""
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(encoding, "replace"), ()
    if wide := _wide_without_bom(body):
        return body.decode(wide, "replace"), ()
    names = [name for name in (_declared(body), _charset(content_type)) if name]
    if body.isascii() and not any(name.startswith(_ESCAPED) for name in names):
        return body.decode("ascii"), ()
    if not any(name.startswith(_ESCAPED) for name in names):
        try:
            return body.decode("utf-8"), ()
        except UnicodeDecodeError:
            pass
    return _decode_other(body, names)


def _decode_other(body: bytes, names: list[str]) -> tuple[str, tuple[ParseError, ...]]:
    """Try what was declared, most telling first; then UTF-8 with a scratch; then guess by language."""
    legacy = [name for name in names if not name.startswith("utf")]
    for name in sorted(legacy, key=lambda n: n in {"iso8859-1", "ascii"}):
        encoding = _widened(name, body)
        try:
            return body.decode(encoding), ()
        except (UnicodeDecodeError, LookupError):
            if encoding.startswith("cp125"):
                return body.decode(encoding, "replace"), ()
    scratched = body.decode("utf-8", "replace")
    if scratched.count("\ufffd") <= max(3, len(body) * _TOLERATED):
        return scratched, (ParseError(code="bad_encoding", message="a few bytes are not UTF-8; they were replaced"),)
    guess = _guess(body)
    said = ", ".join(names) or "nothing"
    message = f"declared as {said} but it is not; read as {guess}"
    return body.decode(guess, "replace"), (ParseError(code="bad_encoding", message=message),)


def _wide_without_bom(body: bytes) -> str | None:
    if re.match(rb"(?:[\t\n\r ]\0)*[<{]\0[^\0]\0", body):
        return "utf-16-le"
    if re.match(rb"(?:\0[\t\n\r ])*\0[<{]\0[^\0]", body):
        return "utf-16-be"
    return None


def _declared(body: bytes) -> str | None:
    found = _DECLARED.search(body[:1024])
    return _normal(found[1].decode("ascii")) if found else None


def _charset(content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    return _normal(found[1]) if found else None


def _normal(name: str) -> str | None:
    """Return Python's name of an encoding, None if there is no such text encoding."""
    try:
        known = codecs.lookup(name.lower().removesuffix("-i").removesuffix("-e"))
    except (LookupError, ValueError):
        return None
    return known.name if getattr(known, "_is_text_encoding", True) else None


def _widened(name: str, body: bytes) -> str:
    if name in _IF_HIGH_CONTROLS and _HIGH_CONTROLS.search(body):
        return _IF_HIGH_CONTROLS[name]
    return _WIDER.get(name, name)


def _guess(body: bytes) -> str:
    found = _LANGUAGE.search(body[:20_000])
    guess = _BY_LANGUAGE.get(found[1].decode("ascii").lower(), "cp1252") if found else "cp1252"
    if guess == "cp1251":
        # In KOI8-R the cases are swapped: read as Windows-1251 nearly everything turns into capitals.
        letters = [c for c in body.decode("cp1251", "replace") if "\u0410" <= c <= "\u044f"]
        if sum(c <= "\u042f" for c in letters) > len(letters) / 2:
            return "koi8-r"
    return guess
