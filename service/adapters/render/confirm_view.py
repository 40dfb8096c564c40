"""What the template of the mail with the button sees: what was asked for, in words, and the link."""

from collections.abc import Callable
from dataclasses import dataclass

from service.adapters.render.clean import HEADLINE, NAME, clean
from service.adapters.render.words import rule_words, time_words
from service.core.subscription import Wish
from service.ports.world import ConfirmMessage

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
MAX_RULES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """A request to confirm. `wishes` says what was asked for, a line each; `url` is where the button is."""

    subject: str
    wishes: tuple[str, ...]
    url: str
    home: str
    at: str
    hours: int


def confirm_view(
    message: ConfirmMessage, *, base_url: str, hours: int = 48, titles: Callable[[str], str] = str
) -> ConfirmView:
    """Put the request into words. `titles` turns a rule's id into what readers know it by."""
    return ConfirmView(
        subject="One last step: confirm your subscription",
        wishes=wish_words(message.wish, titles),
        url=f"{base_url}/confirm/{message.token}",
        home=base_url,
        at=time_words(message.now),
        hours=hours,
    )


def wish_words(wish: Wish, titles: Callable[[str], str] = str) -> tuple[str, ...]:
    """Return what a reader would get, a sentence each."""
    lines = []
    zone = clean(wish.tz, NAME)
    if wish.mode != "digest":
        lines.append("Alerts as things happen.")
    if wish.mode != "alert":
        lines.append(f"A digest {_when(wish)} at {clean(wish.at, NAME)} ({zone} time).")
        if wish.empty_day == "skip":
            lines.append("No digest when there is nothing to report.")
    if wish.quiet and wish.mode != "digest":
        but = f", unless it is of severity {wish.quiet.unless} or more" if wish.quiet.unless else ""
        lines.append(f"Alerts wait from {wish.quiet.start:%H:%M} to {wish.quiet.end:%H:%M} ({zone} time){but}.")
    rules = rule_words(wish.rules, titles, most=MAX_RULES)
    lines.append(f"About: {clean(rules, 20 * HEADLINE)}." if rules else "About everything we watch.")
    return tuple(lines)


def _when(wish: Wish) -> str:
    if not wish.days:
        return "every day"
    names = [DAYS[day - 1] for day in wish.days]
    return "on " + (" and ".join([", ".join(names[:-1]), names[-1]]) if names[1:] else names[0])
