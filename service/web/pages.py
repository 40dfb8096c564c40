"""Pages from templates: the operator's before the shipped ones, the shipped ones where the operator's are broken."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from service import __version__, resources
from service.adapters.render.templates import TemplateSet
from service.core.errors import BadRule, BadTemplate
from service.web.session import Operator, signed_in
from service.web.site import Site
from service.web.static_files import address

log = logging.getLogger(__name__)

SECTIONS = (("Events", "/events"), ("Rules", "/rules"), ("Feeds", "/feeds"), ("Deliveries", "/deliveries"))
FOR_ALL = (("Today", "/digest"), ("Subscribe", "/subscribe"), ("Atom feed", "/feed.atom"))


class Frame(NamedTuple):
    """What stands around every page. `subscribe` says whether everybody may."""

    section: str
    home: str
    subscribe: bool
    sections: Sequence[tuple[str, str]]
    css: str
    icon: str
    now: datetime
    version: str
    rules_wrong: Sequence[str]
    rules_missing: Sequence[str]
    rules_apart: Sequence[str]
    operator: Operator | None
    script: str
    zone_script: str


class Pages:
    """Renders pages for one site."""

    def __init__(self, site: Site) -> None:
        folders = resources.folders("templates", site.settings.templates_dir)
        self._site = site
        self._clock = site.clock
        self._shipped = TemplateSet(folders[-1:])
        self._own = TemplateSet(folders) if len(folders) > 1 else None

    def render(self, name: str, view: object, *, section: str = "", operator: Operator | None = None) -> str:
        """Return the page `templates/pages/NAME.html`. Raises BadTemplate only if the shipped one is broken."""
        subscribe = self._site.settings.public_subscribe
        frame = Frame(
            section=section,
            home="/events" if section else "/digest",
            subscribe=subscribe,
            sections=SECTIONS if section else [link for link in FOR_ALL if subscribe or link[1] != "/subscribe"],
            css=address("app.css"),
            icon=address("icon.svg"),
            now=self._clock.now(),
            version=__version__,
            rules_wrong=[_in_short(error) for error in self._site.desk.wrong] if section else (),
            rules_missing=[str(error) for error in self._site.desk.missing] if section else (),
            rules_apart=[_in_short(error) for error in self._site.desk.apart] if section else (),
            operator=operator,
            script=address("rules.js"),
            zone_script=address("zone.js"),
        )
        return self._made(f"pages/{name}.html", m=view, frame=frame)

    def text(self, name: str, view: object) -> str:
        """Return the page `templates/pages/NAME.txt`, which has no frame. Raises BadTemplate as `render` does."""
        return self._made(f"pages/{name}.txt", m=view).strip() + "\n"

    def _made(self, template: str, **values: object) -> str:
        if self._own:
            try:
                return self._own.page(template, **values)
            except BadTemplate as error:
                log.error("%s; the shipped page is shown instead", error.located())  # noqa: TRY400 - the place is in it
        return self._shipped.page(template, **values)


def page(request: Request, name: str, view: object, *, section: str = "", status: int = 200) -> Response:
    """Answer with a page."""
    pages: Pages = request.app.state.pages
    text = pages.render(name, view, section=section, operator=signed_in(request))
    return HTMLResponse(text, status_code=status)


def text_page(request: Request, name: str, view: object) -> Response:
    """Answer with a page in plain text."""
    pages: Pages = request.app.state.pages
    return PlainTextResponse(pages.text(name, view))


def _in_short(error: BadRule) -> str:
    """Return an error with the file's name only: where it lies is not for everybody."""
    place = ":".join(str(part) for part in (Path(error.file).name, error.line, error.column) if part)
    return f"{place}: {error.code} {error}"


def site_of(request: Request) -> Site:
    """Return the site this request came to; a FastAPI dependency."""
    site: Site = request.app.state.site
    return site
