"""Many rules against one subject, in the time a few would take.

What we hold to be true: of ten thousand rules nearly none holds for a given text, and nearly every rule needs something
rare. So each rule is filed under its rarest clause; a subject's own keys name the rules that could hold at all; another
clause sends most of those away; the evaluator decides on the rest. So an index never differs from holding every rule
against the subject, and that is tested.

An index is a value: replacing a rule gives a new one that shares the old one's tables, and whoever is in the middle of
a batch keeps the whole set it began with.

Where it fails: rules made of nothing but common words are candidates for nearly every text. They are noise for their
readers too, and a lint says so.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from service.core.rules.evaluate import GRAVEST_FIRST, Match, match, truth_for
from service.core.rules.keys import Clause, Cost, clauses, keys_of
from service.core.rules.rarity import Rarity, guess
from service.core.rules.rule import Rule
from service.core.rules.subject import Subject

_MAX_RECENT = 64
_MAX_SETTLED = 20_000
_HEAD = 3  # the least number of letters before a *


class RuleIndex:
    """Rules to be held against subjects. It takes drafts and paused ones too: who sends asks for the active ones."""

    __slots__ = ("_gone", "_main", "_order", "_rarity", "_recent")

    def __init__(self, rules: Iterable[Rule] = (), rarity: Rarity = guess) -> None:
        whole = tuple(rules)
        self._rarity = rarity
        self._order = {rule.rule_id: at for at, rule in enumerate(whole)}
        self._main = _Table(whole, rarity)
        self._recent = _Table((), rarity)
        self._gone: frozenset[str] = frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in their order."""
        kept = [rule for rule in self._main.rules if rule.rule_id not in self._gone]
        return tuple(sorted([*kept, *self._recent.rules], key=lambda rule: self._order[rule.rule_id]))

    def __len__(self) -> int:
        return len(self._order)

    def match(self, subject: Subject) -> list[Match]:
        """Return a Match for each rule that holds, whatever its state, the gravest first, else in the given order."""
        return [match(rule, subject) for rule in self._held(subject)]

    def matching(self, subject: Subject) -> list[Rule]:
        """Return the active rules that hold, the gravest first, else in the given order."""
        return [rule for rule in self._held(subject) if rule.state == "active"]

    def _held(self, subject: Subject) -> list[Rule]:
        held = [rule for rule in self.candidates(subject) if truth_for(rule.query, subject)[0]]
        return sorted(held, key=lambda rule: (GRAVEST_FIRST[rule.severity], self._order[rule.rule_id]))

    def candidates(self, subject: Subject) -> list[Rule]:
        """Return the rules that could hold: all that do, and few others, in no order."""
        keys = keys_of(subject)
        found = self._main.candidates(keys)
        if self._gone:
            found = [rule for rule in found if rule.rule_id not in self._gone]
        return found + self._recent.candidates(keys)

    def replace(self, rule: Rule) -> "RuleIndex":
        """Return an index with this rule in the place of the one of its id, or behind the others."""
        order = self._order
        if rule.rule_id not in order:
            order = {**order, rule.rule_id: max(order.values(), default=-1) + 1}
        return self._changed([rule], {rule.rule_id}, order)

    def without(self, rule_id: str) -> "RuleIndex":
        """Return an index without the rule of this id."""
        return self._changed([], {rule_id}, {name: at for name, at in self._order.items() if name != rule_id})

    def updated(self, rules: Sequence[Rule]) -> "RuleIndex":
        """Return an index of exactly these rules, at the price of what changed. A rule kept is the same object."""
        before = {rule.rule_id: rule for table in (self._main, self._recent) for rule in table.rules}
        order = {rule.rule_id: at for at, rule in enumerate(rules)}
        changed = [rule for rule in rules if before.get(rule.rule_id) is not rule]
        return self._changed(changed, {rule.rule_id for rule in changed} | (before.keys() - order.keys()), order)

    def _changed(self, added: Sequence[Rule], gone: AbstractSet[str], order: dict[str, int]) -> "RuleIndex":
        recent = [rule for rule in self._recent.rules if rule.rule_id not in gone]
        found = RuleIndex((), self._rarity)
        found._order = order
        found._gone = self._gone | gone
        found._main, found._recent = self._main, _Table((*recent, *added), self._rarity)
        return found if len(recent) + len(added) <= _MAX_RECENT else RuleIndex(found.rules, self._rarity)


class _Table:
    """Rules filed under their keys. Only what it learned of prefixes ever changes."""

    __slots__ = ("_begins", "_filed", "_second", "_settled", "_stems", "rules")

    def __init__(self, rules: Sequence[Rule], rarity: Rarity) -> None:
        self.rules = rules
        self._filed: dict[str, list[int]] = {}
        self._second: list[Clause | None] = []
        self._stems: dict[str, list[str]] = {}
        self._settled: set[str] = set()
        self._begins: dict[str, list[str]] = {}
        self._file(_cost_by(rarity))

    def _file(self, cost: Cost) -> None:
        shared: dict[Clause, Clause] = {}
        for slot, rule in enumerate(self.rules):
            # Every query asks for something, so there is a first clause.
            first, *rest = sorted(set(clauses(rule.query, cost)), key=cost)
            second = shared.setdefault(rest[0], rest[0]) if rest else None
            self._second.append(second)
            for key in first:
                self._filed.setdefault(key, []).append(slot)
            for key in first | (second or frozenset()):
                self._note_stem(key)

    def _note_stem(self, key: str) -> None:
        if key.endswith("*"):
            stems = self._stems.setdefault(key[:_HEAD], [])
            if key not in stems:
                stems.append(key)

    def candidates(self, keys: set[str]) -> list[Rule]:
        """Return the rules of which the first clause and the second are met."""
        if self._stems:
            keys = keys.union(*(self._begun(word) for word in keys - self._settled))
        slots: set[int] = set()
        for key in self._filed.keys() & keys:
            slots.update(self._filed[key])
        return [self.rules[slot] for slot in slots if _is_met(self._second[slot], keys)]

    def _begun(self, word: str) -> list[str]:
        """Return the prefixes this word begins with. Words that begin with none are settled: not asked again."""
        found = self._begins.get(word)
        if found is None:
            found = [stem for stem in self._stems.get(word[:_HEAD], ()) if word.startswith(stem[:-1])]
            if found:
                self._begins[word] = found
            elif len(self._settled) < _MAX_SETTLED:
                self._settled.add(word)
        return found


def _is_met(clause: Clause | None, keys: set[str]) -> bool:
    return clause is None or not clause.isdisjoint(keys)


def _cost_by(rarity: Rarity) -> Cost:
    known = cache(rarity)

    def cost(clause: AbstractSet[str]) -> float:
        return sum(map(known, clause))

    return cost
