"""What the pipeline needs from the database to know what readers agreed to, and to forget them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.core.optin import Lately, Visitor
from service.core.subscription import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was asked for and, once `confirmed_at` is set, agreed to by who reads the address's mail."""

    consent_id: int
    subscription_id: int
    wish: Wish
    text_version: str
    asked_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None


OPERATORS = "the list of operators"
"""Where somebody stands who is not to be erased unless they are taken out of it."""


class ConsentStore(Protocol):
    """Who asked for what, and who agreed."""

    def lately(self, address_key: str, network: str, now: datetime) -> Lately:
        """Count what was asked for. A network or an address key of "" is nobody's and never counted."""
        ...

    def ask(
        self,
        subscription_id: int,
        wish: Wish,
        *,
        token_hash: str,
        address_key: str,
        text_version: str,
        expires_at: datetime,
        visitor: Visitor,
        now: datetime,
    ) -> int:
        """Note a request. One whose address key is "" sends no mail and does not count for the address."""
        ...

    def find(self, token_hash: str, *, lock: bool = False) -> Consent | None:
        """Return what this link confirms; with `lock`, held for a writing transaction."""
        ...

    def confirm(self, consent_id: int, visitor: Visitor, now: datetime) -> None:
        """Note that the button was pressed."""
        ...

    def stale(self, now: datetime) -> bool:
        """Whether there is anything to forget."""
        ...

    def forget(self, now: datetime, *, limit: int) -> int:
        """Delete requests whose link is too old and was never used, and all that only they brought in.

        Return how many. A subscription goes with its last request where it is pending and came from the page; its
        address goes with its last subscription.
        """
        ...


class People(Protocol):
    """One person, by their email address: all we hold of them, and forgetting it."""

    def export(self, address: str) -> Mapping[str, object]:
        """Return all there is about an address as JSON types; empty lists where there is nothing."""
        ...

    def standing(self, address: str) -> Sequence[str]:
        """Return what would bring an address back that is erased, such as a file that declares it."""
        ...

    def is_erased(self, mark: str) -> bool:
        """Whether a mailbox of this mark was erased."""
        ...

    def erase(self, address: str, *, mark: str, now: datetime) -> Mapping[str, int]:
        """End and empty what there is about an address. Return how many rows of each kind lost something.

        Its `mark` stays, so that a file that names it still does not bring it back.

        What remains says that messages went out, of what kind and when, and to nobody that can be found again.
        """
        ...
