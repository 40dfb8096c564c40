"""The renderer: from what is to be said to the bytes that are sent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from service.adapters.render.alert_view import TOLD, AlertView, alert_view
from service.adapters.render.bare import bare
from service.adapters.render.confirm_view import ConfirmView, confirm_view
from service.adapters.render.digest_view import DigestView, digest_view
from service.adapters.render.drafts import Drafts
from service.adapters.render.mail import Letter, Postmaster
from service.adapters.render.payload import digest_payload, event_payload
from service.adapters.render.quoted import sheet
from service.adapters.render.templates import Parts, TemplateSet
from service.core.errors import BadTemplate
from service.core.subscription import Subscription
from service.ports.world import ConfirmMessage, DigestMessage, EventMessage, Rendered

MAX_HTML = 80_000
MAX_MAIL = 150_000
SIZES = ((12, 40), (6, 20), (3, 10), (1, 0))


class Renderer:
    """Renders messages for the channel of their subscription. Keeps the promises of `ports.world.Renderer`.

    Args:
        template_dirs: folders of templates, the operator's first, the shipped one last.
        base_url: where the public pages are, without a path of their own.
        mail_from: the sender, `alerts@example.org` or `Name <alerts@example.org>`.
        on_fallback: called once for each different fault found in a template, with file, line and fault.
        sign: turns a subscription's key into what its links carry.

    Raises:
        BadConfig: if `mail_from` is no address.
    """

    def __init__(
        self,
        template_dirs: Sequence[Path],
        *,
        base_url: str,
        mail_from: str,
        on_fallback: Callable[[str], None],
        sign: Callable[[str], str] = str,
    ) -> None:
        self._sets = [TemplateSet(template_dirs), *([TemplateSet(template_dirs[-1:])] if template_dirs[1:] else [])]
        self._base_url = base_url.rstrip("/")
        self._post = Postmaster(mail_from)
        self._on_fallback = on_fallback
        self._reported: set[str] = set()
        self._drafts = Drafts(self._parts)
        self._sign = sign

    def event(self, message: EventMessage) -> Rendered:
        """Render one development of one event."""
        message = replace(message, subscription=self._signed(message.subscription))
        view = alert_view(message, base_url=self._base_url)
        if message.subscription.channel.kind == "webhook":
            return Rendered(subject=view.subject, body=event_payload(message, base_url=self._base_url))
        thread = f"evt.{message.event.event_id}"
        follows = tuple(told.message_id for told in message.told_before if told.state in TOLD and told.message_id)
        rendered, _ = self._mail(message, "alert", view, thread=thread, follows=follows)
        return rendered

    def digest(self, message: DigestMessage) -> Rendered:
        """Render a digest, with fewer events in full where it would grow over the limits."""
        message = replace(message, subscription=self._signed(message.subscription))
        if message.subscription.channel.kind == "webhook":
            subject = digest_view(message, base_url=self._base_url).subject
            return Rendered(subject=subject, body=digest_payload(message, base_url=self._base_url))
        for cards, lines in SIZES:
            view = digest_view(message, base_url=self._base_url, cards=cards, lines=lines)
            rendered, html_size = self._mail(message, "digest", view)
            if html_size <= MAX_HTML and len(rendered.body) <= MAX_MAIL:
                break
        return rendered

    def confirm(self, message: ConfirmMessage) -> Rendered:
        """Render the mail with the button. It goes to one address once, so it is no list's."""
        view = confirm_view(message, base_url=self._base_url)
        parts, fell_back = self._parts("confirm", view)
        text, html = (sheet(part, {}).filled({}) for part in (parts.text, parts.html))
        letter = Letter(
            message_id=message.message_id,
            to=message.wish.address,
            subject=parts.subject,
            text=text,
            html=html,
            at=message.now,
        )
        return Rendered(subject=parts.subject, body=self._post.write(letter)[0], fell_back=fell_back)

    def _signed(self, subscription: Subscription) -> Subscription:
        return replace(subscription, key=self._sign(subscription.key))

    def _mail(
        self,
        message: EventMessage | DigestMessage,
        name: str,
        view: AlertView | DigestView,
        *,
        thread: str = "",
        follows: tuple[str, ...] = (),
    ) -> tuple[Rendered, int]:
        """Return the mail, and the size of its HTML in bytes."""
        draft, own = self._drafts.draft(name, view, stamp=self._sets[0].stamp())
        text, html = draft.for_reader(own)
        letter = Letter(
            message_id=message.message_id,
            to=message.subscription.channel.address,
            subject=draft.subject,
            text=text,
            html=html,
            at=message.now,
            unsubscribe=view.urls.unsubscribe,
            manage=view.urls.manage,
            archive=view.urls.event,
            list_name="alerts" if thread else "digest",
            thread=thread,
            follows=follows,
        )
        body, shared = self._post.write(letter)
        rendered = Rendered(subject=draft.subject, body=body, shared=shared, fell_back=draft.fell_back)
        return rendered, draft.html_size

    def _parts(self, name: str, view: AlertView | DigestView | ConfirmView) -> tuple[Parts, str]:
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
