"""Mail that comes back: delivery reports (RFC 3464), complaints (RFC 5965), and a folder they are dropped in (Maildir).

What is not a report says nothing: an answer that somebody is on holiday comes to the same address. The message is known
by the envelope's recipient where each has its own (`bounces+msg_…@`), or by the Message-ID in what the report quotes.
Both are random, so only who got the mail can send it back.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.message import Message as Part
from pathlib import Path
from typing import Literal

from service.core.bounce import BounceKind, Returned, weight
from service.core.errors import BadInput

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
MAX_PARTS = 40
WORDS = 200
NO_REPORT = "no report"
RECIPIENT_HEADERS = ("x-original-to", "delivered-to", "envelope-to", "to")
KINDS: Mapping[str, BounceKind | Literal["leave"]] = {
    "hard": "hard",
    "soft": "soft",
    "complaint": "complaint",
    "leave": "leave",
}
AGAINST = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_TAGGED = re.compile(r"\+([A-Za-z0-9_.-]{8,64})@")
_MESSAGE_ID = re.compile(r"(?im)^message-id:\s*<([^@<>\s]{1,128})@")
_LINES = re.compile(
    r"(?im)^(action|status|diagnostic-code|feedback-type|removal-recipient):[ \t]*(.*(?:\r?\n[ \t].*)*)"
)


def read_returned(mail: bytes, *, to: str = "") -> Returned:
    """Read one mail, whatever it is. `to` is the envelope's recipient, where who hands it over knows it."""
    message = message_from_bytes(mail[:MAX_BYTES])
    parts = [part for part, _ in zip(message.walk(), range(MAX_PARTS), strict=False)]
    kind: BounceKind | Literal["leave"] | None
    kind, words = _verdict(parts)
    if words == NO_REPORT and str(message.get("subject", "")).strip().lower() == "unsubscribe":
        kind, words = "leave", "asked to be unsubscribed"
    return Returned(message_ids=tuple(dict.fromkeys(_ids(message, parts, mail, to))), kind=kind, words=words)


def read_notice(notice: Mapping[str, object]) -> Returned:
    """Read what a mail provider's hook says in our own terms: `message_id`, `kind` and, if it likes, `words`.

    Raises BadInput naming what is missing.
    """
    message_id, kind = notice.get("message_id"), notice.get("kind")
    if not isinstance(message_id, str) or not message_id.strip():
        raise BadInput("no `message_id`", hint="that of the mail, as its header or its left part alone")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadInput(f"no `kind` of ours: {kind!r:.60}", hint=f"use one of {', '.join(KINDS)}")
    left = message_id.strip().strip("<>").partition("@")[0]
    return Returned(message_ids=(left,), kind=KINDS[kind], words=_line(str(notice.get("words", "")))[:WORDS])


def _verdict(parts: Sequence[Part]) -> tuple[BounceKind | None, str]:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            said = _said(part)
            against = said.get("feedback-type", "").lower() in AGAINST
            return ("complaint" if against else None), f"complaint: {said.get('feedback-type', '')}"
        if part.get_content_type() == "message/delivery-status":
            return _delivery(part)
    return None, NO_REPORT


def _delivery(part: Part) -> tuple[BounceKind | None, str]:
    said = _said(part)
    words = _line(f"{said.get('status', '')} {said.get('diagnostic-code', '')}")
    if said.get("action", "").lower() != "failed":
        return None, words
    return weight(words) or "soft", words


def _said(part: Part) -> dict[str, str]:
    """Return the fields of a report, the last of each: those of the recipient come after those of the message."""
    return {name.lower(): _line(value) for name, value in _LINES.findall(_flat(part))}


def _flat(part: Part) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "\n".join(str(block) for block in payload)
    return str(payload)


def _ids(message: Part, parts: Sequence[Part], mail: bytes, to: str) -> Iterator[str]:
    for given in (to, *(str(value) for name in RECIPIENT_HEADERS for value in message.get_all(name, []))):
        yield from _TAGGED.findall(given)
    for part in parts:
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            yield from _MESSAGE_ID.findall(_flat(part))
    if len(parts) > 1:  # servers that quote the mail in plain text
        yield from _MESSAGE_ID.findall(mail[:MAX_BYTES].decode("ascii", "replace").partition("\n\n")[2])


def _line(text: str) -> str:
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:WORDS]


class MailDir:
    """A Maildir into which the mail server drops what comes back. Mail that was taken moves from `new` to `cur`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of each mail not taken yet, oldest first."""
        try:
            names = sorted(path.name for path in (self._folder / "new").iterdir() if not path.name.startswith("."))
        except OSError as error:
            log.warning("cannot look for returned mail in %s: %s", self._folder, error.strerror or error)
            return
        for name in names:
            try:
                with (self._folder / "new" / name).open("rb") as file:
                    yield name, file.read(MAX_BYTES)
            except OSError as error:
                log.warning("cannot read returned mail %s: %s", name, error.strerror or error)

    def taken(self, name: str) -> None:
        """Put a mail aside."""
        (self._folder / "cur").mkdir(exist_ok=True)
        (self._folder / "new" / name).rename(self._folder / "cur" / f"{name.partition(':')[0]}:2,S")
