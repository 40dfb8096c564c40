"""What the return of a mail means for its address.

A status of RFC 3463 says whose trouble it is. `5.1.x` is the address itself (but 5.1.7 and 5.1.8 are ours), `5.2.1` a
closed mailbox, `5.4.x` a domain that nobody serves: mail will never pass, so nothing more is sent there. The exceptions
are those that mend themselves or that the two servers have between them: a full mailbox (5.2.2), a message or mailbox
of the wrong size (5.2.3, 5.3.x), no route today (5.4.4 to 5.4.7), the protocol (5.5.x), the content (5.6.x), a policy
(5.7.x). One of those is worth a note; five over a week or more are as good as a closed door.

Wrongly believing an address dead silences a reader who never learns of it, so what is unclear counts as soft.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Weight = Literal["hard", "soft"]
BounceKind = Literal["hard", "soft", "complaint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A mail that came back to us, read. `kind` is None where it says nothing against the address.

    `leave` asks to end what the message was sent for, as RFC 2369 lets readers do by mail.
    `message_ids` are ours, as far as it names them, the surest first. `words` are those of the far side, on one line.
    """

    message_ids: tuple[str, ...]
    kind: BounceKind | Literal["leave"] | None
    words: str


STATUS = re.compile(r"(?<![.\d])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
HARD_REPLIES = frozenset({550, 551, 553})
CURABLE_ROUTES = range(4, 8)
ABOUT_THE_SENDER = frozenset({7, 8})
ABOUT_US = re.compile(
    r"relay|authent|permitted|denied|block|spam|policy|list(?:ed)?\b|reputation|suspend|sender|limit", re.IGNORECASE
)
"""Words of a refusal without a code of its own that speak of who sends, and not of who should get it."""

PERMANENT = "5"
MANY = 5
LONG = timedelta(days=7)
FORGOTTEN = timedelta(days=30)


def weight(status: str, reply: int | None = None) -> Weight | None:
    """Weigh a status such as `5.1.1`, looked for anywhere in the text; None where it is no failure, or a passing one.

    `reply` is the three-digit SMTP reply; it decides where the text has no status.
    """
    found = STATUS.search(status)
    if found is None:
        if reply is None or reply // 100 != int(PERMANENT):
            return None
        return "hard" if reply in HARD_REPLIES and not ABOUT_US.search(status) else "soft"
    kind, subject, detail = found[1], int(found[2]), int(found[3])
    if kind != PERMANENT:
        return None
    if subject == 0:
        return "soft" if ABOUT_US.search(status) else "hard"
    return "hard" if _about_the_address(subject, detail) else "soft"


def _about_the_address(subject: int, detail: int) -> bool:
    match subject:
        case 1:
            return detail not in ABOUT_THE_SENDER
        case 2:
            return detail not in {2, 3}
        case 4:
            return detail not in CURABLE_ROUTES
        case _:
            return False


def worn_out(soft: Sequence[datetime], now: datetime) -> bool:
    """Say whether soft bounces at these times are as good as a hard one: five, over a week or more, in a month."""
    recent = [at for at in soft if at > now - FORGOTTEN]
    return len(recent) >= MANY and max(recent) - min(recent) >= LONG


def one_sided(refused: int, taken: int) -> bool:
    """Say whether so many addresses that do not exist, and none that does, speak against the server and not them."""
    return taken == 0 and refused >= MANY
