"""Figures as Prometheus reads them. The only place that imports prometheus_client.

Everything is a gauge: it counts rows as they are now, over all processes, and what is pruned is no longer counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from service.core.health import Gap
from service.ports.counts import Figures

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """All that is shown. `feeds` counts them by state; `heartbeats` is when each part last showed that it lives."""

    now: datetime
    version: str
    figures: Figures
    feeds: Mapping[str, int]
    gaps: Sequence[Gap]
    heartbeats: Mapping[str, datetime]
    rule_errors: int


def exposition(scrape: Scrape) -> bytes:
    """Return the text format, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(lambda: _families(scrape)))
    return generate_latest(registry)


class _Once(Collector):
    """Gives what one scrape found."""

    def __init__(self, collect: Callable[[], Iterator[GaugeMetricFamily]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return self._collect()


def _families(scrape: Scrape) -> Iterator[GaugeMetricFamily]:
    figures, now = scrape.figures, scrape.now
    yield _by("build_info", "The running version.", "version", {scrape.version: 1})
    yield _by("feeds", "Feeds by state; failing, gone and silent ones want a look.", "state", scrape.feeds)
    yield _by("recent_polls", "Polls that ended in the last five minutes, by outcome.", "outcome", figures.polls)
    words = "Seconds since the last good poll of the priority feed that has waited longest; +Inf if one never answered."
    yield _one("priority_feed_last_good_age_seconds", words, _priority_age(figures, now))
    yield from _coverage(scrape.gaps)
    yield _one("entries_waiting", "Entries that wait to be judged.", figures.entries_waiting)
    words = "Entries set aside, by the reason; failed ones could not be judged."
    yield _by("entries_set_aside", words, "reason", figures.set_aside)
    yield _by("events", "Live events, by kind.", "kind", figures.events)
    yield _by("reports", "Reports, by kind.", "kind", figures.reports)
    yield _by("outbox_messages", "Messages by state; gave_up ones were never delivered.", "state", figures.outbox)
    words = "Seconds that the longest due feed or message has waited for its turn; 0 if nothing is due."
    due = {"feeds": figures.feeds_due_at, "outbox": figures.outbox_due_at}
    yield _by("oldest_due_seconds", words, "queue", {name: _age(at, now) for name, at in due.items()})
    words = "Seconds since each part last showed that it lives; the clock should every few seconds."
    beats = {part: _age(at, now) for part, at in scrape.heartbeats.items()}
    yield _by("heartbeat_age_seconds", words, "part", beats)
    words = "Messages that were sent with a shipped template because the operator's own is broken."
    yield _one("template_fallbacks", words, figures.fell_back)
    yield _one(
        "rule_errors", "Watch rules that are not in force as written, or asked for and in no file.", scrape.rule_errors
    )


def _coverage(gaps: Sequence[Gap]) -> Iterator[GaugeMetricFamily]:
    yield _one(
        "coverage_gaps", "Places, topics and languages where at least half of the feeds bring nothing.", len(gaps)
    )
    words = "Feeds that bring nothing, where half or more of a country, topic or language do not; else no line."
    family = GaugeMetricFamily("tocsin_coverage_gap_feeds", words, labels=("axis", "code"))
    for gap in gaps:
        family.add_metric((gap.axis, gap.code), gap.missing)
    yield family


def _priority_age(figures: Figures, now: datetime) -> float | None:
    if figures.priority_never:
        return float("inf")
    return _age(figures.priority_ok_at, now) if figures.priority_ok_at else None


def _age(at: datetime | None, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0) if at else 0.0


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"tocsin_{name}", words, labels=(label,))
    for key, value in sorted(values.items()):
        family.add_metric((key,), value)
    return family


def _one(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """Return a figure without labels; without a value, only its explanation is shown."""
    return GaugeMetricFamily(f"tocsin_{name}", words, value=value)
