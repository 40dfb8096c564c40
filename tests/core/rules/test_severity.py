"""How grave an event is: the table in the module's docstring, row by row."""

import pytest

from service.core.report import Count
from service.core.rules import severity
from tests.core.rules.given import event

TABLE = [
    ({}, 1),
    ({"killed": Count(0, 0)}, 1),
    ({"killed": Count(None, 30)}, 2),
    ({"killed": Count(1, 1)}, 2),
    ({"injured": Count(2, None)}, 2),
    ({"killed": Count(3, None)}, 3),
    ({"injured": Count(10, 12)}, 3),
    ({"killed": Count(1, 1), "children_killed": Count(1, 1)}, 3),
    ({"killed": Count(10, None)}, 4),
    ({"injured": Count(50, None)}, 4),
    ({"children_killed": Count(3, 3)}, 4),
    ({"killed": Count(20, None)}, 5),
    ({"killed": Count(1, None), "injured": Count(100, None)}, 5),
    ({"children_killed": Count(10, None)}, 5),
    ({"killed": Count(20, None), "state": "retracted"}, 1),
    ({"kind": "talks"}, 1),
    ({"kind": "talks", "status": "proposed"}, 1),
    ({"kind": "talks", "status": "scheduled"}, 2),
    ({"kind": "talks", "status": "violated"}, 3),
    ({"kind": "talks", "status": "agreed"}, 4),
    ({"kind": "talks", "status": "collapsed"}, 4),
]


@pytest.mark.parametrize(("facts", "grade"), TABLE)
def test_severity(facts: dict[str, object], grade: int) -> None:
    assert severity(event(**facts)) == grade
