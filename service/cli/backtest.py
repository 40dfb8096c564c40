"""`tocsin judge --backtest FILE`: labelled entries judged anew, and how that compares with their labels."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from service.cli import output
from service.cli.entries import Row, read_labelled
from service.core.backtest import KINDS, Mistake, Result, backtest
from service.core.errors import BadInput
from service.core.example import Truth, truth_of
from service.core.report import Judgement
from service.pipeline.judge import Judging

_BATCH = 50


def run(file: Path, judging: Judging, *, as_json: bool) -> int:
    """Print precision, recall and F1 of each kind, and every error. Return how many lines could not be read."""
    bad, now = 0, datetime.now(UTC)
    pairs: list[tuple[Truth, Judgement]] = []
    rows = _labelled(file)
    while batch := list(islice(rows, _BATCH)):
        fine = [item for item in batch if not isinstance(item, BadInput)]
        for error in (item for item in batch if isinstance(item, BadInput)):
            output.complain(error)
            bad += 1
        judged = judging.judge([row.entry(now=now) for row, _ in fine])
        pairs += zip((truth for _, truth in fine), judged, strict=True)
    result = backtest(pairs)
    if as_json:
        output.document(_document(result, bad))
    else:
        _tell(result)
    return bad


def _labelled(file: Path) -> Iterator[tuple[Row, Truth] | BadInput]:
    for number, item in read_labelled(file):
        if isinstance(item, BadInput):
            yield item
            continue
        row, data = item
        try:
            yield row, truth_of(data)
        except ValueError as error:
            yield BadInput(str(error), file=str(file), line=number, hint="a line of a label file")


def _document(result: Result, bad: int) -> dict[str, Any]:
    out: dict[str, Any] = {"entries": result.entries, "unreadable": bad, **{kind: {} for kind in KINDS}}
    for (kind, question), score in result.scores.items():
        shares = {"p": score.precision, "r": score.recall, "f1": score.f1}
        out[kind][question] = {name: round(share, 3) for name, share in shares.items()}
        out[kind][question]["n"] = score.hits + score.missed
    for (kind, slot), (hits, stated) in result.facts.items():
        out[kind][slot] = {"exact": round(hits / stated, 3), "n": stated}
    out["errors"] = [_error(mistake) for mistake in result.mistakes]
    return out


def _error(mistake: Mistake) -> dict[str, str]:
    said = mistake._asdict()
    return {"id": said.pop("row_id"), **said}


def _tell(result: Result) -> None:
    rows: list[Sequence[object]] = [
        (
            kind,
            question,
            *(f"{value:.3f}" for value in (score.precision, score.recall, score.f1)),
            score.hits + score.missed,
        )
        for (kind, question), score in result.scores.items()
    ]
    rows += [
        (kind, slot, f"{hits / stated:.3f}", "", "", stated) for (kind, slot), (hits, stated) in result.facts.items()
    ]
    output.table(("kind", "what", "precision", "recall", "F1", "labelled"), rows, empty="no entries")
    output.say(f"\n{result.entries} entries, {len(result.mistakes)} errors")
    for mistake in result.mistakes:
        output.say(_line(mistake))


def _line(mistake: Mistake) -> str:
    why = f": {mistake.why}" if mistake.why else ""
    said = f"is {mistake.right}, was {mistake.said}{why}"
    return f"{mistake.row_id}  {mistake.kind} {mistake.what}  {said}  | {mistake.title[:120]}"
