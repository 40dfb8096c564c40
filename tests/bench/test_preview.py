"""How long a preview takes over a hundred thousand stored articles, on both databases. Nothing here fails for slowness.

Articles and rules are those of the bench of matching; one in six articles is an event of its own, thirty days in all.
`TOCSIN_BENCH_ARTICLES` makes the history smaller, `TOCSIN_BENCH_PROVED` has fewer rules than a thousand proved.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from statistics import quantiles
from typing import NamedTuple

import pytest

from service.adapters.store import SqlStore, open_store
from service.adapters.undisturbed import undisturbed
from service.core.entry import Entry
from service.core.event import Account, Development, Event
from service.core.feed import ParsedEntry
from service.core.report import Report
from service.core.rules import Rule, RuleIndex, Subject, clauses, keys_of, matching, parse_query
from service.core.rules.rarity import cost
from service.core.rules.subject import Text
from service.pipeline.manage import add_feed
from service.pipeline.preview import BUDGET_S, Preview, Previewing
from service.ports.store import Store, Transaction
from tests.bench.test_rules_speed import COMMON, LISTS, STRIKE, TALKS, News
from tests.core.rules.test_index import Made
from tests.migrated import put_database
from tests.pipeline.archived import keep
from tests.standins import NOON

pytestmark = pytest.mark.bench

ARTICLES = int(os.environ.get("TOCSIN_BENCH_ARTICLES", "100000"))
MONTH = timedelta(days=30)
RULES = 300
PROVED = int(os.environ.get("TOCSIN_BENCH_PROVED", "1000"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def history(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SqlStore, News]]:
    """A month of news in store."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("history")
        put_database(folder)
        url = f"sqlite:///{folder / 'tocsin.db'}"
    else:
        url = str(request.getfixturevalue("postgres_database"))
    with open_store(url, durable=False) as store:
        start = time.monotonic()
        for numbers, articles in _made():
            with store.write() as tx:
                _fill(tx, numbers, articles)
        print(f"\n{request.param}: {ARTICLES:,} articles kept in {time.monotonic() - start:.0f} s")  # noqa: T201
        yield store, News()


class _Article(NamedTuple):
    """A text and the event it tells of, each with the keys it is found by."""

    text: Text
    event: Event | None
    words: list[str]
    facts: list[str]


def _articles(numbers: range) -> list[_Article]:
    """Make articles, the same for the same numbers. Runs beside what puts them into the database."""
    news = _news()
    news.chance.seed(numbers[0])
    return [_article(news.article()) for _ in numbers]


@cache
def _news() -> News:
    return News()


def _article(subject: Subject) -> _Article:
    (text,) = subject.accounts
    words = keys_of(Subject(accounts=subject.accounts))
    return _Article(text, subject.event, list(words), list(keys_of(subject)) if subject.event else [])


def _made(size: int = 500, ahead: int = 4) -> Iterator[tuple[range, list[_Article]]]:
    parts = [range(at, min(at + size, ARTICLES)) for at in range(0, ARTICLES, size)]
    with ProcessPoolExecutor(1) as pool:
        under_way = [pool.submit(_articles, numbers) for numbers in parts[:ahead]]
        for at, numbers in enumerate(parts):
            yield numbers, under_way.pop(0).result()
            under_way += [pool.submit(_articles, later) for later in parts[at + ahead : at + ahead + 1]]


def _fill(tx: Transaction, numbers: range, articles: Sequence[_Article]) -> None:
    feed = replace(add_feed(tx, f"https://wire-{numbers[0]}.example/feed", now=NOON), title="Northern Wire")
    parsed = [
        ParsedEntry(uid=str(number), title=article.text.title, content=article.text.content)
        for number, article in zip(numbers, articles, strict=True)
    ]
    ids = tx.entries.put(feed, parsed[::-1], now=NOON, backlog=False).new
    for number, entry_id, article in zip(numbers, ids, articles, strict=True):
        at = NOON + MONTH * (number / ARTICLES)
        entry = Entry(entry_id=entry_id, feed_id=feed.feed_id, outlet="Northern Wire", uid="", first_seen=at)
        tx.archive.keep_texts([(entry.entry_id, article.words)])
        if article.event is None:
            continue
        account = Account(
            report_id=0,
            entry_id=entry_id,
            outlet="Northern Wire",
            url=None,
            canonical_url="",
            title=article.text.title,
            summary="",
            content=article.text.content,
            lang="en",
            told_at=at,
            report=Report(kind="strike", new=True, confidence=0.9),
        )
        event = replace(article.event, event_id=tx.events.create(article.event))
        development = Development(change="new", revision=1, at=at)
        tx.archive.keep(event, development, [account], keys=article.facts, backlog=False, now=at)


def _asked(store: SqlStore, query: str, other: str = "kind:strike AND killed>=25") -> tuple[Preview, float]:
    edited, saved = (Rule(rule_id="r", title="R", query=parse_query(text, LISTS)) for text in (query, other))
    start = time.monotonic()
    said = Previewing(store=store, timer=time.monotonic, undisturbed=undisturbed).run(
        edited, saved, now=NOON + MONTH, last=MONTH
    )
    return said, 1000 * (time.monotonic() - start)


def test_rules_people_would_write(history: tuple[SqlStore, News]) -> None:
    store, news = history
    said = [_asked(store, news.query(), news.query()) for _ in range(RULES)]
    took = sorted(ms for _, ms in said)
    cuts = quantiles(took, n=100)
    whole = sum(preview.complete for preview, _ in said)
    print(  # noqa: T201
        f"preview of {RULES} rules: p50 {cuts[49]:.0f}, p95 {cuts[94]:.0f}, p99 {cuts[98]:.0f}, most {took[-1]:.0f} ms;"
        f" {whole} looked at everything"
    )


def _any(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)


@pytest.mark.parametrize(
    "query",
    [
        "kind:strike",
        "said AND (officials OR people)",
        f"({_any(STRIKE)}) NEAR/30 ({_any(TALKS)})",
        f"({_any(COMMON[:20])}) NEAR/1 ({_any(COMMON[20:40])})",
        "str* AND (tal* OR mis* OR dro*)",
    ],
)
def test_rules_that_ask_much(history: tuple[SqlStore, News], query: str) -> None:
    said, ms = _asked(history[0], query)
    print(f"{query[:60]}: {ms:.0f} ms of {1000 * BUDGET_S:.0f}; {said.sentence}")  # noqa: T201


def test_a_thousand_rules_hold_for_what_live_holds_for(store: Store) -> None:
    """5,000 articles: no rule of a thousand finds one more or less, by the index, asked one by one, or in history.

    Each rule gets its own candidates from the database. Who holds is looked up once for all rules, from the texts and
    events in store; of every twentieth rule the whole preview is made as well.
    """
    made = Made(seed=11)
    subjects = [subject for subject in (made.subject() for _ in range(5_000 * 2)) if subject.event and subject.accounts]
    live = keep(store, subjects[:5_000], every=timedelta(seconds=30))
    rules = [made.rule(f"r{number}") for number in range(PROVED)]
    wanted = _live(rules, live)
    _say(
        f"{len(rules)} rules, {len(live)} articles: the index says what one by one says, {_alerts(wanted):,} times yes"
    )
    found = _in_history(store, rules)
    _say(f"{sum(found[rule_id] != wanted[rule_id] for rule_id in wanted)} rules differ in history")
    assert found == wanted
    patient = Previewing(store=store, timer=time.monotonic, budget_s=3_600, undisturbed=undisturbed)
    for asked in rules[::20]:
        run = patient.run(asked, None, now=NOON + MONTH, last=2 * MONTH).edited
        assert set(run.alerts) == wanted[asked.rule_id], asked


def _live(rules: Sequence[Rule], live: Mapping[int, Subject]) -> dict[str, set[int]]:
    """Return the events that each rule holds for by the index, having held every rule against every article too."""
    index = RuleIndex(rules)
    wanted: dict[str, set[int]] = {asked.rule_id: set() for asked in rules}
    for event_id, subject in live.items():
        found = [one.rule_id for one in index.matching(subject)]
        assert found == [one.rule_id for one in matching(rules, subject)]
        for rule_id in found:
            wanted[rule_id].add(event_id)
    return wanted


def _in_history(store: Store, rules: Sequence[Rule]) -> dict[str, set[int]]:
    """Return the events of those candidates for which each rule holds, as they are in store."""
    patience = timedelta(hours=9).total_seconds
    with store.read() as tx:
        spans = tx.archive.spans(NOON)
        every = [one for span in spans for some in tx.archive.candidates([[]], span, left=patience) for one in some]
        holds: dict[str, set[int]] = {asked.rule_id: set() for asked in rules}
        for moment in every:
            for asked in matching(rules, moment.subject):
                holds[asked.rule_id].add(moment.event.event_id)
        found: dict[str, set[int]] = {}
        for asked in rules:
            groups = [clauses(asked.query, cost)]
            parts = (some for span in spans for some in tx.archive.candidates(groups, span, left=patience))
            found[asked.rule_id] = {moment.event.event_id for some in parts for moment in some} & holds[asked.rule_id]
        return found


def _alerts(wanted: Mapping[str, set[int]]) -> int:
    return sum(map(len, wanted.values()))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201
