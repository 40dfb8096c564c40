"""A reader's whole story over real mail and real pages: asked for, confirmed, told, changed, left, erased."""

import re
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from service.bootstrap import App
from service.web import create_app, serve
from tests.town import MARKET, MARKET_LEAD, READER, a_town

FORM = {"email": READER, "mode": "both", "tz": "Africa/Khartoum", "at": "07:30", "days": list("1234567")}


def link(mail: EmailMessage, path: str) -> str:
    """Return the path of the link in a mail's text that begins so."""
    text = mail.get_body(("plain",))
    assert text is not None
    (found, *_) = re.findall(rf"https?://\S+?({path}\S+)", text.get_content())
    return str(found)


def test_from_the_form_to_being_forgotten(tmp_path: Path) -> None:
    with a_town(tmp_path) as town, App(town.settings(), clock=town.clock) as app:
        town.outlet()
        app.add_feed(town.outlet().url, country="SD")
        town.settle(app)
        with serve(create_app(app), "127.0.0.1", 0) as server, httpx.Client(base_url=server.url) as client:
            client.headers["Accept"] = "text/html"
            client.post("/subscribe", data=FORM)
            town.settle(app)
            (asked,) = town.mails
            assert asked["Subject"] == "One last step: confirm your subscription"
            assert asked["List-Unsubscribe"] is None
            town.outlet().publish(MARKET, MARKET_LEAD)
            town.later(app, minutes=10)
            assert len(town.mails) == 1, "nothing before the button"

            client.post(link(asked, "/confirm/"))
            town.outlet("Harbour Post").publish(
                "Drone strike on depot in Khartoum kills 12", "Twelve died, officials said."
            )
            app.add_feed(town.outlet("Harbour Post").url, country="SD")
            town.later(app, hours=17, minutes=30)
            digest = next(mail for mail in town.mails if str(mail["Subject"]).startswith("Digest: "))
            mine = link(digest, "/s/").removesuffix("/unsubscribe")
            assert client.get(link(digest, "/digest/")).status_code == 200
            assert 'value="07:30"' in client.get(mine).text
            client.post(mine, data=FORM | {"at": "09:00"})
            with app.store.read() as tx:
                assert f"{tx.subscriptions.all()[0].at:%H:%M}" == "09:00"

            one_click = urlsplit(str(digest["List-Unsubscribe"]).split(",", maxsplit=1)[0].strip(" <>")).path
            answer = client.post(one_click, data={"List-Unsubscribe": "One-Click"}, headers={"Accept": "*/*"})
            assert answer.status_code == 200
            before = len(town.mails)
            town.later(app, hours=48)
            assert len(town.mails) == before, "who left gets nothing"
            client.post(f"{mine}/erase")
            assert READER not in str(app.readers.export(READER))


@pytest.mark.parametrize("form", [FORM | {"website": "x"}, FORM | {"email": "x\r\nBcc: y@example.org"}])
def test_what_is_no_request_sends_no_mail(tmp_path: Path, form: dict[str, object]) -> None:
    with a_town(tmp_path) as town, App(town.settings(), clock=town.clock) as app:
        with serve(create_app(app), "127.0.0.1", 0) as server:
            httpx.post(f"{server.url}/subscribe", data=form)
        town.settle(app)
        assert town.mails == []
