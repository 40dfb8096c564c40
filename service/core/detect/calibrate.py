"""How often a finding of this weight is news: what a confidence promises.

Platt's scaling of the grammar's weight, one line a kind, fitted by .ci/fit_confidence.py on two spans of labelled items
(2022-23 and January 2026), each tried on the other. For talks it takes the log loss from .41 to .31 and from .39 to
.32; the weights of strikes were as good as any scaling of them across the spans (.36 and .37), so they stand. The
offsets are held at nought, so that the bar for news stays where the grammar has it.

More than a line does not pay. A logistic regression over the rules that fired, where they did, the doubts and what
else was read, pulled towards the grammar's own weight as far as five folds of its own span liked best, took the F1 of
new strikes on the other span from .862 to .823 and from .909 to .900, that of new talks from .884 to .872 and from
.914 to .872, and the look-alikes (of 870) from 2 to 1 and to 5. With n-grams of word lists in place of words, strikes
came to .804 and .890. Pulled ten times as hard and more, little of it was left, and what it won was one item or two
(.866, .913; .905, .914).
"""

from math import exp, log

from service.core.report import Kind

SLOPES: dict[Kind, float] = {"strike": 1.0, "talks": 2.2}
_LEAST, _MOST = 0.01, 0.99


def chance(kind: Kind, weight: float) -> float:
    """Return the chance, 0 to 1, that what weighs so much is news of this kind. It grows with the weight."""
    held = min(max(weight, _LEAST), _MOST)
    return 1 / (1 + exp(-SLOPES[kind] * log(held / (1 - held))))
