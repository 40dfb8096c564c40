"""A digest for everybody: what happened on a day, or in the stretch of a mail, and nobody's name."""

import httpx
import pytest

from service.adapters.render.digest_view import digest_view
from service.core.subscription import Wish
from service.pipeline.gather import Gathering
from service.settings import Settings
from tests.web.conftest import TestSite
from tests.web.story import NASTY, NOW, Told

RULES = """version: 1
rules:
  - {id: strikes, title: Strikes, match: kind:strike, owner: desk}
  - {id: talks, title: Talks, match: kind:talks, owner: desk}
"""


@pytest.fixture(autouse=True)
def _rules(site: TestSite) -> None:
    (site.settings.data_dir / "config" / "rules" / "kinds.yaml").write_text(RULES)
    site.rule_desk._book.refresh()


def test_today_is_a_page_for_everybody(client: httpx.Client, told: Told) -> None:
    assert client.get("/digest").headers["location"] == f"/digest/{NOW.date()}"
    html = client.get(f"/digest/{NOW.date()}").text
    assert f"/e/{told.strike}" in html
    assert "/deliveries" not in html
    assert "Nothing reported does not mean" in client.get("/digest/2026-01-01").text


@pytest.mark.parametrize(("rules", "shown"), [("strikes", True), ("talks", False), ("gone-since", False), ("", True)])
def test_a_mails_stretch_and_rules_are_shown(client: httpx.Client, told: Told, rules: str, *, shown: bool) -> None:
    stretch = f"since={NOW:%Y-%m-%d}T00:00:00Z&until={NOW:%Y-%m-%dT%H:%M:%SZ}"
    html = client.get(f"/digest/{NOW.date()}?{stretch}&rules={rules}").text
    assert (f"/e/{told.strike}" in html) == shown


@pytest.mark.usefixtures("told")
def test_what_a_mail_links_to_is_what_the_mail_said(client: httpx.Client, site: TestSite) -> None:
    """The same events, and not a word of whose mail it was."""
    with site.store.write() as tx:
        wish = Wish(kind="email", address="secret.reader@example.org", mode="digest", rules=("strikes",))
        reader = tx.subscriptions.add(wish, now=NOW)
    with site.store.read() as tx:
        gathering = Gathering(tx=tx, rules=site.rules(), now=NOW)
        message = gathering.message(reader, gathering.past(reader.subscription_id), due_at=NOW)
    url = digest_view(message, base_url=site.settings.base_url).urls.web
    answer = client.get(url.removeprefix(site.settings.base_url))
    assert answer.status_code == 200
    assert message.items
    for item in message.items:
        assert f"/e/{item.event.event_id}" in answer.text
    assert "secret" not in answer.text
    assert reader.key not in url + answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/digest/2026-13-01", 400),
        ("/digest/1999-01-01", 400),
        ("/digest/2999-01-01", 400),
        (f"/digest/{NOW.date()}?since=2020-01-01T00:00:00Z", 400),
        (f"/digest/{NOW.date()}?since=2026-11-23T00:00:00Z&until=2026-11-22T00:00:00Z", 400),
        (f"/digest/{NOW.date()}?rules={'x,' * 400}", 200),
        (f"/digest/{NOW.date()}?rules=<script>", 200),
    ],
)
def test_no_address_asks_for_too_much(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_the_map_stands_in_the_page_and_the_same_is_to_be_had_as_plain_text(client: httpx.Client, told: Told) -> None:
    """What the map shows is said in words, too; the text is the same stretch and rules."""
    html = client.get(f"/digest/{NOW.date()}?rules=strikes").text
    assert 'role="img" aria-label="Map: Kharkiv, Ukraine' in html
    assert "Boundaries follow UN practice" in html
    link = f"/digest/{NOW.date()}.txt?rules=strikes"
    assert html.count(f'href="{link}"') == 2
    text = client.get(link)
    assert text.headers["content-type"].startswith("text/plain")
    assert f"/e/{told.strike}" in text.text
    assert f"/e/{told.talks}" not in text.text
    assert "<" not in text.text.replace(NASTY, "")
    assert client.get("/digest/2026-13-01.txt").status_code == 400


@pytest.mark.usefixtures("told")
def test_where_subscribing_is_off_nothing_leads_there(client: httpx.Client, site: TestSite) -> None:
    assert "/subscribe" in client.get("/digest/2026-11-22").text
    site.settings = Settings(data_dir=site.settings.data_dir, public_subscribe=False)
    assert "/subscribe" not in client.get("/digest/2026-11-22").text
