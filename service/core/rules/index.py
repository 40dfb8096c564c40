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

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from service.core.rules.evaluate import GRAVEST_FIRST, Match, is_met, match
from service.core.rules.keys import Clause, Cost, clauses, keys_of
from service.core.rules.rarity import Rarity, guess
from service.core.rules.rule import Rule
from service.core.rules.subject import Subject

_MAX_SETTLED = 20_000
_MIN_GONE = 1_000
_HEAD = 3  # the least number of letters before a *


class RuleIndex:
    """Rules to be held against subjects. It takes drafts and paused ones too: who sends asks for the active ones.

    `_upto` is how many rules of the table count, `_gone` are those of them that were replaced or removed since.
    """

    __slots__ = ("_gone", "_order", "_stems", "_table", "_upto")

    def __init__(self, rules: Iterable[Rule] = (), rarity: Rarity = guess) -> None:
        whole = tuple(rules)
        self._order = {rule.rule_id: at for at, rule in enumerate(whole)}
        self._table = _Table(rarity)
        self._stems = _Stems()
        for rule in whole:
            self._stems.add(self._table.file(rule))
        self._upto = len(whole)
        self._gone: frozenset[int] = frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in their order."""
        kept = (rule for slot, rule in enumerate(self._table.rules[: self._upto]) if slot not in self._gone)
        return tuple(sorted(kept, key=lambda rule: self._order[rule.rule_id]))

    def __len__(self) -> int:
        return len(self._order)

    def match(self, subject: Subject) -> list[Match]:
        """Return a Match for each rule that holds, whatever its state, the gravest first, else in the given order."""
        return [match(rule, subject) for rule in self._held(subject)]

    def matching(self, subject: Subject) -> list[Rule]:
        """Return the active rules that hold, the gravest first, else in the given order."""
        return [rule for rule in self._held(subject) if rule.state == "active"]

    def _held(self, subject: Subject) -> list[Rule]:
        held = [rule for rule in self.candidates(subject) if is_met(rule.query, subject)]
        return sorted(held, key=lambda rule: (GRAVEST_FIRST[rule.severity], self._order[rule.rule_id]))

    def candidates(self, subject: Subject) -> list[Rule]:
        """Return the rules that could hold: all that do, and few others, in no order."""
        keys = keys_of(subject)
        self._stems.note(keys)
        slots = self._table.slots(keys)
        if self._gone or self._upto < len(self._table.rules):
            slots = {slot for slot in slots if slot < self._upto and slot not in self._gone}
        return self._table.chosen(slots, keys)

    def replace(self, rule: Rule) -> "RuleIndex":
        """Return an index with this rule in the place of the one of its id, or behind the others."""
        order = self._order
        if rule.rule_id not in order:
            order = {**order, rule.rule_id: max(order.values(), default=-1) + 1}
        return self._changed([rule], (), order)

    def without(self, rule_id: str) -> "RuleIndex":
        """Return an index without the rule of this id."""
        return self._changed([], [rule_id], {name: at for name, at in self._order.items() if name != rule_id})

    def updated(self, rules: Sequence[Rule]) -> "RuleIndex":
        """Return an index of exactly these rules, at the price of what changed. A rule kept is the same object."""
        before = {rule.rule_id: rule for rule in self.rules}
        order = {rule.rule_id: at for at, rule in enumerate(rules)}
        changed = [rule for rule in rules if before.get(rule.rule_id) is not rule]
        return self._changed(changed, before.keys() - order.keys(), order)

    def _changed(self, added: Sequence[Rule], removed: Iterable[str], order: dict[str, int]) -> "RuleIndex":
        table = self._table
        gone = self._gone.union(
            table.newest[name] for name in (*removed, *(rule.rule_id for rule in added)) if name in self._order
        )
        # Only the newest index may add to the table they share; and what is gone is swept out now and then.
        if self._upto < len(table.rules) or len(gone) > max(_MIN_GONE, len(order) // 4):
            return self._anew(added, order)
        found = RuleIndex((), table.rarity)
        found._order, found._table, found._gone = order, table, gone
        found._stems = self._stems.with_more(key for rule in added for key in table.file(rule))
        found._upto = self._upto + len(added)
        return found

    def _anew(self, added: Sequence[Rule], order: dict[str, int]) -> "RuleIndex":
        by_id = {rule.rule_id: rule for rule in (*self.rules, *added)}
        return RuleIndex((by_id[name] for name in sorted(order, key=order.__getitem__)), self._table.rarity)


class _Table:
    """Rules filed under their keys; only ever added to. `newest` is the slot that was filed last for each id."""

    __slots__ = ("_cost", "_filed", "_second", "_shared", "newest", "rarity", "rules")

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.rules: list[Rule] = []
        self.newest: dict[str, int] = {}
        self._cost = _cost_by(rarity)
        self._second: list[Clause | None] = []
        self._filed: dict[str, list[int]] = {}
        self._shared: dict[Clause, Clause] = {}

    def file(self, rule: Rule) -> Iterator[str]:
        """File a rule under its cheapest clause. Return the prefixes among what it must have."""
        # Every query asks for something, so there is a first clause.
        first, *rest = sorted(set(clauses(rule.query, self._cost)), key=self._cost)
        second = self._shared.setdefault(rest[0], rest[0]) if rest else None
        slot = len(self.rules)
        self.rules.append(rule)
        self._second.append(second)
        self.newest[rule.rule_id] = slot
        for key in first:
            self._filed.setdefault(key, []).append(slot)
        return (key for key in first | (second or frozenset()) if key.endswith("*"))

    def slots(self, keys: set[str]) -> set[int]:
        """Return the rules filed under any of these keys."""
        found: set[int] = set()
        for key in self._filed.keys() & keys:
            found.update(self._filed[key])
        return found

    def chosen(self, slots: Iterable[int], keys: set[str]) -> list[Rule]:
        """Return those of which another clause is met too."""
        second = self._second
        return [self.rules[slot] for slot in slots if (clause := second[slot]) is None or not clause.isdisjoint(keys)]


class _Stems:
    """The prefixes rules ask for, and what was learned of which words begin with one."""

    __slots__ = ("_begins", "_by_head", "_settled")

    def __init__(self) -> None:
        self._by_head: dict[str, tuple[str, ...]] = {}
        self._begins: dict[str, list[str]] = {}
        self._settled: set[str] = set()

    def add(self, keys: Iterable[str]) -> None:
        """Take up prefixes, each with its *, before anything was learned."""
        for key in keys:
            known = self._by_head.get(key[:_HEAD], ())
            if key not in known:
                self._by_head[key[:_HEAD]] = (*known, key)

    def with_more(self, keys: Iterable[str]) -> "_Stems":
        """Return itself, or a new one that starts learning afresh where a prefix is new."""
        new = [key for key in keys if key not in self._by_head.get(key[:_HEAD], ())]
        if not new:
            return self
        found = _Stems()
        found._by_head = dict(self._by_head)
        found.add(new)
        return found

    def note(self, keys: set[str]) -> None:
        """Add to the keys every prefix that one of them begins with."""
        if self._by_head:
            keys.update(*[self._begun(word) for word in keys - self._settled])

    def _begun(self, word: str) -> Sequence[str]:
        """Return the prefixes of a word. Words that begin with none are settled: not asked about again."""
        found = self._begins.get(word)
        if found is None:
            found = [stem for stem in self._by_head.get(word[:_HEAD], ()) if word.startswith(stem[:-1])]
            if found:
                self._begins[word] = found
            elif len(self._settled) < _MAX_SETTLED:
                self._settled.add(word)
        return found


def _cost_by(rarity: Rarity) -> Cost:
    known = cache(rarity)

    def cost(clause: AbstractSet[str]) -> float:
        return sum(map(known, clause))

    return cost
