"""What is posted to webhooks: our document, a chat service's, or what the operator's template makes of ours.

Nothing of it is one reader's own, so it is made once for all whose endpoints take the same.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from service.adapters.render.alert_view import TOLD, alert_view
from service.adapters.render.chats import Said, chat_body, said_of_digest, said_of_event
from service.adapters.render.clean import HEADLINE, clean
from service.adapters.render.digest_view import digest_view
from service.adapters.render.payload import MAX_BYTES, digest_payload, event_payload
from service.adapters.render.templates import TemplateSet
from service.core.codec import instant
from service.core.errors import BadTemplate
from service.core.subscription import Channel
from service.ports.world import DigestMessage, EndpointMessage, EventMessage, Rendered

REMEMBERED = 64
OWN_ADDRESS = ("ntfy", "telegram")
"""What is sent to these names where it goes."""


class Posts:
    """Renders for webhooks. `templates` may hold the operator's own; `report` is told what is wrong with one."""

    def __init__(self, templates: TemplateSet | None, *, base_url: str, report: Callable[[str], None]) -> None:
        self._templates = templates
        self._base_url = base_url
        self._report = report
        self._known: OrderedDict[Hashable, tuple[EventMessage, Rendered]] = OrderedDict()
        self._lock = Lock()

    def event(self, message: EventMessage) -> Rendered:
        """Render one development of one event."""
        channel = message.subscription.channel
        heard = [told.revision for told in message.told_before if told.state in TOLD]
        # The very objects count: after a rollback an id and a revision come again, with other news.
        news = (id(message.event), id(message.claims), id(message.history))
        said = (message.kind, message.rule, message.note, message.now, tuple(heard))
        key = (news, said, channel.format, channel.address if channel.format in OWN_ADDRESS else "")
        return self._remembered(key, message)

    def digest(self, message: DigestMessage) -> Rendered:
        """Render a digest."""
        view = digest_view(message, base_url=self._base_url)
        document = digest_payload(message, base_url=self._base_url)
        return self._finished(view.subject, document, said_of_digest(view), message.subscription.channel)

    def test(self, message: EndpointMessage) -> Rendered:
        """Render a message that is only a test."""
        words = "This is a test. Whoever reads it gets what is sent here."
        data = {"subscription_id": message.subscription.subscription_id, "message": words}
        document = {"type": message.kind, "timestamp": instant(message.now), "data": data}
        said = Said(title="Tocsin: a test", lines=(words,), url=self._base_url)
        channel = message.subscription.channel
        body = json.dumps(document, separators=(",", ":")).encode()
        return self._finished("A test of this endpoint", body, said, channel, own=False)

    def _event(self, message: EventMessage, channel: Channel) -> Rendered:
        view = alert_view(message, base_url=self._base_url)
        return self._finished(
            view.subject, event_payload(message, base_url=self._base_url), said_of_event(view), channel
        )

    def _finished(self, subject: str, document: bytes, said: Said, channel: Channel, *, own: bool = True) -> Rendered:
        body = document
        if channel.format != "standard":
            body = json.dumps(chat_body(said, channel), ensure_ascii=False, separators=(",", ":")).encode()
        name = f"webhook/{channel.format}.json"
        if not own or self._templates is None or not self._templates.has(name):
            return Rendered(subject=subject, body=body)
        try:
            return Rendered(subject=subject, body=templated(self._templates, name, document))
        except BadTemplate as error:
            self._report(error.located())
            return Rendered(subject=subject, body=body, fell_back=clean(error.located(), HEADLINE))

    def _remembered(self, key: Hashable, message: EventMessage) -> Rendered:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][1]
        made = self._event(message, message.subscription.channel)
        with self._lock:
            # The message is held with what it became, so that no other news can have its objects' ids meanwhile.
            self._known[key] = (message, made)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made


def templated(templates: TemplateSet, name: str, document: bytes) -> bytes:
    """Return what a template makes of our document, as minified JSON. Raises BadTemplate, whatever is wrong with it."""
    text = templates.page(name, p=json.loads(document))
    file = templates.file(name)
    try:
        made = json.loads(text)
    except ValueError as error:
        hint = "put strings through the filter tojson"
        raise BadTemplate(f"what it makes is no JSON: {error}", hint=hint, file=file) from error
    body = json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
    if len(body) > MAX_BYTES:
        raise BadTemplate(f"what it makes is larger than {MAX_BYTES:,} bytes", hint="say less", file=file)
    return body
