"""What chat services take instead of a signed document: the same news in a few lines, with a link.

Strangers' words stand in it, so nothing of theirs may act: no mention wakes a channel, no markup of theirs counts. Each
service cuts at a length of its own; we cut before it does, between words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from service.adapters.render.alert_view import AlertView
from service.adapters.render.clean import shorten
from service.adapters.render.digest_view import DigestView
from service.core.codec import Json
from service.core.subscription import Channel, Format

MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>])")
COLOURS = {"": 0xB42318, "Update": 0xB54708, "Correction": 0x175CD3, "Retraction": 0x475467}
LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message in a few lines. `label` is empty for a first alert, else Update, Correction or Retraction."""

    title: str
    lines: tuple[str, ...]
    url: str
    label: str = ""


def said_of_event(view: AlertView) -> Said:
    """Return what changed, or what is known, who says so, and where to look."""
    event = view.event
    lines = [view.lead, *(f"{change.label}: {change.before} → {change.after}" for change in view.changes)]
    if not view.retracted:
        lines += [event.opening, *(f"{fact.label}: {fact.value}" for fact in event.facts)]
        lines += [f"{event.sources}, {event.confidence} confidence"]
        lines += [f"“{quote.quote}” ({quote.outlet})" for quote in event.quotes[:1]]
    return Said(title=view.subject, lines=_told(lines), url=view.urls.event, label=view.label)


def said_of_digest(view: DigestView) -> Said:
    """Return the changes and the gravest events of a digest, a line each."""
    lines = [view.period, *(f"{one.label}: {one.headline}: {one.text}" for one in view.changed)]
    lines += [f"{event.heading}: {event.headline}" for event in (*view.cards, *view.more)]
    return Said(title=view.subject, lines=_told([*lines[:LINES], view.coverage]), url=view.urls.home)


def chat_body(said: Said, channel: Channel) -> Json:
    """Return the document this channel's service takes."""
    return CHATS[channel.format](said, channel)


def _told(lines: list[str]) -> tuple[str, ...]:
    return tuple(line for line in dict.fromkeys(line.strip() for line in lines) if line)


def _slack(said: Said, _channel: Channel) -> Json:
    """Mentions of Slack's stand in angle brackets, which are escaped."""
    title, text = _escaped(shorten(said.title, 150)), _escaped(shorten("\n".join(said.lines), 2800))
    blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{title.replace('*', '')}*"}}]
    if text:
        blocks.append({"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}})
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{said.url}|Sources and details>"}]})
    return {"text": title, "blocks": blocks, "unfurl_links": False}


def _discord(said: Said, _channel: Channel) -> Json:
    embed = {
        "title": _plain(shorten(said.title, 240)),
        "url": said.url,
        "description": _plain(shorten("\n".join(said.lines), 3500)),
        "color": COLOURS.get(said.label, COLOURS[""]),
    }
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _mattermost(said: Said, _channel: Channel) -> Json:
    """A zero-width space keeps an @ from being a mention."""
    text = "\n".join(_plain(line).replace("@", "@\u200b") for line in (shorten(said.title, 240), *said.lines))
    title, _, rest = shorten(text, 3800).partition("\n")
    return {"text": f"**{title}**\n{rest}\n[Sources and details]({said.url})"}


def _teams(said: Said, _channel: Channel) -> Json:
    """An Adaptive Card, as the workflow "when a webhook request is received" posts it."""
    body: list[Json] = [
        {"type": "TextBlock", "text": _plain(shorten(said.title, 240)), "weight": "Bolder", "wrap": True}
    ]
    body += [{"type": "TextBlock", "text": _plain(shorten(line, 500)), "wrap": True} for line in said.lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Sources and details", "url": said.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _ntfy(said: Said, channel: Channel) -> Json:
    """JSON goes to the server itself, and names the topic that the address ends in."""
    topic = urlsplit(channel.address).path.strip("/").rsplit("/", 1)[-1]
    priority = 3 if said.label else 4
    message = shorten("\n".join(said.lines), 3500)
    return {"topic": topic, "title": shorten(said.title, 240), "message": message, "click": said.url} | {
        "priority": priority
    }


def _telegram(said: Said, channel: Channel) -> Json:
    """Plain text, for want of a parse mode. The address, …/sendMessage?chat_id=…, names the chat."""
    chat = parse_qs(urlsplit(channel.address).query).get("chat_id", [""])[0]
    text = f"{shorten(said.title, 240)}\n{shorten(chr(10).join(said.lines), 3500)}\n{said.url}"
    return {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}


def _apprise(said: Said, _channel: Channel) -> Json:
    body = "\n".join((*said.lines, said.url))
    return {"title": shorten(said.title, 240), "body": shorten(body, 3500)}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", text)


CHATS: Mapping[Format, Callable[[Said, Channel], Json]] = {
    "slack": _slack,
    "discord": _discord,
    "mattermost": _mattermost,
    "teams": _teams,
    "ntfy": _ntfy,
    "telegram": _telegram,
    "apprise": _apprise,
}
