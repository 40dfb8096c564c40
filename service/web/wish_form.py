"""The form in which readers say what they want: read from a request, and shown again with what they wrote."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Form

from service.adapters.render.clean import NAME, clean
from service.core.errors import BadInput
from service.core.subscription import Mode, Subscription, Wish
from service.pipeline.manage import quiet_in

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MODES: Mapping[Mode, str] = {
    "digest": "A digest at one hour of the day",
    "alert": "Alerts as things happen",
    "both": "Both",
}
SEVERITIES = (
    ("", "Nothing"),
    ("5", "The gravest events (20 or more killed)"),
    ("4", "Grave events (10 or more killed, talks agreed or collapsed)"),
    ("3", "Serious events (3 or more killed)"),
)
MOST_RULES = 200
NOT_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/", "Brazil/", "Canada/", "Chile/", "Mexico/")

RENAMED: Mapping[str, str] = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "Asia/Ashkhabad": "Asia/Ashgabat",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Dacca": "Asia/Dhaka",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Macao": "Asia/Macau",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Thimbu": "Asia/Thimphu",
    "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Enderbury": "Pacific/Kanton",
}
"""What browsers still call zones that have a new name (CLDR keeps the first name a zone ever had)."""

FORMER = {name: former for former, name in RENAMED.items()}
Word = Annotated[str, Form(max_length=400)]
Words = Annotated[list[str], Form(max_length=MOST_RULES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What stands in the form, as it was written."""

    email: str = ""
    mode: str = "digest"
    rules: Sequence[str] = ()
    tz: str = "UTC"
    at: str = "07:00"
    days: Sequence[str] = tuple(str(day) for day in range(1, 8))
    empty_day: str = "tell"
    quiet_from: str = ""
    quiet_to: str = ""
    quiet_unless: str = ""

    def wish(self) -> Wish:
        """Read it. Raises BadInput naming what is wrong; rules, zone and address are looked at later."""
        mode = next((known for known in MODES if known == self.mode), None)
        if mode is None:
            raise BadInput("choose how often you want to hear from us")
        if mode != "alert" and not self.days:
            raise BadInput("choose at least one day for the digest")
        if bool(self.quiet_from) != bool(self.quiet_to):
            raise BadInput("quiet hours need a beginning and an end", hint="or leave both empty")
        unless = int(self.quiet_unless) if self.quiet_unless in {"3", "4", "5"} else None
        return Wish(
            kind="email",
            address=self.email,
            mode=mode,
            rules=tuple(self.rules),
            tz=self.tz,
            at=self.at,
            days=tuple(int(day) for day in self.days if day in set("1234567")),
            empty_day="tell" if self.empty_day == "tell" else "skip",
            quiet=quiet_in(f"{self.quiet_from}-{self.quiet_to}", unless) if self.quiet_from else None,
        )


def given(  # noqa: PLR0917 - one for each field of the form
    email: Word = "",
    mode: Word = "",
    rules: Words = [],  # noqa: B006 - FastAPI makes a new one for each request
    tz: Word = "",
    at: Word = "07:00",
    days: Words = [],  # noqa: B006
    empty_day: Word = "",
    quiet_from: Word = "",
    quiet_to: Word = "",
    quiet_unless: Word = "",
) -> Given:
    """Return what a request's form holds; a FastAPI dependency."""
    return Given(
        email=email.strip(),
        mode=mode,
        rules=rules,
        tz=tz,
        at=at,
        days=days,
        empty_day=empty_day,
        quiet_from=quiet_from.strip(),
        quiet_to=quiet_to.strip(),
        quiet_unless=quiet_unless,
    )


def held(subscription: Subscription) -> Given:
    """Return the form as the subscription stands."""
    quiet = subscription.quiet
    return Given(
        mode=subscription.mode,
        rules=subscription.rules,
        tz=subscription.tz,
        at=f"{subscription.at:%H:%M}",
        days=tuple(str(day) for day in subscription.days or range(1, 8)),
        empty_day=subscription.empty_day,
        quiet_from=f"{quiet.start:%H:%M}" if quiet else "",
        quiet_to=f"{quiet.end:%H:%M}" if quiet else "",
        quiet_unless=str(quiet.unless or "") if quiet else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """The form as the page shows it. `zones` are name, words, whether it is the one chosen, and its former name."""

    given: Given
    rules: Sequence[tuple[str, str, bool]]
    zones: Sequence[tuple[str, str, bool, str]]
    modes: Sequence[tuple[str, str]]
    days: Sequence[tuple[str, str, bool]]
    severities: Sequence[tuple[str, str]]
    error: str = ""
    hint: str = ""


def shown(form: Given, choices: Sequence[tuple[str, str]], now: datetime, *, error: BadInput | None = None) -> WishForm:
    """Return the form to show, with what is wrong with it where something is."""
    titles = [(rule_id, clean(title, 2 * NAME)) for rule_id, title in choices]
    gone = [(rule_id, f"{clean(rule_id, NAME)} (no longer watched)") for rule_id in _gone(form.rules, dict(choices))]
    return WishForm(
        given=form,
        rules=[(rule_id, title, rule_id in form.rules) for rule_id, title in [*titles, *gone]],
        zones=[
            (name, words, name == form.tz, FORMER.get(name, ""))
            for name, words in _zones(form.tz, now.replace(minute=0, second=0))
        ],
        modes=tuple(MODES.items()),
        days=[(str(number), name, str(number) in form.days) for number, name in enumerate(DAYS, 1)],
        severities=SEVERITIES,
        error=error.message[:1].upper() + error.message[1:] + "." if error else "",
        hint=error.hint if error else "",
    )


def _gone(rules: Sequence[str], known: Collection[str]) -> list[str]:
    return [rule_id for rule_id in rules[:MOST_RULES] if rule_id not in known]


@cache
def _places() -> tuple[str, ...]:
    """Return the zones that are named for a place, and UTC."""
    names = available_timezones()
    ours = names - RENAMED.keys()
    return ("UTC", *sorted(name for name in ours if "/" in name and not name.startswith(NOT_PLACES)))


def _zones(chosen: str, now: datetime) -> list[tuple[str, str]]:
    """Return the zones with what their clocks show against UTC now; the chosen one is among them if it is one."""
    names = _places()
    also = [chosen] if chosen not in names and chosen in available_timezones() else []
    return [(name, _words(name, now)) for name in [*also, *names]]


def _words(name: str, now: datetime) -> str:
    if name == "UTC":
        return "UTC"
    minutes = int((now.astimezone(ZoneInfo(name)).utcoffset() or now - now).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    offset = f"{sign}{hours}" + (f":{rest:02}" if rest else "")
    return f"{name.replace('_', ' ')} (UTC{offset})"
