"""Whether an edit made a report one of something else than the other reports of its event tell of.

Outlets put a wrong town right, and use one page for one strike after another. Where nobody else tells of the event, the
edit corrects it. Where others do, and hold to their place, the edited report must not drag their event elsewhere.
"""

from service.core.entry import Entry
from service.core.event import Candidate
from service.core.link.question import ask
from service.core.link.talks import venue
from service.core.link.where import elsewhere
from service.core.report import Report


def strayed(entry: Entry, report: Report, before: Report, rest: Candidate) -> bool:
    """Say whether the edit names another place than it did `before`, where the `rest` of its event cannot be."""
    if report.stance != "asserts" or report.place is None or report.place == before.place:
        return False
    if all(told.report.stance != "asserts" for told in rest.accounts):
        return False
    if report.kind == "talks":
        place = venue(report, rest)
        return place.veto or place.weight < 0
    return elsewhere(ask(report, entry, [rest]), rest)
