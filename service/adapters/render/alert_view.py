"""What a template about one development of one event sees."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from service.adapters.render.clean import HEADLINE, clean, shorten
from service.adapters.render.places import MapView
from service.adapters.render.view import ChangeView, EventView, Urls, before_facts, changes_for, urls_for
from service.adapters.render.worded import Worded
from service.adapters.render.words import rule_words, time_words
from service.core.event import Change
from service.core.subscription import MessageKind
from service.ports.world import EventMessage

SUBJECT = 150
_STEM = 6  # letters that the forms of a status have in common: collapsed, collapses
TOLL = re.compile(r"\b(?:kill|dead|die[sd]\b|death|injur|wound|casualt|toll)", re.IGNORECASE)
"""A headline with a figure of its own needs no second one beside it."""

LABELS: dict[MessageKind, str] = {
    "event.new": "",
    "event.updated": "Update",
    "event.corrected": "Correction",
    "event.retracted": "Retraction",
}
LEADS: dict[Change, str] = {
    "new": "",
    "toll_changed": "The reported toll has changed.",
    "status_changed": "The state of the talks has changed.",
    "place_refined": "The place is now known more exactly.",
    "attributed": "A source now says who did it.",
    "corrected": "Something we told you has been corrected.",
    "denied": "A source denies this report.",
    "retracted": "The report behind this alert has been withdrawn. Please do not rely on what we sent before.",
}
TOLD = ("pending", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One development of one event. `label` is empty for the first alert, else Update, Correction or Retraction.

    `numbered` is the label, an update's with the count of messages before: `Update 2`.
    `changes` is empty for the first alert, `map` is None where there is none. `note` says what is to be known of
    messages to come.
    """

    subject: str
    kind: str
    label: str
    numbered: str
    lead: str
    at: str
    event: EventView
    retracted: bool
    changes: tuple[ChangeView, ...]
    rule: str
    reason: str
    first_told: str
    note: str
    map: MapView | None
    urls: Urls


def alert_view(
    message: EventMessage,
    *,
    base_url: str,
    shown: MapView | None = None,
    worded: Worded | None = None,
    titles: Callable[[str], str] = str,
) -> AlertView:
    """Put the message into words. `worded` remembers for the next; `titles` makes a rule's id what readers know."""
    word = (worded or Worded()).view
    view = word(message.event, message.claims, base_url=base_url, development=message.development)
    view = replace(view, facts=(*before_facts(message.before), *view.facts))
    told = [earlier for earlier in message.told_before if earlier.state in TOLD]
    label = LABELS.get(message.kind, "Update")
    development = message.development
    return AlertView(
        subject=_subject(label, view),
        kind=message.kind,
        label=label,
        numbered=f"{label} {len(told)}" if label == "Update" and told else label,
        lead=_lead(message),
        at=time_words(message.now),
        event=view,
        retracted=message.kind == "event.retracted",
        changes=() if message.kind == "event.new" else changes_for(development, view.quotes),
        rule=rule_words([message.rule], titles) if message.rule else "",
        reason=clean(development.reason, HEADLINE).rstrip("."),
        first_told=time_words(told[0].created_at) if told else "",
        note=clean(message.note, HEADLINE),
        map=shown,
        urls=urls_for(base_url, message.subscription, message.event.event_id),
    )


def _lead(message: EventMessage) -> str:
    change: Change = "retracted" if message.kind == "event.retracted" else message.development.change
    if message.kind == "event.corrected":
        change = "corrected"
    return "" if message.kind == "event.new" else LEADS.get(change, "")


def _subject(label: str, view: EventView) -> str:
    """Return `Update: Strike, Kharkiv: Apartment block hit, 8 killed`; only the headline gives way to the limit.

    What the headline says already is not said twice: `Talks, Geneva: Truce collapses`, and not `…, collapsed` besides.
    """
    head = f"{label}: " if label else ""
    head += f"{view.kind_word}, {view.town}: " if view.town else f"{view.kind_word}: "
    figure = view.summary.split(", ", 1)[0]
    told = TOLL.search(view.headline) or figure[:_STEM].casefold() in view.headline.casefold()
    tail = f", {figure}" if figure and not told and not _withdrawn(view) else ""
    return head + shorten(view.headline, SUBJECT - len(head) - len(tail)) + tail


def _withdrawn(view: EventView) -> bool:
    return view.state == "retracted"
