"""What a rule may say but hardly means. A warning never keeps a rule from being used.

Codes: W201 words alone; W203 noisy; W204 something that can never hold, or that no text has ever had; W206 a term that
another one covers; W207 the same as another rule; W208 no owner; W209 no test, or tests of one kind only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.errors import BadRule
from service.core.rules.keys import clauses
from service.core.rules.rarity import cost
from service.core.rules.rule import Rule
from service.core.rules.syntax import And, FieldIs, InText, ListRef, Near, Not, NumberIs, Or, Query, Term, format_query

_TOO_COMMON = 0.25
_MANY_A_DAY = 50.0
_ENOUGH_TEXTS = 1_000
_ONLY_STRIKES = frozenset({"weapon", "killed", "injured", "children_killed", "missing"})
_HAS_ONE = frozenset({"kind", "status"})
_FROM, _UP_TO = frozenset({">=", ">"}), frozenset({"<=", "<"})
_ONLY_TALKS = frozenset({"status", "parties", "mediators", "venue", "planned", "duration_h"})


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What stored history shows: of so many texts how many have each word, and how often a day each rule fires."""

    texts: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    a_day: Mapping[str, float] = field(default_factory=dict)


def lint(rules: Sequence[Rule], history: History | None = None) -> list[BadRule]:
    """Return what is legal but unwise in a set of rules, by place. With history, also what only it can show."""
    known = history or History()
    found = [warning for rule in rules for warning in _one(rule, known)]
    found += _duplicates(rules)
    return sorted(found, key=lambda warning: (warning.file, warning.line or 0, warning.code))


def _warning(rule: Rule, code: str, message: str, hint: str) -> BadRule:
    return BadRule(f"{rule.rule_id}: {message}", hint=hint, code=code, file=rule.file, line=rule.line, column=1)


def _one(rule: Rule, history: History) -> Iterator[BadRule]:
    yield from _words_alone(rule)
    yield from _noisy(rule, history)
    yield from _dead(rule, history)
    yield from _covered(rule)
    if not rule.owner:
        yield _warning(rule, "W208", "nobody owns it", "add owner: and a team or a name")
    yield from _untested(rule)


def _words_alone(rule: Rule) -> Iterator[BadRule]:
    for clause in clauses(rule.query, cost):
        if all(":" in key and not key.startswith(("lang:", "source:")) for key in clause):
            return
    hint = "add what was read out of the text, as in kind:strike AND …; workers, batters and lightning strike too"
    yield _warning(rule, "W201", "it leans on words alone", hint)


def _noisy(rule: Rule, history: History) -> Iterator[BadRule]:
    rate = history.a_day.get(rule.rule_id, 0.0)
    if rate > _MANY_A_DAY:
        hint = "ask for more, or give it max_per_hour"
        yield _warning(rule, "W203", f"it would fire {rate:,.0f} times a day", hint)
    needed = clauses(rule.query, cost)
    if min(map(cost, needed)) >= _TOO_COMMON and not any(":" in key for clause in needed for key in clause):
        yield _warning(rule, "W203", "nearly every text has what it asks for", "add a rarer word, or a fact")


def _dead(rule: Rule, history: History) -> Iterator[BadRule]:
    for query in _all_of(rule.query):
        kinds = {value for part in query if isinstance(part, FieldIs) and part.name == "kind" for value in part.values}
        never = _ONLY_TALKS if kinds == {"strike"} else _ONLY_STRIKES if kinds == {"talks"} else frozenset()
        for part in query:
            if _asked(part) & never:
                hint = f"kind:{next(iter(kinds))} never has it; take one of the two out"
                yield _warning(rule, "W204", f"{format_query(part)} can never hold beside kind", hint)
            if any(_excludes(other, part) for other in query):
                hint = "no event has both; OR between them asks for either"
                yield _warning(rule, "W204", f"{format_query(part)} can never hold beside the rest", hint)
            if isinstance(part, Not) and part.part in query:
                yield _warning(rule, "W204", f"it asks for {format_query(part.part)} and for its absence", "choose one")
    if history.texts >= _ENOUGH_TEXTS:
        yield from _unheard(rule, history.seen)


def _excludes(one: Query, other: Query) -> bool:
    """Whether the second, which stands after the first, can never hold where the first does."""
    if isinstance(one, FieldIs) and isinstance(other, FieldIs):
        return one.at < other.at and one.name == other.name in _HAS_ONE and not {*one.values} & {*other.values}
    if isinstance(one, NumberIs) and isinstance(other, NumberIs) and one.name == other.name and one.at < other.at:
        low, high = (one, other) if one.comparison in _FROM else (other, one)
        return low.comparison in _FROM and high.comparison in _UP_TO and low.value > high.value
    return False


def _all_of(query: Query) -> Iterator[tuple[Query, ...]]:
    """Yield the parts of each AND, those of ANDs in it among them."""
    if isinstance(query, And):
        yield tuple(_flat(query))
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from _all_of(part)


def _flat(query: Query) -> Iterator[Query]:
    for part in query.parts if isinstance(query, And) else (query,):
        yield from _flat(part) if isinstance(part, And) else (part,)


def _asked(part: Query) -> set[str]:
    if isinstance(part, NumberIs):
        return {part.name}
    if isinstance(part, FieldIs):
        return {*part.values} if part.name == "has" and len(part.values) == 1 else {part.name}
    return set()


def _unheard(rule: Rule, seen: Mapping[str, int]) -> Iterator[BadRule]:
    for term in terms_in(rule.query):
        last = term.words[-1]
        heard = all(word in seen for word in term.words[:-1])
        heard = heard and (any(word.startswith(last) for word in seen) if term.prefix else last in seen)
        if not heard:
            yield _warning(rule, "W204", f"no text ever had {format_query(term)}", "check its spelling, or take it out")


def terms_in(query: Query, *, lists: bool = False) -> Iterator[Term]:
    """Yield the words, phrases and prefixes a query asks for, those under NOT left out; with `lists`, theirs too."""
    match query:
        case Term():
            yield query
        case ListRef(terms=terms):
            yield from terms if lists else ()
        case InText(terms=terms):
            yield from terms
        case Near(left=left, right=right):
            for side in (*left, *right):
                yield from terms_in(side, lists=lists)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from terms_in(part, lists=lists)
        case _:
            return


def _covered(rule: Rule) -> Iterator[BadRule]:
    for terms in _either(rule.query):
        for number, term in enumerate(terms):
            others = [*terms[:number], *(other for other in terms[number + 1 :] if other != term)]
            wider = next((other for other in others if _covers(other, term)), None)
            if wider is not None:
                message = f"{format_query(term)} is covered by {format_query(wider)}"
                yield _warning(rule, "W206", message, "leave it out")


def _covers(wide: Term, term: Term) -> bool:
    if wide == term:
        return True
    same = len(wide.words) == len(term.words) and wide.words[:-1] == term.words[:-1]
    return wide.prefix and same and term.words[-1].startswith(wide.words[-1])


def _either(query: Query) -> Iterator[tuple[Term, ...]]:
    """Yield the terms of each OR, wherever one can stand."""
    match query:
        case Or(parts=parts):
            yield tuple(part for part in parts if isinstance(part, Term))
            for part in parts:
                yield from _either(part)
        case And(parts=parts):
            for part in parts:
                yield from _either(part)
        case Not(part=part):
            yield from _either(part)
        case InText(terms=terms):
            yield terms
        case Near(left=left, right=right):
            yield tuple(part for part in left if isinstance(part, Term))
            yield tuple(part for part in right if isinstance(part, Term))
        case _:
            return


def _duplicates(rules: Sequence[Rule]) -> Iterator[BadRule]:
    first: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        kept = first.setdefault((rule.on, _canonical(rule.query)), rule)
        if kept is not rule:
            message = f"it asks for the same as {kept.rule_id} ({kept.file}:{kept.line})"
            yield _warning(rule, "W207", message, "keep one of them")


def _canonical(query: Query) -> str:
    """Return a query's normal form in which the order of ANDs and ORs makes no difference."""
    match query:
        case And(parts=parts) | Or(parts=parts):
            joint = " AND " if isinstance(query, And) else " OR "
            return f"({joint.join(sorted({_canonical(part) for part in parts}))})"
        case Not(part=part):
            return f"NOT {_canonical(part)}"
        case _:
            return format_query(query)


def _untested(rule: Rule) -> Iterator[BadRule]:
    fires = {test.fires for test in rule.tests}
    if not fires:
        yield _warning(rule, "W209", "it has no test", "add tests: with a text that fires it and one that must not")
    elif len(fires) == 1:
        missing = "in which it stays silent" if True in fires else "in which it fires"
        yield _warning(rule, "W209", f"it has no test {missing}", "add one")
