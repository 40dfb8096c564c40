"""Which account's title stands over the event: the first, for as long as nothing in it has been overtaken.

"One killed" over nine dead, or "talks proposed" over talks that collapsed, is a wrong number in the largest type there
is. So a title whose account's own figures or status differ from the picture makes room for the first that agrees.
Where in the text the figure stood does not matter: the title says it too, often enough.
"""

from collections import Counter
from collections.abc import Sequence

from service.core.event import Account
from service.core.report import Count, Report
from service.core.text.titles import bare_title

LONGEST = 120


def headline_of(accounts: Sequence[Account], *, killed: Count | None, injured: Count | None, status: str | None) -> str:
    """Return a title of these accounts (at least one, oldest first) that says nothing the picture does not.

    Among those that fit, one in the language of most accounts comes first.
    """
    own = [account for account in accounts if account.decision != "copy"] or list(accounts)
    fitting = [account for account in own if _fits(account.report, killed=killed, injured=injured, status=status)]
    (common, _), *_ = Counter(account.lang for account in own).most_common(1)
    best = min(fitting, key=lambda account: account.lang != common) if fitting else own[-1]
    return bare_title(best.title) or bare_title(best.summary)[:LONGEST]


def _fits(report: Report, *, killed: Count | None, injured: Count | None, status: str | None) -> bool:
    if report.kind == "talks":
        return report.status == status
    return _agrees(report.killed, killed) and _agrees(report.injured, injured)


def _agrees(said: Count | None, known: Count | None) -> bool:
    """Say whether a figure is still inside the range, "at least six" being about six; one not given is never wrong."""
    figure = said and (said.min if said.min is not None else said.max)
    if figure is None:
        return True
    low, high = known or Count()
    return (low or 0) <= figure and (known is not None) and (high is None or figure <= high)
