"""Mail that came back, over HTTP: as it is, by a mail server's script, or in our terms, by a provider's hook."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from service.core.errors import BadInput
from service.pipeline.returned import Taken
from service.web.pages import site_of
from service.web.session import bearer
from service.web.site import Site

MOST = 100
MAILS = {"message/rfc822", "message/global", "application/octet-stream", "text/plain"}
DOCUMENT = "application/json"

router = APIRouter(prefix="/api/v1", dependencies=[Depends(bearer)])


async def whole(request: Request) -> bytes:
    """Return the body; Bounds has seen to its length."""
    return await request.body()


@router.post("/bounces")
def bounces(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    body: Annotated[bytes, Depends(whole)],
    to: Annotated[str, Query(max_length=320, description="the envelope's recipient, where it is known")] = "",
) -> JSONResponse:
    """Take in returned mail: one mail as it is (message/rfc822), or one notice, or a list of them, as JSON.

    A notice is `{"message_id": "msg_…", "kind": "hard|soft|complaint|leave", "words": "550 5.1.1 …"}`. What names no
    mail of ours, or says nothing against an address, is no error.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == DOCUMENT:
        taken = site.returned_mail.told(_notices(body))
    elif kind in MAILS:
        taken = [site.returned_mail.take(body, to=to)]
    else:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {DOCUMENT} or message/rfc822.")
    return JSONResponse({"taken": [_taken(one) for one in taken]})


def _notices(body: bytes) -> list[Mapping[str, object]]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("this is no JSON", hint="see /api/v1/openapi.json") from error
    notices = given if isinstance(given, list) else [given]
    if not all(isinstance(notice, dict) for notice in notices) or not 0 < len(notices) <= MOST:
        raise BadInput("this is no notice, and no list of notices", hint=f"at most {MOST} objects")
    return notices


def _taken(taken: Taken) -> dict[str, object]:
    return {"address": taken.address, "what": taken.what, "suppressed": taken.suppressed}
