"""Pages and mails by the rules of accessibility that a program can check (axe-core), in either scheme."""

import shutil
from collections.abc import Collection, Iterator
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from service.adapters.render import samples
from service.ports.world import Rendered
from tests.adapters.test_render_mail import opened, renderer
from tests.web.conftest import TestSite
from tests.web.story import Told
from tests.web.test_browser import ARGS, TOKEN, pages, with_rules

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = Axe().axe_script
WINDOWS: list[tuple[int, Literal["light", "dark"]]] = [(1280, "light"), (375, "dark")]
"""Each width and each scheme once: no rule is about both."""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed here (.ci/apt installs it)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def broken(page: Page, *, but: Collection[str] = ()) -> list[str]:
    """Return each rule that is broken, in which window, and where."""
    options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in but}}
    page.evaluate(AXE)
    faults = []
    for width, scheme in WINDOWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("options => axe.run(options)", options)["violations"]
        nodes = [(rule["id"], node) for rule in found for node in rule["nodes"]]
        faults += [f"{width} {scheme} {rule}: {node['html'][:150]} {node['failureSummary']}" for rule, node in nodes]
    return faults


@pytest.mark.parametrize("signed_in", [False, True], ids=["reader", "operator"])
def test_no_page_breaks_a_rule(
    page: Page, client: httpx.Client, told: Told, site: TestSite, *, signed_in: bool
) -> None:
    """An operator's page that is the reader's to the letter is looked at as a reader only."""
    with_rules(site)
    paths = pages(told) | {"error": "/nowhere"}
    if signed_in:
        before = {name: client.get(path).text for name, path in paths.items()}
        client.post("/sign-in", data={"token": TOKEN, "name": "ada"})
        page.context.add_cookies([{"name": "tocsin", "value": client.cookies["tocsin"], "url": str(client.base_url)}])
        paths = {name: path for name, path in paths.items() if client.get(path).text != before[name]}
        assert paths
    found = {}
    for name, path in paths.items():
        page.goto(f"{client.base_url}{path}")
        found[name] = broken(page)
    assert not any(found.values()), {name: rules for name, rules in found.items() if rules}


def test_no_mail_breaks_a_rule(page: Page) -> None:
    """Apart from landmarks: those are the mail program's, around the mail."""
    made = renderer()
    mails = [
        *(made.event(message) for message in samples.sample_events()),
        *(made.digest(message) for message in samples.sample_digests()),
        made.confirm(samples.sample_confirm()),
    ]
    found = {mail.subject: _broken_in(page, mail) for mail in mails}
    assert not any(found.values()), {subject: rules for subject, rules in found.items() if rules}


def _broken_in(page: Page, mail: Rendered) -> list[str]:
    page.set_content(opened(mail)[2])
    return broken(page, but=("landmark-one-main", "region"))
