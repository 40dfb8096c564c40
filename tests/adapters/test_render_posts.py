"""What chat services get, and what an operator's template makes of our document: nothing of a stranger's words acts."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from service import resources
from service.adapters.render import Renderer, check_templates
from service.adapters.render.samples import sample_digests, sample_event
from service.core.subscription import Format
from service.ports.world import EndpointMessage, EventMessage
from tests.standins import NOON

CHATS = [format_ for format_ in get_args(Format) if format_ != "standard"]
HOSTILE = "<!channel> @everyone @here *bold* [x](https://evil.example) </b> & `code` " + "word " * 900
SHIPPED = resources.folders("templates", None)
LIMITS = {"slack": 3000, "discord": 6000, "mattermost": 4000, "teams": 20_000, "ntfy": 4096, "telegram": 4096}


def renderer(*folders: Path, faults: list[str] | None = None) -> Renderer:
    report = faults.append if faults is not None else pytest.fail
    return Renderer([*folders, *SHIPPED], base_url="https://t.example", mail_from="a@t.example", on_fallback=report)


def for_chat(format_: Format, message: EventMessage | None = None) -> EventMessage:
    message = message or sample_event("webhook")
    addresses = {"ntfy": "https://ntfy.example/our-alerts", "telegram": "https://t.example/bot1/sendMessage?chat_id=-7"}
    channel = replace(
        message.subscription.channel, format=format_, address=addresses.get(format_, "https://chat.example/x")
    )
    return replace(message, subscription=replace(message.subscription, channel=channel))


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("format_", CHATS)
def test_every_chat_gets_the_headline_and_a_link(format_: Format) -> None:
    message = for_chat(format_)
    said = " ".join(texts(json.loads(renderer().event(message).body)))
    assert message.event.headline.split(",")[0][:20] in said.replace("\\", "")
    assert f"https://t.example/e/{message.event.event_id}" in said


@pytest.mark.parametrize("format_", CHATS)
def test_a_hostile_headline_wakes_no_channel_and_fits(format_: Format) -> None:
    message = for_chat(format_)
    message = replace(message, event=replace(message.event, headline=HOSTILE), claims=())
    document = json.loads(renderer().event(message).body)
    said = texts(document)
    if format_ in LIMITS:
        assert max(map(len, said)) <= LIMITS[format_]
    if format_ == "slack":
        assert not any("<!channel>" in text for text in said)
    if format_ == "mattermost":
        assert not any("@everyone" in text or "@here" in text for text in said)
    if format_ == "discord":
        assert document["allowed_mentions"] == {"parse": []}
    if format_ in {"mattermost", "discord", "teams"}:
        assert not any("[x](" in text for text in said)


def test_what_each_service_needs_beside_the_words() -> None:
    made = {format_: json.loads(renderer().event(for_chat(format_)).body) for format_ in CHATS}
    assert made["ntfy"]["topic"] == "our-alerts"
    assert made["telegram"]["chat_id"] == "-7"
    card = made["teams"]["attachments"][0]
    assert (made["teams"]["type"], card["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert set(made["apprise"]) == {"title", "body"}
    assert made["slack"]["blocks"][0]["text"]["type"] == "mrkdwn"


@pytest.mark.parametrize("format_", get_args(Format))
def test_digests_and_tests_are_for_all_of_them(format_: Format) -> None:
    for digest in sample_digests():
        subscription = for_chat(format_).subscription
        body = renderer().digest(replace(digest, subscription=subscription)).body
        assert json.loads(body)
        assert len(body) <= 20_000
    test = EndpointMessage(
        kind="endpoint.test", message_id="msg_1", subscription=subscription, to="", reason="asked", now=NOON
    )
    document = json.loads(renderer().endpoint(test).body)
    assert "test" in " ".join(texts(document))
    if format_ == "standard":
        assert (document["type"], document["data"]["subscription_id"]) == (
            "endpoint.test",
            subscription.subscription_id,
        )


def own(tmp_path: Path, text: str, name: str = "standard.json") -> Path:
    (tmp_path / "webhook").mkdir(exist_ok=True)
    (tmp_path / "webhook" / name).write_text(text)
    return tmp_path


def test_an_operators_template_makes_what_it_likes_of_our_document(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        '{"what": {{ p.type|tojson }}, "where": {{ p.data.event.headline|tojson if p.data.event is defined else 0 }} }',
    )
    message = sample_event("webhook")
    assert json.loads(renderer(folder).event(message).body) == {"what": message.kind, "where": message.event.headline}
    assert check_templates([folder, *SHIPPED]) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ p.data.nothing_of_that_name }}", "nothing_of_that_name"),
        ("{% for", "Encountered|Expected|unexpected"),
        ("{{ p.type }}", "JSON"),
        ("{{ ''.__class__.__mro__ }}", "unsafe|access"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", "steps|range|big"),
        ('"{{ "x" * 9999 }}{{ "x" * 9999 }}{{ "x" * 9999 }}"', "20,000 bytes"),
    ],
)
def test_a_faulty_template_is_named_by_the_check_and_replaced_when_it_counts(
    tmp_path: Path, text: str, words: str
) -> None:
    folder, faults = own(tmp_path, text), list[str]()
    plain = renderer().event(sample_event("webhook")).body
    rendered = renderer(folder, faults=faults).event(sample_event("webhook"))
    assert rendered.body == plain
    assert "standard.json" in rendered.fell_back
    assert len(faults) == 1
    found = check_templates([folder, *SHIPPED])
    assert found
    assert all("standard.json" in str(fault.file) for fault in found)
    assert re.search(words, found[0].message)


def test_what_goes_to_many_is_made_once() -> None:
    one, message = renderer(), sample_event("webhook")
    other = replace(message, message_id="msg_other", subscription=replace(message.subscription, key="another"))
    assert one.event(message) is one.event(other)
    assert one.event(replace(message, note="This fills the hour.")) is not one.event(message)
