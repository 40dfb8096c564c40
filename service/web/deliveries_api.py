"""The outbox and webhook endpoints for programs. All of it needs the operator's token: addresses stand in it."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse

from service.adapters.channels import new_key, new_secret, public_key
from service.bootstrap.shown import delivery_json
from service.core.codec import instant
from service.core.errors import BadInput
from service.pipeline.manage import webhook_secret
from service.web.deliveries import State
from service.web.pages import site_of
from service.web.session import bearer
from service.web.site import Site

MOST = 500
router = APIRouter(prefix="/api/v1", dependencies=[Depends(bearer)])
SiteOf = Annotated[Site, Depends(site_of)]


@router.get("/deliveries")
def deliveries(
    site: SiteOf, state: State | None = None, limit: Annotated[int, Query(ge=1, le=MOST)] = 100
) -> JSONResponse:
    """List messages, newest first, with every attempt and what was answered."""
    with site.store.read() as tx:
        rows = tx.outbox.list(state=state, limit=limit)
    return JSONResponse([delivery_json(row) for row in rows])


@router.get("/deliveries/{outbox_id}")
def delivery(site: SiteOf, outbox_id: int) -> JSONResponse:
    """Give one message."""
    with site.store.read() as tx:
        return JSONResponse(delivery_json(tx.outbox.get(outbox_id)))


@router.post("/deliveries/{outbox_id}/retry")
def retry(site: SiteOf, outbox_id: int) -> JSONResponse:
    """Send once more what was given up, under its id."""
    return JSONResponse(delivery_json(site.endpoints.retry(outbox_id, site.clock.now())), HTTPStatus.ACCEPTED)


@router.post("/deliveries/replay")
def replay(
    site: SiteOf,
    since: Annotated[datetime, Body()],
    subscription_id: Annotated[int | None, Body()] = None,
    *,
    all_: Annotated[bool, Body(alias="all")] = False,
) -> JSONResponse:
    """Send again, under their ids, what was given up since then; with `all` what arrived, too."""
    if since.tzinfo is None:
        raise BadInput("`since` has no time zone", hint="write it as 2026-03-01T12:00:00Z")
    due = site.endpoints.replay(since, site.clock.now(), subscription_id=subscription_id, all_=all_)
    return JSONResponse({"due": due}, HTTPStatus.ACCEPTED)


@router.post("/subscriptions/{subscription_id}/test")
def test(site: SiteOf, subscription_id: int) -> JSONResponse:
    """Queue a message that says nothing but that it is a test."""
    outbox_id = site.endpoints.test(subscription_id, site.clock.now())
    return JSONResponse({"outbox_id": outbox_id}, HTTPStatus.ACCEPTED)


@router.post("/subscriptions/{subscription_id}/rotate")
def rotate(
    site: SiteOf,
    subscription_id: int,
    secret: Annotated[str | None, Body(embed=True)] = None,
    *,
    asymmetric: Annotated[bool, Body(embed=True)] = False,
) -> JSONResponse:
    """Give a webhook a new secret; for 24 hours the old one signs too. The answer is the only place that shows it."""
    fresh = secret or (new_key() if asymmetric else new_secret())
    webhook_secret(fresh)
    channel = site.endpoints.rotate(subscription_id, fresh, site.clock.now()).channel
    body = {"secret": fresh, "old_secret_until": instant(channel.old_secret_until)}
    return JSONResponse(body | ({"public_key": public_key(fresh)} if fresh.startswith("whsk_") else {}))


@router.post("/subscriptions/{subscription_id}/{verb}")
def set_state(site: SiteOf, subscription_id: int, verb: Literal["pause", "resume"]) -> JSONResponse:
    """Send nothing for a while, or go on; that opens a channel again that was disabled."""
    with site.store.read() as tx:
        subscription = tx.subscriptions.get(subscription_id)
    state = site.readers.pause(subscription, off=verb == "resume").state
    if verb == "resume":
        site.endpoints.reopen(subscription_id, site.clock.now())
    return JSONResponse({"subscription_id": subscription_id, "state": state})
