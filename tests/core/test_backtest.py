"""Judgements against labels."""

import pytest

from service.core.backtest import Score, backtest
from service.core.example import Truth, truth_of
from service.core.report import Count, Judgement, Kind, Place, Report

KYIV = Place(name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city")


def truth(**said: object) -> Truth:
    return truth_of({"id": "1", "title": "a title", "kind": "none", "new": None, **said})


def judged(*kinds: Kind, new: bool = True) -> Judgement:
    reports = tuple(
        Report(kind=kind, new=new, confidence=0.9, place=KYIV, killed=Count(3, 3), reason="news") for kind in kinds
    )
    return Judgement(lang="en", reports=reports, set_aside=None if reports else "no_cue")


def test_each_question_is_scored_for_each_kind() -> None:
    result = backtest(
        [
            (truth(kind="strike", new="yes"), judged("strike")),
            (truth(kind="both", new="yes"), judged("strike")),
            (truth(kind="none"), judged("talks", new=False)),
            (truth(kind="strike", new="no"), judged()),
        ]
    )
    assert result.scores["strike", "new"] == Score(2, 0, 0)
    assert result.scores["strike", "mention"] == Score(2, 0, 1)
    assert result.scores["talks", "new"] == Score(0, 0, 1)
    assert result.scores["talks", "mention"] == Score(0, 1, 1)
    assert [(mistake.kind, mistake.what) for mistake in result.mistakes] == [
        ("talks", "missed"),
        ("talks", "noticed wrongly"),
        ("strike", "not noticed"),
    ]


def test_shares_of_nothing_are_nothing() -> None:
    assert (Score(0, 0, 0).precision, Score(0, 3, 0).recall, Score(0, 0, 0).f1) == (0.0, 0.0, 0.0)
    assert Score(2, 2, 0).f1 == pytest.approx(2 / 3)


def test_only_labelled_facts_are_scored() -> None:
    known = truth(kind="strike", new="yes", country="PL", killed_min=3)
    result = backtest([(known, judged("strike")), (truth(kind="strike", new="yes"), judged("strike"))])
    assert result.facts == {("strike", "country"): (0, 1), ("strike", "killed"): (1, 1)}
    assert [(mistake.what, mistake.right, mistake.said) for mistake in result.mistakes] == [
        ("wrong country", "PL", "UA")
    ]


@pytest.mark.parametrize("said", [{"kind": "riot"}, {"new": "perhaps"}, {"killed_min": "many"}])
def test_a_label_that_is_none_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        truth(**said)
