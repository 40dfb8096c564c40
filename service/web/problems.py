"""Errors, said so that whoever asked can read them: a page for browsers, an RFC 9457 problem document for programs."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.core.errors import BadConfig, BadInput, BadTemplate, NotFound, TocsinError, Unavailable
from service.web.pages import page

log = logging.getLogger(__name__)

RETRY_AFTER_S = "5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong. `detail` is a sentence for people; `problems` lists the parts where there are several."""

    status: int
    title: str
    detail: str
    code: str = ""
    problems: Sequence[str] = ()


def answer(request: Request, problem: Problem) -> Response:
    """Answer with a page where a browser asks for one, else with a problem document."""
    retry = {"Retry-After": RETRY_AFTER_S} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if _wants_page(request):
        response = page(request, "error", problem, status=problem.status)
        response.headers.update(retry)
        return response
    body: dict[str, object] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body |= {"detail": problem.detail} if problem.detail else {}
    body |= {"code": problem.code} if problem.code else {}
    body |= {"problems": list(problem.problems)} if problem.problems else {}
    return JSONResponse(body, problem.status, headers=retry, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Give every error of this app one of the two forms."""
    app.add_exception_handler(TocsinError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(_Bugs)


def _wants_page(request: Request) -> bool:
    machine = request.url.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))
    return not machine and "text/html" in request.headers.get("accept", "")


def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, TocsinError):
        raise error
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, NotFound):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(error, BadInput) and not isinstance(error, (BadConfig, BadTemplate)):
        status = HTTPStatus.BAD_REQUEST
    elif isinstance(error, Unavailable):
        status = HTTPStatus.SERVICE_UNAVAILABLE
        log.error("%s %s", error.code, error)
    return answer(request, Problem(status=status, title=status.phrase, detail=str(error), code=error.code))


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    detail = "" if error.detail == status.phrase else error.detail
    response = answer(request, Problem(status=status, title=status.phrase, detail=detail))
    response.headers.update(error.headers or {})
    return response


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in error.errors()]
    title = HTTPStatus.BAD_REQUEST.phrase
    detail = "Something in the address or the form cannot be read."
    return answer(request, Problem(status=400, title=title, detail=detail, problems=problems))


class _Bugs:
    """Answers what nobody else did. Unlike starlette's own it stands inside the headers, and tells the log once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            request = Request(scope, receive)
            log.exception("%s %s failed", request.method, getattr(scope.get("route"), "path", "somewhere"))
            detail = "This is our mistake. It has been written to the log."
            problem = Problem(status=500, title=HTTPStatus.INTERNAL_SERVER_ERROR.phrase, detail=detail)
            await answer(request, problem)(scope, receive, send)
