"""Entries with what an operator says they report: labelled examples, kept so that an edit of a lexicon is never blind.

Their JSON is what label files hold: the entry's own words beside `kind`, `new`, `country`, `killed_min`, `injured_min`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

Label = Literal["strike", "talks", "both", "none"]
LABELS: tuple[Label, ...] = get_args(Label)
_NEWS = {"yes": True, "no": False, None: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One entry and the truth about it. `act_id` is the act in the journal that it came with, 0 where none.

    `new` is None where nobody said. The words are kept as they were: entries are forgotten one day, examples are not.
    """

    entry_id: int
    outlet: str
    lang: str
    published: datetime | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    kind: Label
    new: bool | None = None
    country: str | None = None
    event_id: int | None = None
    at: datetime
    by: str = ""
    reason: str = ""
    act_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a line of a label file says is right. A slot that was not labelled is None, and not scored."""

    row_id: str
    title: str
    kind: Label
    new: bool | None
    country: str | None = None
    killed: int | None = None
    injured: int | None = None


def example_json(example: Example) -> dict[str, Any]:
    """Return an example as a line of a label file, which `tocsin judge` reads too."""
    return {
        "id": f"entry-{example.entry_id}",
        "feed": example.outlet,
        "lang": example.lang,
        "published": example.published.astimezone(UTC).isoformat() if example.published else None,
        "title": example.title,
        "summary": example.summary,
        "content": example.content,
        "kind": example.kind,
        "new": next(word for word, value in _NEWS.items() if value is example.new),
        "event_key": None,
        "country": example.country,
        "killed_min": None,
        "injured_min": None,
        "by": example.by,
        "reason": example.reason,
    }


def truth_of(row: Mapping[str, Any]) -> Truth:
    """Read the labels of a line. Raises ValueError where it has none, or wrong ones."""
    kind, new = row.get("kind"), row.get("new")
    if kind not in LABELS:
        raise ValueError(f"not a label: kind {kind!r}, which is one of {', '.join(LABELS)}")
    if new not in _NEWS:
        raise ValueError(f"not a label: new {new!r}, which is yes, no or null")
    numbers = [row.get("killed_min"), row.get("injured_min")]
    if any(number is not None and not isinstance(number, int) for number in numbers):
        raise ValueError("killed_min and injured_min are numbers, or null where none is stated")
    killed, injured = cast("list[int | None]", numbers)
    return Truth(
        row_id=str(row.get("id", "")),
        title=str(row.get("title", "")),
        kind=kind,
        new=_NEWS[new],
        country=row.get("country") or None,
        killed=killed,
        injured=injured,
    )
