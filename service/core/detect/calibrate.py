"""How often a finding of this weight is news: what a confidence promises.

Platt's scaling of the grammar's weight, one line a kind, fitted by .ci/fit_confidence.py on two spans of labelled items
(2022-23 and January 2026), each tried on the other. For talks it takes the log loss from .41 to .31 and from .39 to
.32; the weights of strikes were as good as any scaling of them across the spans (.36 and .37), so they stand. The
offsets are held at nought, so that the bar for news stays where the grammar has it.
"""

from math import exp, log

from service.core.report import Kind

SLOPES: dict[Kind, float] = {"strike": 1.0, "talks": 2.2}
_LEAST, _MOST = 0.01, 0.99


def chance(kind: Kind, weight: float) -> float:
    """Return the chance, 0 to 1, that what weighs so much is news of this kind. It grows with the weight."""
    held = min(max(weight, _LEAST), _MOST)
    return 1 / (1 + exp(-SLOPES[kind] * log(held / (1 - held))))
