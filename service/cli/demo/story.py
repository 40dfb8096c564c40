"""The demo's news: who tells what, and when. Read from config/demo/story.yaml.

A story counts its days from 1: `d1 03:40` is twenty to four, UTC, on its first day; `d0` is the day before, for what
the feeds already hold when the demo starts. Texts may say {weekday}, {yesterday}, {tomorrow}, {date}, {month}, and
{weekday+2} or {date-1}, counted from the day of the entry, so that they are right on whatever day a demo starts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from service.adapters import yamlfile

FeedFormat = Literal["rss", "atom", "json"]
Trouble = Literal["unavailable", "page", "cut", "frozen"]

OFFSET = re.compile(r"d(\d) (\d\d):(\d\d)")
BLANK = re.compile(r"\{(weekday|date|month|yesterday|tomorrow)([+-]\d+)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The names a language's texts put into blanks: weekdays from Monday, months from January."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]

    def word(self, name: str, day: date) -> str:
        """Return this day's `weekday`, `month` or `date`."""
        month = self.months[day.month - 1]
        return {"date": f"{day.day} {month}", "month": month}.get(name, self.weekdays[day.weekday()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A stretch of the story in which a feed misbehaves: 503, an error page, a cut document, or nothing new."""

    start: timedelta
    end: timedelta
    what: Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Who speaks, and in which format. `country` is ISO 3166-1 alpha-2 where the outlet covers one country."""

    outlet_id: str
    title: str
    calendar: Calendar
    format: FeedFormat = "rss"
    lang: str = "en"
    country: str | None = None
    faults: tuple[Fault, ...] = ()

    def fault(self, at: timedelta) -> Fault | None:
        """Return the fault the feed has at this offset, if any."""
        return next((fault for fault in self.faults if fault.start <= at < fault.end), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an entry says, with its blanks still to be filled."""

    title: str
    summary: str
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What Tocsin should make of an entry: the keys of the events it reports as new. Neither: it is set aside.

    `loose` marks an entry that careful editors would judge either way. An edited text expects the same.
    """

    strike: str | None = None
    talks: str | None = None
    stance: Literal["asserts", "denies", "retracts"] = "asserts"
    loose: bool = False

    @property
    def kind(self) -> Literal["strike", "talks", "both", "none"]:
        """Which kinds are expected."""
        if self.strike and self.talks:
            return "both"
        return "strike" if self.strike else "talks" if self.talks else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEntry:
    """One item of one outlet. `edit` is what it says from `edited` on, without a word about the change."""

    slug: str
    outlet_id: str
    at: timedelta
    text: Text
    expect: Expect
    edited: timedelta | None = None
    edit: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry as it stands at some moment: its blanks filled, its times real. `revised` is when it last changed."""

    slug: str
    outlet: Outlet
    title: str
    summary: str
    content: str
    published: datetime
    revised: datetime
    expect: Expect


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it, entries oldest first. `days` is how many whole days it needs."""

    days: int
    outlets: Mapping[str, Outlet]
    entries: tuple[StoryEntry, ...]

    def told(self, start: datetime, now: datetime, outlet_id: str | None = None) -> list[Told]:
        """Return what has been published by `now`, newest first, of one outlet or of all."""
        due = (e for e in self.entries if start + e.at <= now and outlet_id in (None, e.outlet_id))
        return [tell(entry, self.outlets[entry.outlet_id], start, now) for entry in due][::-1]


def tell(entry: StoryEntry, outlet: Outlet, start: datetime, now: datetime) -> Told:
    """Return the entry as its feed gives it at `now`."""
    published = revised = start + entry.at
    text = entry.text
    if entry.edit and entry.edited is not None and start + entry.edited <= now:
        text, revised = entry.edit, start + entry.edited
    day = revised.date()
    return Told(
        slug=entry.slug,
        outlet=outlet,
        title=fill(text.title, day, outlet.calendar),
        summary=fill(text.summary, day, outlet.calendar),
        content=fill(text.content, day, outlet.calendar),
        published=published,
        revised=revised,
        expect=entry.expect,
    )


def fill(text: str, day: date, calendar: Calendar) -> str:
    """Fill the blanks of a text that is told on this day."""

    def word(match: re.Match[str]) -> str:
        name, shift = match[1], int(match[2] or 0)
        shift += {"yesterday": -1, "tomorrow": 1}.get(name, 0)
        return calendar.word(name, day + timedelta(days=shift))

    return BLANK.sub(word, text)


def offset(text: str) -> timedelta:
    """Read `d1 03:40`. Raises ValueError."""
    match = OFFSET.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no time of the story")
    day, hours, minutes = (int(part) for part in match.groups())
    return timedelta(days=day - 1, hours=hours, minutes=minutes)


def load_story(path: Path) -> Story:
    """Read a story. Raises BadConfig, naming the line."""
    document = yamlfile.load(path)
    try:
        data = document.data
        calendars = {lang: calendar_from(item) for lang, item in data["calendar"].items()}
        outlets = {item["id"]: outlet_from(item, calendars) for item in data["outlets"]}
        entries = sorted(entries_from(document, outlets), key=lambda entry: entry.at)
        return Story(days=data["days"], outlets=outlets, entries=tuple(entries))
    except (KeyError, TypeError, ValueError) as error:
        raise document.bad(f"not a story: {error!r}", hint="restore the shipped file") from error


def calendar_from(item: dict[str, Any]) -> Calendar:
    """Read one language's names. Raises KeyError or TypeError."""
    return Calendar(weekdays=tuple(item["weekdays"]), months=tuple(item["months"]))


def outlet_from(item: dict[str, Any], calendars: Mapping[str, Calendar]) -> Outlet:
    """Read one outlet."""
    faults = [Fault(start=offset(f["from"]), end=offset(f["to"]), what=f["what"]) for f in item.get("faults", ())]
    plain = {key: item[key] for key in ("title", "format", "lang", "country") if key in item}
    return Outlet(outlet_id=item["id"], calendar=calendars[item["lang"]], faults=tuple(faults), **plain)


def entries_from(document: yamlfile.Document, outlets: Mapping[str, Outlet]) -> list[StoryEntry]:
    """Read the entries in the order of the file. Raises BadConfig, naming the line."""
    entries: dict[str, StoryEntry] = {}
    for number, item in enumerate(document.data["entries"]):
        try:
            entry = entry_from(item, entries, outlets)
        except (KeyError, TypeError, ValueError) as error:
            raise document.bad(
                f"not an entry: {error!r}", "entries", number, hint="restore the shipped file"
            ) from error
        entries[entry.slug] = entry
    return list(entries.values())


def entry_from(item: dict[str, Any], known: Mapping[str, StoryEntry], outlets: Mapping[str, Outlet]) -> StoryEntry:
    """Read one entry; `text_of` names the earlier one it copies. Raises KeyError, TypeError or ValueError."""
    if item["id"] in known:
        raise ValueError("its id is taken")
    like = known[item["text_of"]].text if "text_of" in item else Text(title="", summary="")
    text = Text(
        title=item["title"],
        summary=item.get("summary", like.summary),
        content=item.get("content", like.content),
    )
    edit = item.get("edit")
    return StoryEntry(
        slug=item["id"],
        outlet_id=outlets[item["outlet"]].outlet_id,
        at=offset(item["at"]),
        text=text,
        expect=Expect(**item.get("expect", {})),
        edited=offset(edit["at"]) if edit else None,
        edit=Text(
            title=edit.get("title", text.title),
            summary=edit.get("summary", text.summary),
            content=edit.get("content", text.content),
        )
        if edit
        else None,
    )
