"""Many headlines from many wars, a table: which are news of a strike, of talks, of both, and which only look so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters import yamlfile
from service.core.detect import detect
from tests.core.reading import english, entry

TABLE = yamlfile.load(Path(__file__).with_name("stories") / "headlines.yaml").data
MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)
NEWS = {"strike": {"strike"}, "talks": {"talks"}, "both": {"strike", "talks"}}


def told(row: str | list[str]) -> tuple[set[str], set[str]]:
    """Return the kinds a row is news of, and those it speaks of at all."""
    title, lead = (row, "") if isinstance(row, str) else row
    findings = detect(entry(title, lead, at=MORNING), english()).findings
    return {item.kind for item in findings if item.new}, {item.kind for item in findings}


@pytest.mark.parametrize("group", sorted(TABLE))
def test_headlines_are_taken_for_what_they_are(group: str) -> None:
    wrong = []
    for row in TABLE[group]:
        new, named = told(row)
        if new != NEWS.get(group, set()) or (group == "neither" and named):
            wrong.append((row, sorted(new), sorted(named)))
    assert wrong == []
