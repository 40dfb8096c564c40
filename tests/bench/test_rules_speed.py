"""How fast many watch rules are. `make bench` prints the figures; nothing here fails for being slow.

Rules are of six shapes, articles of 300 words as often as news has them (a few words make up half of every text, and
names are rare). One in eight is about a strike, one in twenty about talks, one in twenty-five only sounds like it.
The same articles go through one regular expression per rule, and through `perq` where that package is installed.
"""

import gc
import importlib.util
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import pytest

from service.adapters.rulefiles import load_paths
from service.core.event import Event
from service.core.report import Count, Place
from service.core.rules import Draft, Rule, RuleIndex, Subject, match, matching, parse_query, parse_term
from service.core.rules.keys import clauses
from service.core.rules.rarity import Rarity, counted, guess
from service.core.rules.words import tokens
from tests.core.rules.given import event

pytestmark = pytest.mark.bench

ARTICLES, LENGTH = 1_000, 300
_MOST_PATTERNS = 2_000  # of more, so many are tried and the time scaled up
SIZES = (1_000, 10_000, 100_000)
COMMON = (  # noqa: SIM905  a hundred quotes would hide the words
    "the to of and in a for that on is was with as it by be he at from said has have are an will not they but this "
    "his were had who which their its after been more would or one people about there new also we year than when up "
    "out if over could first she last two her all into can no government some some time other what years officials "
    "may made them so while during before against three between told country week under day police many now world"
).split()
STRIKE = ["strike", "strikes", "airstrike", "shelling", "missile", "missiles", "drone", "drones", "explosion"]
TALKS = ["ceasefire", "truce", "talks", "envoys", "negotiators", "mediators", "agreement", "delegation"]
CONFOUNDERS = ["union", "workers", "picket", "wages", "striker", "goal", "innings", "lightning", "hunger"]
LISTS = {"labour": tuple(map(parse_term, CONFOUNDERS))}
SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il", "or")]


def _names(chance: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))] = None
    return list(found)


class News:
    """A made-up press: its words, its places, its articles and the rules people would write for it."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a test's data
        self.words = [*COMMON, *_names(self.chance, 20_000)]
        self.places = _names(self.chance, 8_000)
        self.word_weights = list(accumulate(1 / (n + 3) for n in range(len(self.words))))
        self.place_weights = list(accumulate(1 / (n + 5) for n in range(len(self.places))))
        self.watched_weights = list(accumulate(1 / (n + 150) for n in range(len(self.places))))

    def place(self) -> str:
        return self.chance.choices(self.places, cum_weights=self.place_weights)[0]

    def watched(self) -> str:
        """A place somebody wants to hear of: less bent on the few that everybody writes about."""
        return self.chance.choices(self.places, cum_weights=self.watched_weights)[0]

    def middling(self) -> str:
        """A word that is neither everywhere nor hardly ever met."""
        return self.words[self.chance.randint(300, 6_000)]

    def article(self) -> Subject:
        words = self.chance.choices(self.words, cum_weights=self.word_weights, k=LENGTH - 14)
        about = self.chance.random()
        topic = STRIKE if about < 0.12 else TALKS if about < 0.17 else CONFOUNDERS if about < 0.21 else []
        words += [self.place() for _ in range(5)]
        words += [self.chance.choice(topic) for _ in range(9) if topic]
        self.chance.shuffle(words)
        sentences = [" ".join(words[at : at + 18]).capitalize() for at in range(0, len(words), 18)]
        draft = Draft(title=sentences[0], content=". ".join(sentences[1:]) + ".", outlet="Northern Wire", lang="en")
        return Subject(event=self.event(topic) if about < 0.17 else None, accounts=(draft,))

    def event(self, topic: list[str]) -> Event:
        country = self.chance.choice(["UA", "PS", "SD", "YE", "MM"])
        lat, lon = self.chance.uniform(-40, 60), self.chance.uniform(-20, 120)
        return event(
            kind="strike" if topic is STRIKE else "talks",
            place=Place(name=self.place(), country=country, lat=lat, lon=lon, precision="city"),
            killed=Count(self.chance.randint(1, 30), None) if self.chance.random() < 0.5 else None,
            weapon=(self.chance.choice(["drone", "missile", "air"]),),
        )

    def rule(self, number: int) -> Rule:
        return Rule(rule_id=f"r{number}", title="R", query=parse_query(self.query(), LISTS))

    def query(self) -> str:
        pick, chance = self.chance.choice, self.chance
        places = " OR ".join(self.watched() for _ in range(4))
        shapes: list[Callable[[], str]] = [
            lambda: f"({' OR '.join(chance.sample(STRIKE, 6))}) AND ({places}) AND NOT $labour",
            lambda: f'"{self.middling()} {pick(TALKS)}" AND ({places})',
            lambda: f"({pick(TALKS)} OR {self.middling()}) NEAR/{chance.randint(5, 15)} {self.watched()}",
            lambda: f"{self.watched()[:5]}* AND kind:strike AND killed>={chance.randint(1, 30)}",
            lambda: f"kind:strike AND country:{pick(['UA', 'PS', 'SD'])} AND place:{self.watched()} AND severity>=3",
            lambda: f"{self.middling()} AND {self.middling()} AND ({self.middling()} OR {self.middling()})",
        ]
        return pick(shapes)()


@pytest.fixture(scope="module")
def news() -> News:
    return News()


@pytest.fixture(scope="module")
def articles(news: News) -> list[Subject]:
    return [news.article() for _ in range(ARTICLES)]


def _fresh(subject: Subject) -> Subject:
    """Return the same article, not read yet."""
    return Subject(event=subject.event, accounts=subject.accounts)


def _resident() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _say(text: str) -> None:
    print(text)  # noqa: T201  the result


def _rate(judge: Callable[[Subject], int], articles: Sequence[Subject], rounds: int = 3) -> tuple[float, int]:
    """Return articles a second, reading them included, and how many matches there were. The best of some rounds."""
    best, held = float("inf"), 0
    for _ in range(rounds):
        start = time.process_time()
        held = sum(judge(_fresh(subject)) for subject in articles)
        best = min(best, time.process_time() - start)
    return len(articles) / best, held


def test_yardstick(articles: list[Subject]) -> None:
    """How fast this machine is today: the plain way to words, which the figures below should be read beside."""
    texts = [_text(subject) for subject in articles]
    seconds = min(_timed(lambda: [re.findall(r"\w+", text.lower()) for text in texts])[1] for _ in range(5))
    _say(f"\nyardstick: re.findall over an article takes {1e6 * seconds / len(texts):.0f} µs")


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    return work(), time.process_time() - start


def _sampled(articles: Sequence[Subject]) -> Rarity:
    seen = Counter(word for subject in articles[:300] for word in subject.reading(0).words.all)
    return counted(300, seen)


def _replacing(index: RuleIndex, rules: Sequence[Rule]) -> Iterator[float]:
    """Replace one rule after the other; yield how many milliseconds each took."""
    for rule in rules:
        start = time.process_time()
        index = index.replace(replace(rule, title="Changed"))
        yield 1000 * (time.process_time() - start)


@pytest.mark.parametrize("size", SIZES)
def test_matching(news: News, articles: list[Subject], size: int) -> None:
    before = _resident()
    rules, parsing = _timed(lambda: [news.rule(number) for number in range(size)])
    parsed = _resident()
    index, building = _timed(lambda: RuleIndex(rules))
    gc.freeze()
    _rate(lambda subject: len(index.matching(subject)), articles[:200], rounds=1)
    whole = _resident()
    rate, held = _rate(lambda subject: len(index.matching(subject)), articles)
    looked_at = sum(len(index.candidates(subject)) for subject in articles) / len(articles)
    replacing = sorted(_replacing(index, rules[:200]))
    _say(
        f"\n{size:,} rules: {rate:,.0f} articles/s\n"
        f"  {held / len(articles):.2f} matches and {looked_at:.1f} candidates an article\n"
        f"  rules {parsed - before:.0f} MB, {parsing:.2f} s; index {whole - parsed:.0f} MB, {building:.2f} s to make\n"
        f"  replacing one rule: {replacing[100]:.3f} ms in the middle, {replacing[-1]:.3f} ms at most"
    )
    for subject in articles[:: 20 if size < 100_000 else 500]:
        assert index.matching(subject) == matching(rules, subject)
    informed = RuleIndex(rules, _sampled(articles))
    counted_rate, _ = _rate(lambda subject: len(informed.matching(subject)), articles)
    _say(f"  with word counts of a sample: {counted_rate:,.0f} articles/s")
    _compare(rules, articles, rate)
    gc.unfreeze()


def _compare(rules: Sequence[Rule], articles: Sequence[Subject], rate: float) -> None:
    few = articles[: max(3, 20_000 // len(rules))]
    patterns = [_pattern(rule) for rule in rules[:_MOST_PATTERNS]]
    part, _ = _rate(lambda subject: sum(found.search(_text(subject)) is not None for found in patterns), few, rounds=1)
    slow = part * len(patterns) / len(rules)
    _say(f"  one regex a rule: {slow:,.2f} articles/s; ours is {rate / slow:,.0f} times as fast")
    if importlib.util.find_spec("perq") is None:
        _say("  perq: not installed here, so not compared")
        return
    other, _ = _rate(_perq(rules), articles[:200], rounds=2)
    _say(
        f"  perq, its finds checked by our evaluator: {other:,.0f} articles/s; ours is {rate / other:.1f} times as fast"
    )


def _text(subject: Subject) -> str:
    account = subject.accounts[0]
    return f"{account.title} {account.content}"


def _words_of(rule: Rule) -> list[list[str]]:
    """Return the words a rule needs, as ANDs of ORs; what it asks of facts, and beginnings of words, left out."""
    found = [sorted(clause) for clause in clauses(rule.query, lambda clause: sum(map(guess, clause)))]
    return [words for words in found if all(":" not in word and "*" not in word for word in words)]


def _pattern(rule: Rule) -> re.Pattern[str]:
    wanted = "".join(rf"(?=.*\b(?:{'|'.join(map(re.escape, words))})\b)" for words in _words_of(rule))
    return re.compile(rf"\A{wanted}", re.IGNORECASE | re.DOTALL)


def _perq(rules: Sequence[Rule]) -> Callable[[Subject], int]:
    perq: Any = importlib.import_module("perq")
    by_facts = [rule for rule in rules if not _words_of(rule)]
    by_id = {rule.rule_id: rule for rule in rules}
    store = perq.MemoryStore()
    perq.index([perq.Query(rule.rule_id, words) for rule in rules if (words := _words_of(rule))], store)
    matcher = perq.QueryMatcher(store)

    def judge(subject: Subject) -> int:
        document = perq.Document.from_text(_text(subject))
        found = [by_id[one] for one in matcher.matches(document)] + by_facts
        return sum(match(rule, subject).matched for rule in found)

    return judge


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_cold_load(news: News, tmp_path: Path, size: int) -> None:
    for number in range(size // 100):
        (tmp_path / f"{number}.yaml").write_text("version: 1\nrules:\n" + "".join(islice(_written(news, number), 100)))
    found, seconds = _timed(lambda: load_paths([tmp_path]))
    assert (len(found.rules), found.errors) == (size, ())
    _say(f"\ncold load: {size:,} rules with two tests each from {size // 100} files in {seconds:.2f} s")


def test_indexed_and_naive_agree(news: News) -> None:
    """Of 1,000 rules on 5,000 articles, to the last one. The quick tests try stranger rules on fewer."""
    rules = [news.rule(number) for number in range(1_000)]
    index, held = RuleIndex(rules), 0
    for _ in range(5_000):
        subject = news.article()
        wanted = matching(rules, subject)
        assert index.matching(subject) == wanted
        held += len(wanted)
    _say(f"\n1,000 rules on 5,000 articles: {held:,} matches, the same ones by the index and one by one")


def _written(news: News, number: int) -> Iterator[str]:
    at = 0
    while True:
        query = news.query().replace("$labour", "(union OR wages)")
        yield (
            f"  - id: r{number}-{at}\n    title: Rule {at} of file {number}\n    match: >-\n      {query}\n"
            "    severity: warning\n    owner: desk\n    cooldown: 30m\n    tests:\n"
            "      - {text: Drones hit the port, event: {kind: strike, country: UA, killed: 6}, fires: true}\n"
            "      - {text: Port workers strike over pay, fires: false}\n"
        )
        at += 1


def test_explain(news: News) -> None:
    long = " ".join(news.words[number % 900] for number in range(3_000))
    terms = " OR ".join(news.middling() for _ in range(60))
    query = f"({terms}) AND ({terms.replace(' OR ', ' AND ')[:1500].rpartition(' AND ')[0]})"
    rule = Rule(rule_id="r", title="R", query=parse_query(query))
    subject = Subject(event=event(), accounts=[Draft(title="Drones", content=long) for _ in range(10)])
    _, seconds = _timed(lambda: match(rule, subject).explain())
    assert len(tokens(long)) == 3_000
    _say(f"\nexplain: a rule of 120 terms and ten accounts of 3,000 words in {1000 * seconds:.1f} ms")


def test_one_event(news: News) -> None:
    body = " ".join(f"{news.words[number % 150]} drone shelling port hospital" for number in range(60))
    rules = [
        f"kind:strike AND (drone OR shell*) NEAR/9 (hospital OR x{n}) AND NOT (y{n} OR pay) AND killed>={n}"
        for n in range(50)
    ]
    index = RuleIndex(Rule(rule_id=f"r{n}", title="R", query=parse_query(text)) for n, text in enumerate(rules))
    accounts = [Draft(title="Drones hit port", content=body) for _ in range(3)]
    subject = Subject(event=event(killed=Count(25, None)), accounts=accounts)
    held, seconds = _timed(lambda: index.matching(subject))
    assert len(held) == 26
    _say(f"\n50 rules with NEAR on an event of three accounts: {1000 * seconds:.1f} ms")
