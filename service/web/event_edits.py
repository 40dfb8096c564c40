"""What an operator does to an event on its page: merge, part, split, take a report out, correct, dismiss, undo.

Each is a form of its own that works without script, is refused to strangers (`session`), and can be undone. What is
corrected, retracted or put back is told to who was told otherwise, unless it is `quiet`; the rest sends nothing.
Afterwards the page says what was done and how many are told, beside a button that takes it back.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.bootstrap.curating import event_id_of, fact_about
from service.core.errors import BadInput
from service.core.event import Act
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.web import session
from service.web.event_acts import Filled
from service.web.event_page import show
from service.web.pages import site_of
from service.web.site import Site

router = APIRouter(include_in_schema=False)

Ours = Annotated[Site, Depends(site_of)]
Csrf = Annotated[str, Form()]
Why = Annotated[str, Form(max_length=1000)]
Quiet = Annotated[bool, Form()]
Typed = Annotated[str, Form(max_length=2000)]
Lines = Annotated[list[Typed] | None, Form(max_length=40)]


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
    field: Lines = None,
    value: Lines = None,
    reason: Why = "",
    quiet: Quiet = False,
    csrf: Csrf = "",
) -> Response:
    """State facts over what every source says, all of them in one message; a line left empty states nothing."""
    given = {name: said.strip() for name, said in zip(field or (), value or (), strict=False) if said.strip()}
    return _done(
        request,
        site,
        event_id,
        csrf,
        lambda by: _stated(by, event_id, given),
        reason=reason,
        quiet=quiet,
        filled=Filled(facts=given, reason=reason, quiet=quiet),
    )


@router.post("/events/{event_id}/dismiss")
def dismiss(
    request: Request, event_id: int, site: Ours, *, reason: Why = "", quiet: Quiet = False, csrf: Csrf = ""
) -> Response:
    """Say that the event did not happen."""
    return _done(request, site, event_id, csrf, lambda by: curate.retract(by, event_id), reason=reason, quiet=quiet)


@router.post("/events/{event_id}/undo/{act_id}")
def undo(
    request: Request,
    event_id: int,
    act_id: int,
    site: Ours,
    *,
    also: Annotated[list[int] | None, Form(max_length=40)] = None,
    csrf: Csrf = "",
) -> Response:
    """Take back what was done, and what was done with it."""
    numbers = (act_id, *(also or ()))
    return _done(request, site, event_id, csrf, lambda by: [curate.undo(by, number) for number in numbers])


def _stated(by: Hand, event_id: int, given: Mapping[str, str]) -> list[Act]:
    """State all of it, or nothing."""
    if not given:
        raise BadInput("no fact is given", hint="fill in those that are wrong")
    return [
        curate.correct(by, event_id, *fact_about(by, event_id, f"{field}={value}")) for field, value in given.items()
    ]


def _ticked(reports: list[int] | None) -> list[int]:
    if not reports:
        raise BadInput("no report is ticked", hint="tick those that are of another event")
    return reports


def _done(
    request: Request,
    site: Site,
    event_id: int,
    csrf: str,
    do: Callable[[Hand], Act | list[Act]],
    *,
    reason: str = "",
    quiet: bool = False,
    filled: Filled | None = None,
) -> Response:
    """Do it, and show the event that lives on; what cannot be done is said on the page, and nothing is changed."""
    who = session.operator(request, csrf)
    try:
        with site.events.hand(who.name, reason=reason.strip(), quiet=quiet) as by:
            made = do(by)
    except BadInput as error:
        return show(request, site, event_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, wrong=str(error), filled=filled)
    acts = made if isinstance(made, list) else [made]
    told = max(act.told for act in acts)  # each takes the place of the one before, so it is one message
    done = "&".join(f"done={act.act_id}" for act in acts)
    return RedirectResponse(f"/events/{acts[-1].event_id}?{done}&told={told}", HTTPStatus.SEE_OTHER)
