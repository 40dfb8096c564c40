"""Subscribing over the pages: what is asked, what is confirmed, what a link opens, and what nobody learns."""

import re
from datetime import time

import httpx
import pytest

from service.core.subscription import Quiet, Subscription, Wish
from tests.standins import PlainRenderer
from tests.web.conftest import TestSite

ADA = "ada@example.org"
FORM = {"email": ADA, "mode": "digest", "tz": "Europe/Kyiv", "at": "07:30", "days": list("1234567")}
FORM |= {"empty_day": "tell", "quiet_from": "", "quiet_to": "", "quiet_unless": "", "website": ""}
RULE = "version: 1\nrules:\n  - {id: harbour, title: Strikes on harbours, match: kind:strike, owner: desk}\n"


@pytest.fixture(autouse=True)
def _rules(site: TestSite) -> None:
    (site.settings.data_dir / "config" / "rules" / "ports.yaml").write_text(RULE)
    site.rule_desk._book.refresh()


def subscriptions(site: TestSite) -> list[Subscription]:
    with site.store.read() as tx:
        return tx.subscriptions.all()


def token(site: TestSite) -> str:
    """Return what the latest confirming mail carries."""
    assert isinstance(site.coming.renderer, PlainRenderer)
    return site.coming.renderer.confirms[-1].token


def subscribed(client: httpx.Client, site: TestSite, **more: object) -> str:
    """Subscribe Ada and return where her page is."""
    client.post("/subscribe", data=FORM | more)
    answer = client.post(f"/confirm/{token(site)}")
    (manage,) = re.findall(r'href="(/s/[^"]+)"', answer.text)
    return str(manage)


def test_from_the_form_to_the_page_of_ones_own(client: httpx.Client, site: TestSite) -> None:
    form = client.get("/subscribe")
    assert "Strikes on harbours" in form.text
    assert "Europe/Kyiv (UTC+2)" in form.text
    sent = client.post("/subscribe", data=FORM | {"rules": "harbour"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/subscribe/sent")
    assert subscriptions(site)[0].state == "pending"
    look = client.get(f"/confirm/{token(site)}")
    assert look.text.count("<button") == 1
    assert "a…@example.org" in look.text
    assert ADA not in look.text
    assert subscriptions(site)[0].state == "pending", "a GET changes nothing"
    assert "You are subscribed" in client.post(f"/confirm/{token(site)}").text
    (made,) = subscriptions(site)
    assert (made.state, made.rules, made.tz, made.at) == ("active", ("harbour",), "Europe/Kyiv", time(7, 30))
    assert "This was confirmed before" in client.get(f"/confirm/{token(site)}").text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"email": "nobody"}, "No email address: &#39;nobody&#39;"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "No email address"),
        ({"mode": "hourly"}, "Choose how often"),
        ({"tz": "Mars/Base"}, "No time zone"),
        ({"tz": "../../etc/passwd"}, "No time zone"),
        ({"at": "25:00"}, "No time of day"),
        ({"days": []}, "at least one day"),
        ({"rules": "nothing-like-it"}, "No watch rule"),
        ({"quiet_from": "22:00"}, "a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_to": "22:00"}, "another time than they begin"),
        ({"quiet_from": "late", "quiet_to": "22:00"}, "No time of day"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(
    client: httpx.Client, site: TestSite, wrong: dict[str, object], says: str
) -> None:
    answer = client.post("/subscribe", data=FORM | wrong)
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{wrong.get("at", "07:30")}"' in answer.text
    assert subscriptions(site) == []


def test_known_and_unknown_addresses_get_the_same_answer(client: httpx.Client, site: TestSite) -> None:
    subscribed(client, site)
    known, unknown = (client.post("/subscribe", data=FORM | {"email": email}) for email in (ADA, "bob@example.org"))
    told = [(a.status_code, a.text, {k: v for k, v in a.headers.items() if k != "date"}) for a in (known, unknown)]
    assert told[0] == told[1]


def test_a_network_that_asks_for_too_many_is_told(client: httpx.Client) -> None:
    for n in range(3):
        assert client.post("/subscribe", data=FORM | {"email": f"a{n}@example.org"}).status_code == 303
    answer = client.post("/subscribe", data=FORM | {"email": "a4@example.org"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "86400")


def test_a_program_that_fills_in_everything_is_told_the_same_and_sends_no_mail(
    client: httpx.Client, site: TestSite
) -> None:
    answer = client.post("/subscribe", data=FORM | {"website": "https://spam.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/sent")
    assert subscriptions(site) == []


def test_another_site_cannot_have_its_visitors_ask(client: httpx.Client, site: TestSite) -> None:
    answer = client.post("/subscribe", data=FORM, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert subscriptions(site) == []


@pytest.mark.parametrize("path", ["/subscribe", "/confirm/x", "/s/x", "/s/x/erase"])
def test_no_huge_form_is_read(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=b"email=" + b"a" * 60_000, headers={"Content-Type": FORM_TYPE})
    assert answer.status_code == 413
    chunked = client.post(path, content=iter([b"email=", b"a"]), headers={"Content-Type": FORM_TYPE})
    assert chunked.status_code == 411


FORM_TYPE = "application/x-www-form-urlencoded"


def test_a_form_of_thousands_of_fields_is_refused(client: httpx.Client) -> None:
    answer = client.post("/subscribe", content="&".join(["rules=a"] * 5000), headers={"Content-Type": FORM_TYPE})
    assert answer.status_code == 400


def test_everything_can_be_changed_by_the_link(client: httpx.Client, site: TestSite) -> None:
    mine = subscribed(client, site)
    look = client.get(mine)
    assert 'value="07:30"' in look.text
    changed = {"mode": "both", "rules": "harbour", "tz": "Asia/Kathmandu", "at": "21:15", "days": ["1", "5"]}
    changed |= {"empty_day": "skip", "quiet_from": "22:00", "quiet_to": "06:30", "quiet_unless": "4"}
    answer = client.post(mine, data=changed)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{mine}?said=saved")
    assert "Saved." in client.get(answer.headers["location"]).text
    (made,) = subscriptions(site)
    assert (made.mode, made.rules, made.tz, made.days) == ("both", ("harbour",), "Asia/Kathmandu", (1, 5))
    assert (made.at, made.empty_day) == (time(21, 15), "skip")
    assert made.quiet == Quiet(start=time(22), end=time(6, 30), unless=4)
    assert 'value="22:00"' in client.get(mine).text
    wrong = client.post(mine, data=changed | {"at": "late"})
    assert wrong.status_code == 422


def test_a_rule_that_is_no_longer_watched_does_not_keep_a_reader_from_saving(
    client: httpx.Client, site: TestSite
) -> None:
    mine = subscribed(client, site, rules="harbour")
    (site.settings.data_dir / "config" / "rules" / "ports.yaml").write_text(RULE.replace("harbour,", "piers,"))
    site.rule_desk._book.refresh()
    assert "harbour (no longer watched)" in client.get(mine).text
    assert client.post(mine, data=FORM | {"rules": ["harbour", "piers"]}).status_code == 303


def test_pause_go_on_and_leave(client: httpx.Client, site: TestSite) -> None:
    mine = subscribed(client, site)
    for path, state in (("pause", "paused"), ("pause", "paused"), ("resume", "active"), ("unsubscribe", "ended")):
        assert client.get(f"{mine}/{path}").status_code in {200, 405}
        assert client.post(f"{mine}/{path}").status_code in {200, 303}
        assert subscriptions(site)[0].state == state
    assert "You have left" in client.get(mine).text
    assert client.post(f"{mine}/resume").status_code == 400
    assert subscriptions(site)[0].state == "ended"


def test_a_link_that_is_not_signed_serves_to_leave_and_for_nothing_else(client: httpx.Client, site: TestSite) -> None:
    """Mails of before, and a secret that was lost: leaving works all the same. The database alone opens nothing."""
    subscribed(client, site)
    key = subscriptions(site)[0].key
    for token in (key, f"{key}.AAAAAAAAAAAAAAAAAAAAAA"):
        for path in ("", "/pause", "/resume", "/erase", "/unsubscribe-all"):
            assert client.post(f"/s/{token}{path}", data=FORM).status_code == 404, path
        for path in ("/export", "/erase"):
            assert client.get(f"/s/{token}{path}").status_code == 404, path
        assert 'name="tz"' not in client.get(f"/s/{token}").text
    assert subscriptions(site)[0].state == "active"
    client.post(f"/s/{key}.AAAA/unsubscribe")
    assert subscriptions(site)[0].state == "ended"


def test_a_reader_takes_along_and_has_erased_what_is_held_of_them(client: httpx.Client, site: TestSite) -> None:
    mine = subscribed(client, site)
    export = client.get(f"{mine}/export")
    assert "attachment" in export.headers["content-disposition"]
    held = export.json()
    assert held["addresses"][0]["address"] == ADA
    assert held["consents"][0]["confirmed_ip"] == "127.0.0.1"
    assert "what we had told you wrong is put right" in client.get(mine).text
    assert client.get(f"{mine}/erase").text.count("<button") == 1
    assert subscriptions(site)[0].state == "active", "a GET changes nothing"
    assert "You are erased" in client.post(f"{mine}/erase").text
    assert client.get(mine).status_code == 404
    assert subscriptions(site)[0].channel.address.endswith("@erased.invalid")


def test_pages_with_a_token_are_told_to_nobody(client: httpx.Client, site: TestSite) -> None:
    mine = subscribed(client, site)
    for path in (f"/confirm/{token(site)}", mine, f"{mine}/export", f"{mine}/erase"):
        headers = client.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "unsafe" not in headers["content-security-policy"]


def test_other_mail_to_the_same_address_is_named_and_can_be_left_too(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        tx.subscriptions.add(Wish(kind="email", address=ADA, mode="alert", source="cli"), now=site.clock.now())
    mine = subscribed(client, site)
    assert "The same address also gets alerts as things happen" in client.get(mine).text
    assert "Stop all of them" in client.get(f"{mine}/unsubscribe").text
    client.post(f"{mine}/unsubscribe-all")
    assert {one.state for one in subscriptions(site)} == {"ended"}


def test_the_page_can_be_switched_off(client: httpx.Client, site: TestSite) -> None:
    site.settings = site.settings.model_copy(update={"public_subscribe": False})
    assert client.get("/subscribe").status_code == 404
    assert client.post("/subscribe", data=FORM).status_code == 404
