"""What the grammar is measured against: keywords in titles, and TF-IDF of title and lead with logistic regression."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from service.core.report import Kind

Matrix = npt.NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+")
_KEYWORDS: dict[Kind, re.Pattern[str]] = {
    "strike": re.compile(
        r"air ?strikes?|missiles?|drones?|shell(?:ing|ed)|bombard\w*|bombing|strikes? (?:on|in|kill)|rockets?",
        re.IGNORECASE,
    ),
    "talks": re.compile(
        r"cease-?fires?|truces?|peace (?:talks?|deals?|plans?)|negotiat\w+|hostage deals?", re.IGNORECASE
    ),
}
_STEPS, _RATE, _RIDGE = 1500, 8.0, 3e-4
_LEAST = 2  # documents a term is in


def by_keywords(kind: Kind, titles: Sequence[str]) -> list[bool]:
    """Return which titles hold a keyword of the kind."""
    return [bool(_KEYWORDS[kind].search(title)) for title in titles]


def by_regression(known: Sequence[str], labels: Sequence[bool], asked: Sequence[str]) -> list[bool]:
    """Return what a logistic regression over TF-IDF of words and pairs of words, fitted to `known`, says of `asked`.

    Balanced by class. From a few dozen positives, as there are of talks, it learns next to nothing.
    """
    counts = [_terms(text) for text in known]
    spread = Counter(term for each in counts for term in each)
    place = {term: at for at, term in enumerate(term for term, docs in spread.items() if docs >= _LEAST)}
    rarity = np.log((1 + len(known)) / (1 + np.array([spread[term] for term in place]))).astype(np.float32) + 1
    seen, new = _matrix(counts, place, rarity), _matrix([_terms(text) for text in asked], place, rarity)
    wanted = np.array(labels, np.float32)
    balance = np.where(wanted > 0, 0.5 / wanted.mean(), 0.5 / (1 - wanted.mean())).astype(np.float32)
    weights, bias = np.zeros(len(place), np.float32), np.float32(0)
    for _ in range(_STEPS):
        wrong = balance * (1 / (1 + np.exp(-(seen @ weights + bias))) - wanted)
        weights -= _RATE * (seen.T @ wrong / len(known) + _RIDGE * weights)
        bias -= _RATE * wrong.mean()
    return [bool(value > 0) for value in new @ weights + bias]


def _terms(text: str) -> Counter[str]:
    words = _WORD.findall(text.lower())
    return Counter([*words, *(f"{one} {other}" for one, other in pairwise(words))])


def _matrix(counts: Sequence[Counter[str]], place: dict[str, int], rarity: Matrix) -> Matrix:
    out = np.zeros((len(counts), len(place)), np.float32)
    for row, each in enumerate(counts):
        for term, count in each.items():
            if term in place:
                out[row, place[term]] = (1 + np.log(count)) * rarity[place[term]]
    norm: Matrix = np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9).astype(np.float32)
    return out / norm
