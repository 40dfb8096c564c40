"""The web face, put together."""

from fastapi import FastAPI

from service import __version__
from service.web import (
    about,
    bounces_api,
    deliveries,
    deliveries_api,
    digest_page,
    event_edits,
    event_list,
    event_page,
    events_api,
    feed_page,
    feeds,
    health,
    leave,
    machine,
    manage,
    maps,
    metrics,
    problems,
    push,
    rule_history,
    rule_page,
    rules,
    rules_api,
    rules_api_acts,
    sign_in,
    static_files,
    subscribe,
    users_api,
)
from service.web.bounds import Bounds
from service.web.headers import Headers
from service.web.heads import Heads
from service.web.pages import Pages
from service.web.push import Gate
from service.web.site import Site


def create_app(site: Site) -> FastAPI:
    """Return the ASGI app that shows this site. Handlers are plain functions: they run in threads, beside the loop."""
    app = FastAPI(
        title="Tocsin", version=__version__, openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.site = site
    app.state.pages = Pages(site)
    app.state.gate = Gate()
    problems.install(app)
    app.add_middleware(Bounds)
    app.add_middleware(Headers)
    app.add_middleware(Heads)
    pages = (
        machine,
        event_list,
        event_page,
        event_edits,
        feeds,
        feed_page,
        deliveries,
        rules,
        rule_page,
        rule_history,
        sign_in,
        subscribe,
        leave,
        manage,
        digest_page,
        maps,
        about,
    )
    for part in (
        health,
        metrics,
        *pages,
        rules_api,
        rules_api_acts,
        users_api,
        events_api,
        deliveries_api,
        bounces_api,
        push,
        static_files,
    ):
        app.include_router(part.router)
    return app
