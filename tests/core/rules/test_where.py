"""Where a rule may hold at all, as far as it says so."""

import pytest

from service.core.rules import countries, parse_query


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("country:UA", {"UA"}),
        ("country:(UA OR SD) AND kind:strike", {"UA", "SD"}),
        ("(country:UA OR country:SD) AND killed>5", {"UA", "SD"}),
        ("country:(UA OR SD) AND country:SD", {"SD"}),
        ("country:UA OR kharkiv", None),
        ("kind:strike", None),
        ("kharkiv AND NOT country:UA", None),
        ("kharkiv AND NOT country:UA AND country:SD", {"SD"}),
    ],
)
def test_only_what_a_rule_demands_bounds_it(text: str, found: set[str] | None) -> None:
    assert countries(parse_query(text)) == found
