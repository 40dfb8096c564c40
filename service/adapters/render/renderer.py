"""The renderer: from what is to be said to the bytes that are sent."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from service.adapters.render.alert_view import TOLD, AlertView, alert_view
from service.adapters.render.bare import bare
from service.adapters.render.confirm_view import ConfirmView, confirm_view
from service.adapters.render.digest_view import DigestView, digest_view
from service.adapters.render.drafts import Drafts
from service.adapters.render.mail import Letter, Postmaster
from service.adapters.render.notice import notice
from service.adapters.render.places import MapView, map_view, pin, pins_of
from service.adapters.render.posts import Posts
from service.adapters.render.quoted import sheet
from service.adapters.render.templates import Parts, TemplateSet
from service.adapters.render.worded import Worded
from service.core.errors import BadTemplate
from service.core.event import Event
from service.core.report import Kind, Place
from service.core.subscription import Subscription
from service.ports.world import (
    Cartographer,
    ConfirmMessage,
    DigestMessage,
    EndpointMessage,
    EventMessage,
    Pin,
    Rendered,
)

MAX_HTML = 80_000
MAX_MAIL = 150_000
SIZES = ((12, 40, 45_000), (12, 40, 20_000), (12, 40, 0), (6, 20, 0), (3, 10, 0), (1, 0, 0))
"""Events in full, in a line each, and the bytes of the map. In scripts that take more bytes the map gives way first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Same:
    """What is looked up once for all who are told of an event at one time: the templates' stamp, and the map."""

    event: Event
    now: datetime
    stamp: Hashable
    picture: bytes
    shown: MapView | None


class Renderer:
    """Renders messages for the channel of their subscription. Keeps the promises of `ports.world.Renderer`.

    Args:
        template_dirs: folders of templates, the operator's first, the shipped one last.
        base_url: where the public pages are, without a path of their own.
        mail_from: the sender, `alerts@example.org` or `Name <alerts@example.org>`.
        bounces_to: where returned mail is taken in, and mail that asks to unsubscribe; none is asked for if not given.
        on_fallback: called once for each different fault found in a template, with file, line and fault.
        sign: turns a subscription's key into what its links carry.
        maps: draws the map in a mail; mails go without one if not given.
        titles: turns a rule's id into what readers know it by.
        contact_url: where readers tell who runs the service what is wrong: a web address or `mailto:`, or nothing.

    Raises:
        BadConfig: if `mail_from` is no address.
    """

    def __init__(
        self,
        template_dirs: Sequence[Path],
        *,
        base_url: str,
        mail_from: str,
        bounces_to: str = "",
        on_fallback: Callable[[str], None],
        sign: Callable[[str], str] = str,
        maps: Cartographer | None = None,
        titles: Callable[[str], str] = str,
        contact_url: str = "",
    ) -> None:
        self._contact_url = contact_url
        self._sets = [TemplateSet(template_dirs), *([TemplateSet(template_dirs[-1:])] if template_dirs[1:] else [])]
        self._base_url = base_url.rstrip("/")
        self._post = Postmaster(mail_from, bounces_to)
        self._on_fallback = on_fallback
        self._reported: set[str] = set()
        self._drafts = Drafts(self._parts)
        self._worded = Worded()
        self._same: _Same | None = None
        self._sign = sign
        self._maps = maps
        self._titles = titles
        own = TemplateSet(template_dirs[:1]) if template_dirs[1:] else None
        self._posts = Posts(own, base_url=self._base_url, report=self._report)

    def prepare(self, events: Iterable[tuple[Kind, Place]]) -> None:
        """Draw the maps of single events ahead of need: drawing takes longer than all the rest."""
        for kind, place in events:
            self._drawn((pin(kind, place),))

    def event(self, message: EventMessage) -> Rendered:
        """Render one development of one event."""
        if message.subscription.channel.kind == "webhook":
            return self._posts.event(message)
        message = replace(message, subscription=self._signed(message.subscription))
        same = self._same_for(message)
        view = alert_view(message, base_url=self._base_url, shown=same.shown, worded=self._worded, titles=self._titles)
        thread = f"evt.{message.event.event_id}"
        follows = tuple(told.message_id for told in message.told_before if told.state in TOLD and told.message_id)
        rendered, _ = self._mail(
            message, "alert", view, stamp=same.stamp, picture=same.picture, thread=thread, follows=follows
        )
        return rendered

    def digest(self, message: DigestMessage) -> Rendered:
        """Render a digest, with fewer events in full where it would grow over the limits."""
        message = replace(message, subscription=self._signed(message.subscription))
        if message.subscription.channel.kind == "webhook":
            return self._posts.digest(message)
        pins = pins_of(item.event for item in message.items)
        for cards, lines, map_bytes in SIZES:
            picture, shown = self._drawn(pins, map_bytes)
            view = digest_view(
                message,
                base_url=self._base_url,
                cards=cards,
                lines=lines,
                shown=shown,
                worded=self._worded,
                titles=self._titles,
            )
            stamp = self._sets[0].stamp()
            rendered, html_size = self._mail(message, "digest", view, stamp=stamp, picture=picture)
            if html_size <= MAX_HTML and len(rendered.body) <= MAX_MAIL:
                break
        return rendered

    def endpoint(self, message: EndpointMessage) -> Rendered:
        """Render a test of an endpoint, or the mail that says it was disabled."""
        if message.kind == "endpoint.test":
            return self._posts.test(message)
        letter = notice(message, base_url=self._base_url)
        body, shared = self._post.write(letter)
        return Rendered(subject=letter.subject, body=body, shared=shared)

    def confirm(self, message: ConfirmMessage) -> Rendered:
        """Render the mail with the button. It goes to one address once, so it is no list's."""
        view = confirm_view(message, base_url=self._base_url, titles=self._titles)
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

    def _same_for(self, message: EventMessage) -> "_Same":
        """Return what is the same for everybody who is told of this event now, looked up for the first of them."""
        same = self._same
        if same is None or same.event is not message.event or same.now != message.now:
            picture, shown = self._drawn(pins_of([message.event]))
            stamp = self._sets[0].stamp()
            same = _Same(event=message.event, now=message.now, stamp=stamp, picture=picture, shown=shown)
            self._same = same
        return same

    def _drawn(self, pins: Sequence[Pin], max_bytes: int = SIZES[0][2]) -> tuple[bytes, MapView | None]:
        """Return the picture and what the template is to know of it."""
        picture = self._maps.draw(pins, max_bytes=max_bytes) if self._maps and pins and max_bytes else None
        if picture is None:
            return b"", None
        return picture.png, map_view(pins, picture, self._post.picture_url())

    def _mail(
        self,
        message: EventMessage | DigestMessage,
        name: str,
        view: AlertView | DigestView,
        *,
        stamp: Hashable,
        picture: bytes = b"",
        thread: str = "",
        follows: tuple[str, ...] = (),
    ) -> tuple[Rendered, int]:
        """Return the mail, and the size of its HTML in bytes."""
        view = replace(view, urls=replace(view.urls, contact=self._contact_url))
        draft, own = self._drafts.draft(name, view, stamp=stamp)
        text, html = draft.for_reader(own)
        letter = Letter(
            message_id=message.message_id,
            to=message.subscription.channel.address,
            subject=draft.subject,
            text=text,
            html=html,
            picture=picture,
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
