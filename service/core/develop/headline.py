"""Which account's title stands over the event: the first, for as long as nothing in it has been overtaken.

"One killed" over nine dead, or "talks proposed" over talks that collapsed, is a wrong number in the largest type there
is. So a title whose own figures or whose own status differ from the picture makes room for the first that agrees.
"""

from collections.abc import Sequence

from service.core.event import Account
from service.core.report import Count
from service.core.text.titles import bare_title

LONGEST = 120


def headline_of(accounts: Sequence[Account], *, killed: Count | None, injured: Count | None, status: str | None) -> str:
    """Return a title of these accounts (at least one, oldest first) that says nothing the picture does not."""
    own = [account for account in accounts if account.decision != "copy"] or list(accounts)
    fitting = [account for account in own if _fits(account, killed=killed, injured=injured, status=status)]
    best = fitting[0] if fitting else own[-1]
    return bare_title(best.title) or bare_title(best.summary)[:LONGEST]


def _fits(account: Account, *, killed: Count | None, injured: Count | None, status: str | None) -> bool:
    report = account.report
    told = {evidence.field for evidence in report.evidence if evidence.where == "title"}
    return (
        ("killed" not in told or _agrees(report.killed, killed))
        and ("injured" not in told or _agrees(report.injured, injured))
        and (report.kind == "strike" or report.status == status)
    )


def _agrees(said: Count | None, known: Count | None) -> bool:
    """Say whether a figure in a title is still inside the range, "at least six" being about six."""
    if said is None or known is None:
        return said == known
    figure = said.min if said.min is not None else said.max
    low = known.min if known.min is not None else 0
    return figure is not None and low <= figure and (known.max is None or figure <= known.max)
