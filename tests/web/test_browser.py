"""Pages in a real browser: nothing blocked, nothing wider than the window, everything usable without script."""

import os
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from service.settings import Settings
from tests.standins import PlainRenderer
from tests.web.conftest import TestSite
from tests.web.story import Told

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ARGS += ["--disable-background-networking", "--disable-component-update"]
SHOTS = os.environ.get("SHOTS", "")
"""Set to a folder to keep a picture of every page."""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed here (.ci/apt installs it)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as launched:
        yield launched


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_subscribing_needs_no_script_and_guesses_the_zone_with_it(
    browser: Browser, client: httpx.Client, site: TestSite, scheme: str
) -> None:
    """From the form to the page of one's own and out again; with script the clock of the browser chooses the zone."""
    options = {"timezone_id": "Europe/Kyiv", "color_scheme": scheme, "viewport": {"width": 390, "height": 800}}
    with browser.new_context(**options) as clever:  # type: ignore[arg-type]
        page = clever.new_page()
        page.goto(f"{client.base_url}/subscribe")
        expect(page.get_by_label("Time zone")).to_have_value("Europe/Kyiv")
    with browser.new_context(java_script_enabled=False, **options) as plain:  # type: ignore[arg-type]
        page = plain.new_page()
        page.goto(f"{client.base_url}/subscribe")
        expect(page.get_by_label("Time zone")).to_have_value("UTC")
        page.get_by_label("Email address").fill("ada@example.org")
        page.get_by_text("Days, empty days and quiet hours").click()
        page.get_by_label("Sunday").uncheck()
        _shoot(page, f"subscribe-open-390-{scheme}")
        page.get_by_role("button", name="Send confirmation link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("One last step")
        renderer = site.coming.renderer
        assert isinstance(renderer, PlainRenderer)
        page.goto(f"{client.base_url}/confirm/{renderer.confirms[-1].token}")
        _shoot(page, f"confirm-390-{scheme}")
        page.get_by_role("button", name="Yes, subscribe me").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")
        _shoot(page, f"confirmed-390-{scheme}")
        page.get_by_role("link", name="Change it").click()
        page.get_by_label("Monday").uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
        expect(page.get_by_label("Monday")).not_to_be_checked()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        _shoot(page, f"manage-390-{scheme}")
        page.get_by_role("link", name="Have it erased").click()
        page.get_by_role("button", name="Erase everything").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are erased")


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def test_pages_fit_the_window_and_break_no_rule_of_theirs(
    browser: Browser, client: httpx.Client, told: Told, site: TestSite
) -> None:
    with_rules(site)
    client.post("/sign-in", data={"token": TOKEN, "name": "ada"})
    page = browser.new_page()
    page.context.add_cookies([{"name": "tocsin", "value": client.cookies["tocsin"], "url": str(client.base_url)}])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend(_failure(request)))
    for name, path in pages(told).items():
        page.goto(f"{client.base_url}{path}")
        for width, scheme in product((1280, 390, 320), SCHEMES):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", f"{path}: no style sheet"
            _shoot(page, f"{name}-{width}-{scheme}")
    page.close()
    assert complaints == []


def _failure(request: Request) -> list[str]:
    """Return what failed; leaving a page while its icon still loads is no failure."""
    return [] if request.failure == "net::ERR_ABORTED" else [request.url]


def test_filtering_and_leaving_need_no_script(browser: Browser, client: httpx.Client, told: Told) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{client.base_url}/events")
    page.get_by_label("Talks", exact=True).check(force=True)
    page.get_by_role("button", name="Filter").click()
    assert "kind=talks" in page.url
    assert page.locator(".ev").count() == 1
    page.get_by_role("link", name="Delegations agree").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Delegations agree to meet in Geneva"
    page.goto(f"{client.base_url}/s/{told.key}")
    page.get_by_role("button", name="Stop these messages").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You have left"
    context.close()


def test_every_stop_of_the_tab_key_is_in_sight_and_outlined(browser: Browser, client: httpx.Client, told: Told) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    for path in ("/events", f"/events/{told.strike}", "/feeds"):
        page.goto(f"{client.base_url}{path}")
        stops = page.locator("a[href], button, input, select, summary, [tabindex='0']").count()
        for _ in range(stops):
            page.keyboard.press("Tab")
            seen = page.evaluate(FOCUS)
            assert seen["outlined"], (path, seen)
            assert seen["in_sight"], (path, seen)
    page.close()


FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const ring = node => node && (getComputedStyle(node).outlineStyle !== 'none' || ring(node.parentElement));
  return {what: at.outerHTML.slice(0, 80), outlined: at === document.body || ring(at),
          in_sight: box.bottom > 0 && box.top < innerHeight};
}"""


def test_a_rule_is_edited_and_in_force_at_once(browser: Browser, client: httpx.Client, site: TestSite) -> None:
    """Errors show while typing; what is saved is in force at once, and its file keeps its comments."""
    path = with_rules(site)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{client.base_url}/rules/harbour")
    page.get_by_role("link", name="Sign in to change it").click()
    page.get_by_label("Your name").fill("ada")
    page.get_by_label("Operator token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    text = page.get_by_label("Text, as it stands in the file")
    good = text.input_value()
    _shoot(page, "rule-edit")
    text.fill(good.replace("AND drone", "drone"))
    expect(page.locator("#verdict")).to_contain_text("two terms side by side")
    assert page.locator("#pane pre").first.inner_text().endswith("^")
    assert page.locator(".behind .h-x").inner_text() == "drone"
    _shoot(page, "rule-edit-wrong")
    text.fill(good)
    text.press("Control+End")
    text.press_sequentially("coo")
    expect(page.get_by_role("option", name="cooldown:")).to_have_attribute("aria-selected", "true")
    text.press("Enter")
    assert text.input_value().endswith("cooldown: ")
    assert page.locator(".behind .h-o").first.inner_text() == "AND"
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    text.fill(good.replace("AND drone", "AND drone*"))
    expect(page.locator("#verdict")).to_have_text("No errors. 1 test passed.")
    page.get_by_label("Why", exact=True).first.fill("all kinds of drones")
    page.get_by_role("button", name="Save rule").first.click()
    expect(page.get_by_role("alert")).to_have_text("Saved, and in force.")
    assert site.desk.current.rules[0].query_text == "kind:strike AND drone*"
    assert path.read_text() == RULES.replace("AND drone", "AND drone*")
    page.get_by_role("link", name="History").click()
    _shoot(page, "rule-history")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_role("alert")).to_have_text("Saved, and in force.")
    assert path.read_text() == RULES
    context.close()
    assert complaints == []


def test_a_rule_is_edited_without_script(browser: Browser, client: httpx.Client, site: TestSite) -> None:
    path = with_rules(site)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{client.base_url}/sign-in?to=/rules/harbour")
    page.get_by_label("Operator token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    text = page.get_by_label("Text, as it stands in the file")
    text.fill(text.input_value().replace("AND drone", "AND drone*"))
    page.get_by_label("Why", exact=True).first.fill("all kinds of drones")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("status").inner_text() == "No errors. 1 test passed."
    assert "drone*" in page.get_by_role("region", name="What you changed").inner_text()
    page.get_by_role("button", name="Save rule").first.click()
    assert page.get_by_role("alert").inner_text() == "Saved, and in force."
    assert path.read_text() == RULES.replace("AND drone", "AND drone*")
    context.close()


def with_rules(site: TestSite) -> Path:
    """Give the site a rule of ours and a token to change it with."""
    path = site.settings.data_dir / "config" / "rules" / "ports.yaml"
    path.write_text(RULES)
    site.settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN)
    return path


TOKEN = "a-long-operator-token"
RULES = """version: 1
rules:
  - id: harbour   # since the spring
    title: Strikes on harbours
    match: kind:strike AND drone
    owner: desk
    tests:
      - {text: Drones hit the pier with a drone, event: {kind: strike}, fires: true}
  - {id: everything, title: Everything, match: "kind:strike OR kind:talks", owner: desk}
"""


def pages(told: Told) -> dict[str, str]:
    """Return the path of each page, by a name for its picture."""
    return {
        "events": "/events",
        "none": "/events?q=nowhere",
        "event": f"/events/{told.strike}",
        "retracted": f"/events/{told.retracted}",
        "feeds": "/feeds",
        "feed": f"/feeds/{told.failing}",
        "deliveries": "/deliveries",
        "rules": "/rules",
        "rule": "/rules/harbour",
        "rule-history": "/rules/harbour/history",
        "new-rule": "/new-rule",
        "sign-in": "/sign-in",
        "leave": f"/s/{told.key}",
        "subscribe": "/subscribe",
        "sent": "/subscribe/sent",
        "digest": "/digest/2026-11-22",
        "event-for-all": f"/e/{told.strike}",
        "method": "/method",
        "corrections": "/corrections",
    }


def _shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
