"""Whose word counts: the accounts and claims that stand after copies, denials and retractions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.core.develop.claims import STANCE
from service.core.event import Account, Claim
from service.core.urls import is_pointer

OPERATOR = "operator"
"""The outlet of a claim an operator makes by hand. For its field it outweighs every source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands. `accounts` are the independent accounts that assert, in order of arrival; never copies.

    `outlets` are theirs, `denying` those that deny, `withdrawn` those that took everything back. Where all did,
    `outlets` is empty and `accounts` are what used to stand: a retracted event is shown as it was told.
    `claims` are what `accounts` claim, and what an operator says.
    """

    accounts: tuple[Account, ...]
    claims: tuple[Claim, ...]
    outlets: frozenset[str]
    denying: frozenset[str]
    withdrawn: frozenset[str]

    def of(self, field: str) -> list[Claim]:
        """Return the claims on a field; only the operator's newest where there is one."""
        claims = [claim for claim in self.claims if claim.field == field]
        by_hand = [claim for claim in claims if claim.outlet == OPERATOR]
        return [max(by_hand, key=_order)] if by_hand else claims


def standing(accounts: Sequence[Account], claims: Sequence[Claim]) -> Standing:
    """Sort out whose word counts.

    An outlet that retracts takes back what it said up to then; what it says later counts again. Copies add no source,
    and fall with what they copied; what an aggregator shows is no source beside one. An article that came once more
    with its town put right stands in its later version alone. Only where nothing but copies is left of an event, say
    after an operator split it, do they stand for themselves.
    """
    asserting = [account for account in accounts if account.report.stance == "asserts"]
    originals = [account for account in asserting if account.decision != "copy"] or asserting
    taken_back = _taken_back(accounts)
    kept = [account for account in _latest_versions(originals) if not _is_taken_back(account, taken_back)]
    sources = [account for account in kept if not is_pointer(account.url)] or kept
    outlets = frozenset(account.outlet for account in sources)
    shown = sorted(kept or originals, key=lambda account: account.report_id)
    report_ids = {account.report_id for account in shown}
    return Standing(
        accounts=tuple(shown),
        claims=tuple(claim for claim in claims if claim.report_id in report_ids or claim.outlet == OPERATOR),
        outlets=outlets,
        denying=frozenset(account.outlet for account in accounts if account.report.stance == "denies"),
        withdrawn=frozenset(taken_back) - outlets,
    )


def _latest_versions(accounts: Sequence[Account]) -> Sequence[Account]:
    """Return the accounts but for those whose own outlet names another town since, under the same address."""
    latest = {_article(account): account for account in sorted(accounts, key=_order) if account.report.place}
    return [account for account in accounts if not _is_put_right(account, latest.get(_article(account)))]


def _article(account: Account) -> tuple[str, str]:
    return account.outlet, account.canonical_url


def _is_put_right(account: Account, latest: Account | None) -> bool:
    if latest is None or not account.canonical_url:
        return False
    was, now = account.report.place, latest.report.place
    return was is not None and now is not None and was.name != now.name and was.precision == now.precision


def _taken_back(accounts: Iterable[Account]) -> dict[str, tuple[datetime, int]]:
    retractions = [account for account in accounts if account.report.stance == "retracts"]
    return {account.outlet: _order(account) for account in sorted(retractions, key=_order)}


def _is_taken_back(account: Account, taken_back: dict[str, tuple[datetime, int]]) -> bool:
    return account.outlet in taken_back and _order(account) <= taken_back[account.outlet]


def _order(said: Account | Claim) -> tuple[datetime, int]:
    return said.told_at, said.report_id


def stances(claims: Iterable[Claim], stance: str) -> list[Claim]:
    """Return the claims that deny or retract, oldest first."""
    return sorted((claim for claim in claims if claim.field == STANCE and claim.value == stance), key=_order)
