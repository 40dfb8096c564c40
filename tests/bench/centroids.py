"""The peer: a stream of TF-IDF vectors, each joined to the nearest centroid of late, or the start of a new one."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log, sqrt

from service.core.entry import Entry
from service.core.link.words import lead_of, words_of

LIKE = 0.25
WINDOW = timedelta(days=7)
FADES = timedelta(hours=24)


@dataclass(kw_only=True)
class Centroids:
    """Every cluster as the sum of its vectors, found by the terms it has. The likeness fades by a day's bell curve."""

    seen: Counter[str] = field(default_factory=Counter)
    sums: list[dict[str, float]] = field(default_factory=list)
    last: list[datetime] = field(default_factory=list)
    having: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def tell(self, entry: Entry) -> int:
        """Return the cluster of this entry."""
        counts = Counter(words_of(lead_of(entry)))
        self.seen.update(counts.keys())
        total = sum(self.seen.values())
        vector = {term: count * log(1 + total / self.seen[term]) for term, count in counts.items()}
        near = {cluster for term in vector for cluster in self.having[term][-400:]}
        best = max(near, key=lambda cluster: (self._like(vector, cluster, entry.told_at), -cluster), default=None)
        if best is None or self._like(vector, best, entry.told_at) < LIKE:
            best = len(self.sums)
            self.sums.append({})
            self.last.append(entry.told_at)
        for term, weight in vector.items():
            if term not in self.sums[best]:
                self.having[term].append(best)
            self.sums[best][term] = self.sums[best].get(term, 0.0) + weight
        self.last[best] = entry.told_at
        return best

    def _like(self, vector: dict[str, float], cluster: int, now: datetime) -> float:
        ago = now - self.last[cluster]
        if ago > WINDOW:
            return 0.0
        theirs = self.sums[cluster]
        dot = sum(weight * theirs[term] for term, weight in vector.items() if term in theirs)
        sizes = sqrt(sum(x * x for x in vector.values()) * sum(x * x for x in theirs.values()))
        return dot / sizes * exp(-((ago / FADES) ** 2) / 2) if sizes else 0.0
