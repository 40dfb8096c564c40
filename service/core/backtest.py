"""How judgements fare against labels: precision, recall and F1 of each kind, facts right, and every error by name.

`mention` asks whether an entry is about a strike or talks at all, `new` whether it reports one that just
happened. Facts are scored where label and judgement have the kind.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from service.core.example import Truth
from service.core.report import Judgement, Kind, Report

What = Literal[
    "missed", "false alarm", "not noticed", "noticed wrongly", "wrong country", "wrong killed", "wrong injured"
]
KINDS: tuple[Kind, ...] = ("strike", "talks")


class Mistake(NamedTuple):
    """One error: which entry, what is wrong, what is right, what was said, and why it was said."""

    row_id: str
    title: str
    kind: Kind
    what: What
    right: str
    said: str
    why: str


class Score(NamedTuple):
    """Entries rightly told, wrongly told and not told."""

    hits: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of those told, how many are right; 0 where none was told."""
        return self.hits / (self.hits + self.wrong) if self.hits else 0.0

    @property
    def recall(self) -> float:
        """Of those to tell, how many were told; 0 where there are none."""
        return self.hits / (self.hits + self.missed) if self.hits else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


class Result(NamedTuple):
    """Scores by kind and question, facts right of those stated by kind and slot, and all mistakes."""

    entries: int
    scores: dict[tuple[Kind, str], Score]
    facts: dict[tuple[Kind, str], tuple[int, int]]
    mistakes: tuple[Mistake, ...]


def backtest(judged: Iterable[tuple[Truth, Judgement]]) -> Result:
    """Score judgements against what is right."""
    pairs = list(judged)
    scores = {
        (kind, question): _score(pairs, kind, new=question == "new")
        for kind in KINDS
        for question in ("mention", "new")
    }
    facts: dict[tuple[Kind, str], tuple[int, int]] = {}
    mistakes: list[Mistake] = []
    for truth, judgement in pairs:
        for kind in KINDS:
            mistakes += _told_wrongly(truth, judgement, kind)
            for slot, right, said in _facts(truth, judgement, kind):
                hits, stated = facts.get((kind, slot), (0, 0))
                facts[kind, slot] = hits + (right == said), stated + 1
                mistakes += [] if right == said else [_wrong_fact(truth, kind, slot, right, said)]
    return Result(len(pairs), scores, facts, tuple(mistakes))


def _score(pairs: Sequence[tuple[Truth, Judgement]], kind: Kind, *, new: bool) -> Score:
    told = [(_has(truth, kind, new=new), _says(judgement, kind, new=new)) for truth, judgement in pairs]
    return Score(told.count((True, True)), told.count((False, True)), told.count((True, False)))


def _has(truth: Truth, kind: Kind, *, new: bool) -> bool:
    return truth.kind in {kind, "both"} and (truth.new is True or not new)


def _says(judgement: Judgement, kind: Kind, *, new: bool) -> bool:
    return any(report.kind == kind and (report.new or not new) for report in judgement.reports)


def _told_wrongly(truth: Truth, judgement: Judgement, kind: Kind) -> Iterator[Mistake]:
    new, said_new = _has(truth, kind, new=True), _says(judgement, kind, new=True)
    about, said = _has(truth, kind, new=False), _says(judgement, kind, new=False)
    what: What | None = None
    if new != said_new:
        what = "missed" if new else "false alarm"
    elif about != said:
        what = "not noticed" if about else "noticed wrongly"
    if what:
        right = "new" if new else "a mention" if about else f"no {kind}"
        told = "new" if said_new else "a mention" if said else f"no {kind}"
        yield Mistake(truth.row_id, truth.title, kind, what, right, told, _why(judgement, kind))


def _why(judgement: Judgement, kind: Kind) -> str:
    report = _first(judgement, kind)
    if report is None:
        return judgement.set_aside or ""
    return f"{report.reason} ({', '.join(report.rules[:3])})" if report.rules else report.reason


def _first(judgement: Judgement, kind: Kind) -> Report | None:
    return next((report for report in judgement.reports if report.kind == kind), None)


def _facts(truth: Truth, judgement: Judgement, kind: Kind) -> Iterator[tuple[str, object, object]]:
    """Yield each labelled fact: its name, what is right and what was said."""
    report = _first(judgement, kind)
    if report is None or not _has(truth, kind, new=False):
        return
    if truth.country:
        yield "country", truth.country, report.place.country if report.place else None
    if kind == "strike" and truth.kind == "strike":
        for slot, right, count in (
            ("killed", truth.killed, report.killed),
            ("injured", truth.injured, report.injured),
        ):
            if right is not None:
                yield slot, right, count.min if count else None


def _wrong_fact(truth: Truth, kind: Kind, slot: str, right: object, said: object) -> Mistake:
    what: dict[str, What] = {"country": "wrong country", "killed": "wrong killed", "injured": "wrong injured"}
    said = "nothing" if said is None else said
    return Mistake(truth.row_id, truth.title, kind, what[slot], str(right), str(said), "")
