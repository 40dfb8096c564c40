"""Many rules against one subject, in the time a few would take.

What we hold to be true: of ten thousand rules nearly none holds for a given text, and nearly every rule needs something
rare. So each rule is filed under its rarest clause; a subject's own keys name the rules that could hold at all; another
clause sends most of those away; the evaluator decides on the rest. So an index never differs from holding every rule
against the subject, and that is tested.

An index is a value: replacing a rule gives a new one that shares the old one's table, and whoever is in the middle of
a batch keeps the whole set it began with. Any number of threads may match; one at a time may make a new index.

Where it fails: rules made of nothing but common words are candidates for nearly every text. They are noise for their
readers too, and a lint says so.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from service.core.rules.evaluate import GRAVEST_FIRST, Match, is_met, match
from service.core.rules.keys import Clause, Cost, clauses, keys_of
from service.core.rules.rarity import Rarity, guess
from service.core.rules.rule import Rule
from service.core.rules.subject import Subject

_MAX_LEARNED = 30_000
_MIN_GONE = 1_000
_HEAD = 3  # the least number of letters before a *
_ALWAYS = ""  # a key that every subject has
_NO_OTHER: Clause = frozenset({_ALWAYS})
_Entry = tuple[Clause, int, Rule]


class RuleIndex:
    """Rules to be held against subjects. It takes drafts and paused ones too: who sends asks for the active ones.

    `_upto` is how many rules of the table count, `_gone` are those of them that were replaced or removed since.
    """

    __slots__ = ("_gone", "_learned", "_order", "_table", "_upto")

    def __init__(self, rules: Iterable[Rule] = (), rarity: Rarity = guess) -> None:
        whole = tuple(rules)
        table = _Table(rarity)
        for rule in whole:
            table.file(rule)
        self._take(table, {rule.rule_id: at for at, rule in enumerate(whole)}, frozenset())

    def _take(self, table: "_Table", order: dict[str, int], gone: frozenset[int]) -> None:
        self._table, self._order, self._gone, self._upto = table, order, gone, len(table.entries)
        self._learned = _Learned(table, self._upto, gone)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in their order."""
        kept = (rule for _, slot, rule in self._table.entries[: self._upto] if slot not in self._gone)
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
        keys, learned = keys_of(subject), self._learned
        keys.add(_ALWAYS)
        # By slot, since a rule is filed under each key of its clause, and comparing rules takes long.
        found = {
            entry[1]: entry[2] for key in keys - learned.idle for entry in learned[key] if not entry[0].isdisjoint(keys)
        }
        return list(found.values())

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
        if self._upto < len(table.entries) or len(gone) > max(_MIN_GONE, len(order) // 4):
            return self._anew(added, order)
        for rule in added:
            table.file(rule)
        found = RuleIndex((), table.rarity)
        found._take(table, order, gone)
        return found

    def _anew(self, added: Sequence[Rule], order: dict[str, int]) -> "RuleIndex":
        by_id = {rule.rule_id: rule for rule in (*self.rules, *added)}
        return RuleIndex((by_id[name] for name in sorted(order, key=order.__getitem__)), self._table.rarity)


class _Table:
    """Rules filed under their keys; only ever added to. `newest` is the slot that was filed last for each id.

    Each rule's entry holds another clause of it, which can be asked for at once.
    """

    __slots__ = ("_cost", "_shared", "entries", "filed", "newest", "rarity", "stems")

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.entries: list[_Entry] = []
        self.newest: dict[str, int] = {}
        self.filed: dict[str, list[int]] = {}
        self.stems: dict[str, tuple[str, ...]] = {}
        self._cost = _cost_by(rarity)
        self._shared: dict[Clause, Clause] = {}

    def file(self, rule: Rule) -> None:
        """File a rule under its cheapest clause."""
        # Every query asks for something, so there is a first clause.
        first, *rest = sorted(set(clauses(rule.query, self._cost)), key=self._cost)
        second = next((clause for clause in rest if not any(map(_is_stem, clause))), _NO_OTHER)
        slot = len(self.entries)
        self.entries.append((self._shared.setdefault(second, second), slot, rule))
        self.newest[rule.rule_id] = slot
        for key in first:
            self.filed.setdefault(key, []).append(slot)
            if _is_stem(key) and key not in self.stems.get(key[:_HEAD], ()):
                self.stems[key[:_HEAD]] = (*self.stems.get(key[:_HEAD], ()), key)


class _Learned(dict[str, tuple[_Entry, ...]]):
    """The rules that each word met so far leads to, by itself or by a prefix. `idle` are the words that lead nowhere.

    Those are nearly all words of a text, and were in many before: taking them out in one go is all they cost.
    """

    __slots__ = ("_gone", "_table", "_upto", "idle")

    def __init__(self, table: _Table, upto: int, gone: frozenset[int]) -> None:
        super().__init__()
        self._table, self._upto, self._gone = table, upto, gone
        self.idle: set[str] = set()

    def __missing__(self, key: str) -> tuple[_Entry, ...]:
        stems = (stem for stem in self._table.stems.get(key[:_HEAD], ()) if key.startswith(stem[:-1]))
        slots = (slot for name in (key, *stems) for slot in self._table.filed.get(name, ()))
        entries = self._table.entries
        found = tuple(entries[slot] for slot in slots if slot < self._upto and slot not in self._gone)
        if found:
            self._learn(key, found)
        else:
            self._learn_idle(key)
        return found

    def _learn(self, key: str, found: tuple[_Entry, ...]) -> None:
        if len(self) >= _MAX_LEARNED:
            self.clear()
        self[key] = found

    def _learn_idle(self, key: str) -> None:
        if len(self.idle) >= _MAX_LEARNED:  # begun anew, it soon holds the words that are met most
            self.idle = set()
        self.idle.add(key)


def _is_stem(key: str) -> bool:
    return key.endswith("*")


def _cost_by(rarity: Rarity) -> Cost:
    known = cache(rarity)

    def cost(clause: AbstractSet[str]) -> float:
        return sum(map(known, clause))

    return cost
