"""An index of many rules says exactly what holding each rule against the subject says."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.event import Event
from service.core.report import STATUSES, WEAPONS, Count, Place
from service.core.rules import Rule, RuleIndex, Subject, clauses, match, matching, parse_query, parse_term
from service.core.rules.rarity import counted
from service.core.rules.rule import RuleSeverity, RuleState
from tests.core.rules.given import event, told

WORDS = (  # noqa: SIM905  two dozen quotes would hide the words
    "drone drones strike strikes shelling shell port harbour kyiv odesa said the union pay truce fire cease air raid "
    "удар удари місто 停火 หยุด غارة straße"
).split()
NAMED = {"boats": tuple(map(parse_term, ["port", "harbour", "dri*", "air raid"])), "one": (parse_term("停火"),)}
SEVERITIES: list[RuleSeverity] = ["info", "warning", "critical"]
STATES: list[RuleState] = ["draft", "active", "paused"]
PLACES = [
    Place(name="Khan Younis", country="PS", lat=31.3, lon=34.3, precision="city", admin="GZ"),
    Place(name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city", admin="12"),
    Place(name="Ukraine", country="UA", lat=49.0, lon=32.0, precision="country"),
    Place(name="Taveuni", country="FJ", lat=-16.8, lon=179.99, precision="city"),
    Place(name="Chukotka", country="RU", lat=66.0, lon=-180.0, precision="region", admin="15"),
]


class Made:
    """Rules and subjects made by chance from few words, so that they often meet."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a test's data

    def term(self) -> str:
        word = self.chance.choice(WORDS)
        shape = self.chance.random()
        if shape < 0.15 and word.isascii():
            return f"{word[:3]}*"
        return f'"{word} {self.chance.choice(WORDS)}"' if shape < 0.3 else word

    def either(self) -> str:
        return f"({' OR '.join(self.term() for _ in range(self.chance.randint(2, 4)))})"

    def leaf(self) -> str:
        pick = self.chance.choice
        lat, lon = self.chance.uniform(-85, 85), self.chance.uniform(-180, 180)
        near = pick(PLACES)
        return pick(
            [
                self.term(),
                self.term(),
                self.either(),
                f"${pick(list(NAMED))}",
                f"{self.either()} {pick(['', 'O'])}NEAR/{self.chance.randint(1, 9)} {pick([self.either(), '$boats'])}",
                f"{pick(['title', 'body'])}:{self.either()}",
                f"kind:{pick(['strike', 'talks'])}",
                f"country:({pick(['UA', 'PS', 'FJ'])} OR {pick(['NO', 'RU'])})",
                f"{pick(['actor', 'target', 'place', 'source'])}:{pick(['khan', 'kyiv', 'wire', 'russia', 'forces'])}",
                f"region:{pick(['GZ', '12', 'chukotka'])}",
                f"weapon:{pick(WEAPONS)}",
                f"status:{pick(STATUSES)}",
                f"has:{pick(['killed', 'place', 'weapon', 'parties'])}",
                f"lang:{pick(['en', 'uk'])}",
                f"{pick(['killed', 'injured'])}{pick(['>=', '<', '=', '!='])}{pick([0, 5, 10])}",
                f"{pick(['severity', 'sources'])}{pick(['>=', '<', '=', '!='])}{pick([1, 3, 5])}",
                f"within({near.lat + self.chance.random():.3f}, {near.lon * 0.999:.3f}, {pick([5, 150, 3000])}km)",
                f"within({lat:.3f}, {lon:.3f}, {pick([9000, 20000])}km)",
                f"bbox({lat:.2f}, {lon:.2f}, {min(90, lat + 40):.2f}, {self.chance.uniform(-180, 180):.2f})",
            ]
        )

    def query(self, depth: int = 2) -> str:
        if depth == 0 or self.chance.random() < 0.2:
            return self.leaf()
        joint = self.chance.choice([" AND ", " OR "])
        parts = [self.part(depth) for _ in range(self.chance.randint(2, 3))]
        return f"({joint.join(parts)})"

    def part(self, depth: int) -> str:
        return f"{'NOT ' if self.chance.random() < 0.2 else ''}{self.query(depth - 1)}"

    def rule(self, rule_id: str) -> Rule:
        query = parse_query(
            f"({self.leaf()}) AND {self.query()}" if self.chance.random() < 0.5 else self.anchored(), NAMED
        )
        return Rule(rule_id=rule_id, title=rule_id, query=query, severity=self.chance.choice(SEVERITIES))

    def anchored(self) -> str:
        return f"({self.leaf()} OR ({self.leaf()} AND NOT {self.query()}))"

    def subject(self) -> Subject:
        accounts = [
            told(
                self.text(6),
                self.text(20),
                outlet=self.chance.choice(["Northern Wire", "Harbour Post"]),
                lang=self.chance.choice(["en", "uk-UA", None]),
            )
            for _ in range(self.chance.randint(0, 3))
        ]
        return Subject(event=self.event() if self.chance.random() < 0.8 else None, accounts=accounts)

    def text(self, most: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(0, most)))

    def event(self) -> Event:
        pick = self.chance.choice
        return event(
            kind=pick(["strike", "talks"]),
            headline=self.text(5),
            place=pick([None, *PLACES]),
            killed=pick([None, Count(5, None), Count(None, 8), Count(10, 12)]),
            injured=pick([None, Count(0, 0), Count(50, None)]),
            weapon=pick([(), ("drone", "missile"), ("unknown",)]),
            status=pick([None, "agreed", "violated"]),
            actor=pick([None, "Russian forces", "Russia"]),
            parties=pick([(), ("Russia", "Kyiv")]),
            sources=pick([1, 3]),
        )


def _agree(index: RuleIndex, rules: Sequence[Rule], subject: Subject) -> None:
    wanted = [rule.rule_id for rule in matching(rules, subject)]
    assert [rule.rule_id for rule in index.matching(subject)] == wanted
    assert [found.rule.rule_id for found in index.match(subject)] == wanted
    assert all(found.matched and match(found.rule, subject).text == found.text for found in index.match(subject))


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_indexed_and_naive_matching_agree_exactly(seed: int) -> None:
    made = Made(seed)
    rules = [made.rule(f"r{number}") for number in range(40)]
    index = RuleIndex(rules)
    for _ in range(20):
        _agree(index, rules, made.subject())


@settings(max_examples=12)
@given(st.integers(0, 10**9))
def test_an_index_that_was_changed_is_one_made_anew(seed: int) -> None:
    """Whatever was replaced, added and removed in between; and the one before still says what it said."""
    made = Made(seed)
    rules = {f"r{number}": made.rule(f"r{number}") for number in range(20)}
    first, first_rules = RuleIndex(rules.values()), list(rules.values())
    index = first
    for step in range(made.chance.randint(1, 90)):
        name = f"r{made.chance.randint(0, 30)}"
        if made.chance.random() < 0.3 and name in rules:
            del rules[name]
            index = index.without(name)
        else:
            rules[name] = made.rule(name)
            index = index.replace(rules[name])
        if step % 9 == 0:
            _agree(index, list(rules.values()), made.subject())
    assert index.rules == tuple(rules.values())
    for _ in range(8):
        subject = made.subject()
        _agree(index, list(rules.values()), subject)
        _agree(first, first_rules, subject)


def test_an_index_takes_up_a_new_reading_of_the_files() -> None:
    made = Made(7)
    rules = [made.rule(f"r{number}") for number in range(30)]
    index = RuleIndex(rules)
    later = [rules[3], made.rule("r2"), made.rule("new"), *rules[5:]]
    changed = index.updated(later)
    assert changed.rules == tuple(later)
    assert len(changed) == len(later)
    assert index.rules == tuple(rules)
    for _ in range(50):
        subject = made.subject()
        _agree(changed, later, subject)
        _agree(index, rules, subject)


def test_drafts_and_paused_rules_are_found_but_do_not_send() -> None:
    rules = [Rule(rule_id=state, title=state, query=parse_query("drone"), state=state) for state in STATES]
    index = RuleIndex(rules)
    subject = Subject(accounts=(told("a drone"),))
    assert [found.rule.rule_id for found in index.match(subject)] == ["draft", "active", "paused"]
    assert [rule.rule_id for rule in index.matching(subject)] == ["active"]


def test_an_index_that_has_met_more_words_than_it_remembers_still_finds_all() -> None:
    rules = [Rule(rule_id=word, title=word, query=parse_query(word)) for word in ("drone", "w12*", "w20001")]
    index = RuleIndex(rules)
    many = Subject(accounts=(told(" ".join(f"w{number}" for number in range(35_000))),))
    for subject in (many, Subject(accounts=(told("a drone at w12"),)), many):
        _agree(index, rules, subject)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("drone AND said AND odesa", "the drone, said officials"),
        ("(kyiv OR odesa) AND drone", "kyiv said"),
        ("drone NEAR/3 zaporizhzhia", "drone drone drone"),
        ('"air raid" AND said', "the raid, said officials"),
    ],
)
def test_what_lacks_something_rare_is_not_even_looked_at(query: str, text: str) -> None:
    rules = [Rule(rule_id="r", title="r", query=parse_query(query))]
    assert RuleIndex(rules).candidates(Subject(accounts=(told(text),))) == []
    assert (
        RuleIndex(rules, counted(10, {"said": 10, "drone": 9, "the": 10, "kyiv": 1, "zap": 1})).candidates(
            Subject(accounts=(told(text),))
        )
        == []
    )


@pytest.mark.parametrize(
    "text", ["severity>5", "severity<1", "(kyiv OR severity>5) AND strike", "severity>5 OR severity<1"]
)
def test_what_cannot_be_is_asked_for_by_a_key_that_nothing_has(text: str) -> None:
    """A clause without a key is no question that full text can answer."""
    asked = clauses(parse_query(text), len)
    assert asked
    assert all(asked)
