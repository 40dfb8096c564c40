"""Fit service/core/detect/calibrate.py anew: how the grammar's weights turn into chances.

    python .ci/fit_confidence.py SPAN.jsonl OTHER.jsonl

Each file holds labelled items of one span of time, a JSON object a line: title, summary, link, published, kind (strike,
talks, both, none) and new (yes, no, null). Printed for each kind: the slope fitted on one span and the log loss on the
other, before and after; then the slope over both, to be written into calibrate.py, and how often each tenth came true.
Nothing of the items is kept.
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from math import exp, log
from pathlib import Path

from service import resources
from service.adapters.lexicons import load_lexicons
from service.core.detect import calibrate, detect
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Kind

KINDS: tuple[Kind, ...] = ("strike", "talks")
Pairs = Sequence[tuple[float, bool]]


def pairs_of(path: str, lexicon: Lexicon, kind: Kind) -> Pairs:
    """Return what each finding of the kind weighs, and whether it was news of it."""
    out = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        when = datetime.fromisoformat(row["published"])
        entry = Entry(
            entry_id=1,
            feed_id=1,
            outlet="",
            uid=row["id"],
            title=row["title"] or "",
            summary=row.get("summary") or "",
            url=row.get("link"),
            published=when,
            first_seen=when,
        )
        true = row["kind"] in (kind, "both") and row["new"] == "yes"
        found = detect(entry, lexicon).findings
        out += [(item.confidence, true) for item in found if item.kind == kind and item.stance == "asserts"]
    return out


def odds(weight: float) -> float:
    """Return the log odds of a weight, bounded."""
    held = min(max(weight, 0.01), 0.99)
    return log(held / (1 - held))


def loss(pairs: Pairs, slope: float) -> float:
    """Return the mean log loss of the chances this slope gives."""
    chances = [(1 / (1 + exp(-slope * odds(weight))), true) for weight, true in pairs]
    return -sum(log(max(p if true else 1 - p, 0.01)) for p, true in chances) / max(len(pairs), 1)


def fit(pairs: Pairs) -> float:
    """Return the slope of the least loss, by tenths; a pull to 1 keeps few items from saying much."""
    return min((n / 10 for n in range(5, 61)), key=lambda slope: loss(pairs, slope) + (slope - 1) ** 2 / len(pairs))


def main() -> None:
    """Print the fits of both kinds."""
    lexicon = load_lexicons([resources.shipped("config") / "lexicon"])["en"]
    calibrate.SLOPES.update({"strike": 1.0, "talks": 1.0})
    for kind in KINDS:
        first, second = (pairs_of(path, lexicon, kind) for path in sys.argv[1:3])
        for train, test in ((first, second), (second, first)):
            slope = fit(train)
            print(f"{kind}: slope {slope:.1f} from {len(train)}: loss {loss(test, 1.0):.3f} -> {loss(test, slope):.3f}")
        both = [*first, *second]
        print(f"{kind}: slope over both {fit(both):.1f}")
        for tenth in range(10):
            true = [news for weight, news in both if tenth / 10 <= weight < (tenth + 1) / 10]
            print(f"  {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}: {sum(true)} of {len(true)}")


if __name__ == "__main__":
    main()
