"""The renderer: from what is to be said to the bytes that are sent."""

from collections.abc import Callable, Sequence
from pathlib import Path

from service.adapters.render.alert_view import AlertView, alert_view
from service.adapters.render.bare import bare
from service.adapters.render.digest_view import DigestView, digest_view
from service.adapters.render.mail import Letter, Postmaster
from service.adapters.render.payload import digest_payload, event_payload
from service.adapters.render.templates import Parts, TemplateSet
from service.core.errors import BadTemplate
from service.ports.world import DigestMessage, EventMessage, Rendered

MAX_HTML = 80_000
SIZES = ((12, 40), (6, 20), (3, 10), (1, 0))


class Renderer:
    """Renders messages for the channel of their subscription. Keeps the promises of `ports.world.Renderer`.

    Args:
        template_dirs: folders of templates, the operator's first, the shipped one last.
        base_url: where the public pages are, without a path of their own.
        mail_from: the sender, `alerts@example.org` or `Name <alerts@example.org>`.
        on_fallback: called once for each different fault found in a template, with file, line and fault.

    Raises:
        BadConfig: if `mail_from` is no address.
    """

    def __init__(
        self, template_dirs: Sequence[Path], *, base_url: str, mail_from: str, on_fallback: Callable[[str], None]
    ) -> None:
        self._sets = [TemplateSet(template_dirs), *([TemplateSet(template_dirs[-1:])] if template_dirs[1:] else [])]
        self._base_url = base_url.rstrip("/")
        self._post = Postmaster(mail_from)
        self._on_fallback = on_fallback
        self._reported: set[str] = set()

    def event(self, message: EventMessage) -> Rendered:
        """Render one development of one event."""
        view = alert_view(message, base_url=self._base_url)
        if message.subscription.channel.kind == "webhook":
            return Rendered(subject=view.subject, body=event_payload(message, base_url=self._base_url))
        parts, fell_back = self._parts("alert", view)
        return self._mail(message, view, parts, fell_back=fell_back, thread=f"evt.{message.event.event_id}")

    def digest(self, message: DigestMessage) -> Rendered:
        """Render a digest, with fewer events in full where its HTML would grow over 80 kB."""
        for cards, lines in SIZES:
            view = digest_view(message, base_url=self._base_url, cards=cards, lines=lines)
            if message.subscription.channel.kind == "webhook":
                return Rendered(subject=view.subject, body=digest_payload(message, base_url=self._base_url))
            parts, fell_back = self._parts("digest", view)
            if len(parts.html.encode()) <= MAX_HTML:
                break
        return self._mail(message, view, parts, fell_back=fell_back)

    def _mail(
        self,
        message: EventMessage | DigestMessage,
        view: AlertView | DigestView,
        parts: Parts,
        *,
        fell_back: str,
        thread: str = "",
    ) -> Rendered:
        letter = Letter(
            message_id=message.message_id,
            to=message.subscription.channel.address,
            subject=parts.subject,
            text=parts.text,
            html=parts.html,
            at=message.now,
            unsubscribe=view.urls.unsubscribe,
            archive=view.urls.event,
            list_name="alerts" if thread else "digest",
            thread=thread,
        )
        return Rendered(subject=parts.subject, body=self._post.write(letter), fell_back=fell_back)

    def _parts(self, name: str, view: AlertView | DigestView) -> tuple[Parts, str]:
        """Render with the first set of templates that works; say what was wrong with the others."""
        faults: list[str] = []
        for templates in self._sets:
            try:
                return templates.render(name, view), "; ".join(faults)
            except BadTemplate as error:
                faults.append(error.located())
                self._report(faults[-1])
        return bare(view), "; ".join(faults)

    def _report(self, fault: str) -> None:
        if fault not in self._reported:
            self._reported.add(fault)
            self._on_fallback(fault)
