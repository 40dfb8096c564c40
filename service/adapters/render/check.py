"""Trying every template on sample messages, before anybody depends on it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from service.adapters.render.alert_view import AlertView, alert_view
from service.adapters.render.confirm_view import ConfirmView, confirm_view
from service.adapters.render.digest_view import DigestView, digest_view
from service.adapters.render.payload import digest_payload, event_payload
from service.adapters.render.places import NOTICE, MapView
from service.adapters.render.posts import templated
from service.adapters.render.samples import sample_confirm, sample_digests, sample_events
from service.adapters.render.templates import TemplateSet
from service.core.errors import BadTemplate
from service.core.subscription import Format

BASE = "https://tocsin.example"
MAP = MapView(url="cid:map@tocsin.example", width=536, height=298, alt="Map: Kharkiv, Ukraine.", caption=NOTICE)


def check_templates(template_dirs: Sequence[Path]) -> list[BadTemplate]:
    """Render every template with fictional messages and return each different fault, with file and line.

    Args:
        template_dirs: folders of templates, the operator's first, the shipped one last.
    """
    templates = TemplateSet(template_dirs)
    views: list[tuple[str, AlertView | DigestView | ConfirmView]] = [
        *(("alert", alert_view(message, base_url=BASE, shown=MAP)) for message in sample_events()),
        *(("digest", digest_view(message, base_url=BASE, shown=MAP)) for message in sample_digests()),
        ("confirm", confirm_view(sample_confirm(), base_url=BASE)),
    ]
    faults = [fault for name, view in views for fault in templates.faults(name, view)]
    faults += _posted(TemplateSet(template_dirs[:1])) if template_dirs[1:] else []
    return list({fault.located(): fault for fault in faults}.values())


def _posted(own: TemplateSet) -> Iterator[BadTemplate]:
    """Yield what is wrong with the operator's templates for webhooks."""
    documents = [event_payload(message, base_url="https://tocsin.example") for message in sample_events()]
    documents += [digest_payload(message, base_url="https://tocsin.example") for message in sample_digests()]
    for name in (f"webhook/{format_}.json" for format_ in get_args(Format)):
        for document in documents if own.has(name) else ():
            try:
                templated(own, name, document)
            except BadTemplate as error:
                yield error
