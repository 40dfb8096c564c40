"""The message of last resort: when even the shipped templates are broken, an alert still goes out, plainly."""

from collections.abc import Iterator

from markupsafe import escape

from service.adapters.render.alert_view import AlertView
from service.adapters.render.confirm_view import ConfirmView
from service.adapters.render.digest_view import DigestView
from service.adapters.render.templates import Parts
from service.adapters.render.view import EventView


def bare(view: AlertView | DigestView | ConfirmView) -> Parts:
    """Say everything that matters without any template."""
    text = "\n".join(_lines(view)) + "\n"
    return Parts(
        subject=view.subject, text=text, html=f'<!doctype html><html lang="en"><pre>{escape(text)}</pre></html>'
    )


def _lines(view: AlertView | DigestView | ConfirmView) -> Iterator[str]:
    if isinstance(view, ConfirmView):
        yield from ("Somebody, probably you, asked us to send this to your address:", *view.wishes)
        yield from ("", f"To agree, open this page and press the button there: {view.url}")
        return
    if isinstance(view, AlertView):
        yield from (line for line in (view.numbered, view.lead) if line)
        yield from _event(view.event)
    else:
        yield from (view.title, view.period)
        yield from (f"{change.label}: {change.headline}: {change.text}" for change in view.changed)
        for event in (*view.cards, *view.more):
            yield from ("", *_event(event))
        yield from ("", view.coverage, *view.gaps)
    yield from ("", f"Change: {view.urls.manage}", f"Unsubscribe: {view.urls.unsubscribe}")


def _event(event: EventView) -> Iterator[str]:
    yield from (event.heading, event.headline)
    yield from (f"{fact.label}: {fact.value}" for fact in event.facts)
    yield f"{event.summary + '. ' if event.summary else ''}{event.sources}, {event.confidence} confidence."
    yield from (f"{quote.outlet} ({quote.says}): {quote.quote} {quote.url}".rstrip() for quote in event.quotes)
    yield event.url
