"""What an operator does to an event on its page: merge, part, split, take a report out, correct, dismiss, undo.

Each is a form of its own that works without script, is refused to strangers (`session`), and can be undone. What is
corrected, retracted or put back is told to who was told otherwise, unless it is `quiet`; the rest sends nothing.
Afterwards the page says what was done and how many are told, beside a button that takes it back.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.bootstrap.curating import event_id_of, fact_of
from service.core.errors import BadInput
from service.core.event import Act
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.web import session
from service.web.event_page import show
from service.web.pages import site_of
from service.web.site import Site

router = APIRouter(include_in_schema=False)

Ours = Annotated[Site, Depends(site_of)]
Csrf = Annotated[str, Form()]
Why = Annotated[str, Form(max_length=1000)]
Quiet = Annotated[bool, Form()]
Typed = Annotated[str, Form(max_length=2000)]


@router.post("/events/{event_id}/merge")
def merge(
    request: Request, event_id: int, site: Ours, *, other: Typed = "", reason: Why = "", csrf: Csrf = ""
) -> Response:
    """Make the event that is named, by its number or a pasted link, one with this."""
    return _done(
        request, site, event_id, csrf, lambda by: curate.merge(by, event_id, event_id_of(other)), reason=reason
    )


@router.post("/events/{event_id}/part")
def part(request: Request, event_id: int, site: Ours, *, other: Typed = "", csrf: Csrf = "") -> Response:
    """Say that this event and the other are two."""
    return _done(request, site, event_id, csrf, lambda by: curate.part(by, event_id, event_id_of(other)))


@router.post("/events/{event_id}/split")
def split(
    request: Request,
    event_id: int,
    site: Ours,
    *,
    reports: Annotated[list[int] | None, Form()] = None,
    reason: Why = "",
    csrf: Csrf = "",
) -> Response:
    """Give the ticked reports an event of their own."""
    return _done(request, site, event_id, csrf, lambda by: curate.split(by, event_id, _ticked(reports)), reason=reason)


@router.post("/events/{event_id}/reports/{report_id}/remove")
def remove(request: Request, event_id: int, report_id: int, site: Ours, *, csrf: Csrf = "") -> Response:
    """Take one report out of the event for good."""
    return _done(request, site, event_id, csrf, lambda by: curate.remove(by, event_id, report_id))


@router.post("/events/{event_id}/correct")
def correct(
    request: Request,
    event_id: int,
    site: Ours,
    *,
    field: Typed = "",
    value: Typed = "",
    reason: Why = "",
    quiet: Quiet = False,
    csrf: Csrf = "",
) -> Response:
    """State a fact over what every source says."""
    return _done(
        request,
        site,
        event_id,
        csrf,
        lambda by: curate.correct(by, event_id, *fact_of(f"{field}={value}")),
        reason=reason,
        quiet=quiet,
    )


@router.post("/events/{event_id}/dismiss")
def dismiss(
    request: Request, event_id: int, site: Ours, *, reason: Why = "", quiet: Quiet = False, csrf: Csrf = ""
) -> Response:
    """Say that the event did not happen."""
    return _done(request, site, event_id, csrf, lambda by: curate.retract(by, event_id), reason=reason, quiet=quiet)


@router.post("/events/{event_id}/undo/{act_id}")
def undo(request: Request, event_id: int, act_id: int, site: Ours, *, csrf: Csrf = "") -> Response:
    """Take back what was done."""
    return _done(request, site, event_id, csrf, lambda by: curate.undo(by, act_id))


def _ticked(reports: list[int] | None) -> list[int]:
    if not reports:
        raise BadInput("no report is ticked", hint="tick those that are of another event")
    return reports


def _done(
    request: Request,
    site: Site,
    event_id: int,
    csrf: str,
    do: Callable[[Hand], Act],
    *,
    reason: str = "",
    quiet: bool = False,
) -> Response:
    """Do it, and show the event that lives on; what cannot be done is said on the page, and nothing is changed."""
    who = session.operator(request, csrf)
    try:
        with site.events.hand(who.name, reason=reason.strip(), quiet=quiet) as by:
            act = do(by)
    except BadInput as error:
        return show(request, site, event_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, wrong=str(error))
    return RedirectResponse(f"/events/{act.event_id}?done={act.act_id}&told={act.told}", HTTPStatus.SEE_OTHER)
