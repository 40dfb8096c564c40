"""Who struck whom. The voice of the verb decides: "Russia hit Odesa", "Odesa hit by Russian drones"."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from service.core.extract.pages import ACTORS, At, Leaf, evidence, labels, meaning, search
from service.core.extract.setting import names_a_deal
from service.core.report import Evidence, Place
from service.core.text import Page, Pattern, Words, pattern

_ACTOR = "|".join(ACTORS)
_NAMED = "countries|peoples|groups"
_WEAPON = "air|drone|missile|artillery|naval|bomb"

# Each pattern with the step that is the actor and the step that is the target, or None.
_BOTH = (
    (pattern(f"{_NAMED} ..1 accused_of ..2 raid|strike|attack|pound|hit ..3 {_ACTOR}"), 0, 3),
    (pattern(f"countries ..1 blame ..2 {_NAMED} ..6 strike|attack|pound|raid|hit|bomb"), 2, 0),
    (pattern(f"at_war ..1 blame ..2 {_ACTOR} ..6 strike|attack|pound|raid|hit|bomb"), 2, 0),
    (pattern(f"blame at_war ..1 {_ACTOR} ..4 strike|attack|pound|raid|hit|bomb"), 2, 1),
    (pattern(f"{_ACTOR} ..4 intercept ..5 {_NAMED} ..3 {_WEAPON}"), 2, 0),
    (pattern(f"{_ACTOR} ..4 intercept ..8 launch ..1 agent ..2 {_NAMED}"), 4, 0),
    (pattern(f"{_NAMED} ..2 {_WEAPON} ..3 launch ..2 ward|place_word ..2 {_ACTOR}"), 0, 4),
    (pattern(f"{_NAMED} ..2 captures ..2 {_ACTOR}"), 0, 2),
    (pattern(f"{_ACTOR} ..5 hit|strike|attack|pound|kill|wound|dead ..1 by ..3 {_NAMED}"), 3, 0),
    (
        pattern(f"{_ACTOR} ..5 hit|strike|kill|wound|dead in ..2 {_NAMED} ..2 raid|strike|attack|barrage|{_WEAPON}"),
        3,
        0,
    ),
    (pattern(f"{_NAMED} ..3 raid|strike|attack|barrage|pound ..2 place_word ..3 {_ACTOR}"), 0, 3),
    (pattern(f"{_ACTOR} ..3 strike|hit|pound|attack ..3 {_ACTOR}"), 0, 2),
    (pattern(f"{_ACTOR} ..3 launch ..3 campaign ..1 {_ACTOR}"), 0, 3),
    (pattern(f"{_NAMED} ..2 {_WEAPON} ..3 hit|strike|pound|kill|attack ..4 {_ACTOR}"), 0, 3),
    (pattern(f"{_ACTOR} ..3 launch ..5 {_WEAPON}|raid|strike|attack|barrage ..2 place_word ..3 {_ACTOR}"), 0, 4),
)
_ALONE = (
    (pattern(f"{_ACTOR} ..1 say ..2 it_word ..3 strike|hit|attack|pound|raid|launch|kill"), 0),
    (pattern(f"by ..3 {_NAMED} ..3 raid|strike|attack|{_WEAPON}|barrage"), 1),
    (pattern(f"hit|strike|kill|wound|attack|pound ..1 by ..3 {_NAMED}"), 2),
    (pattern(f"{_NAMED} ..2 raid|strike|barrage|pound|{_WEAPON}"), 0),
    (pattern(f"{_NAMED} ..1 attack"), 0),
    (pattern(f"launch ..1 agent ..2 {_NAMED}"), 2),
    (pattern(f"{_WEAPON} ..1 agent|origin groups"), 2),
    (pattern("peoples aircraft ..2 kill|wound|hit|bomb"), 0),
    (pattern(f"{_ACTOR} ..3 launch ..5 {_WEAPON}|raid|strike|attack|barrage"), 0),
    (pattern(f"{_ACTOR} ..2 strike|pound|hit ..4 ward"), 0),
    (pattern(f"blame ..3 {_NAMED}"), 1),
    (pattern(f"{_NAMED} ..1 deny ..3 strike|hit|attack|pound|raid"), 0),
    (pattern("countries|groups does"), 0),
    (pattern("countries|groups sets ..3 ward ..1 burning"), 0),
    (pattern(f"{_NAMED} ..1 accused_of"), 0),
    (pattern("chiefs does"), 0),
    (pattern("chiefs strike|hit|pound"), 0),
    (pattern("chiefs ..2 launch|orders_it ..4 raid|strike|attack|barrage"), 0),
    (pattern(f"{_NAMED} ..1 aggression"), 0),
    (pattern(f"raid|strike|attack|barrage agent {_NAMED}"), 2),
)
# Who says so himself, or is said to be behind it: the verb of speech is part of it.
_OWNED_UP = (
    (pattern(f"{_NAMED} claims_it"), 0),
    (pattern(f"say ..1 {_ACTOR} is_behind ..3 attack|strike|raid|{_WEAPON}"), 1),
)
_FORCES_TELL = pattern("abroad ..2 say ..6 dead|kill ..3 in ..3 raid|strike|attack")
_AIMED = 5
_NOUNS = frozenset({"raid", "strike", "barrage"})
_KILLS = pattern(f"{_NAMED} ..1 transitive")


class Sides(NamedTuple):
    """Actor and target by name, and the words that say so."""

    actor: str | None = None
    target: str | None = None
    evidence: tuple[Evidence, ...] = ()


@lru_cache(maxsize=512)
def _own(source: str, steps: str) -> tuple[Pattern, int, int | None]:
    """Read a pattern of a language's own: `pound ..2 @named ..4 @actor` with `0 2`, the steps of actor and target."""
    for short, lists in (("@named", _NAMED), ("@actor", _ACTOR), ("@weapon", _WEAPON)):
        source = source.replace(short, lists)
    actor, *target = (int(step) for step in steps.split())
    return pattern(source), actor, target[0] if target else None


def sides(leaves: Sequence[Leaf]) -> Sides:
    """Return who struck whom, as the first field that says so has it."""
    own = [_own(*item) for item in leaves[0].page.grammar.get("sides", {}).items()] if leaves else []
    both = (*((wanted, actor, target) for wanted, actor, target in own if target is not None), *_BOTH)
    alone = (*((wanted, actor) for wanted, actor, target in own if target is None), *_ALONE)
    for leaf in leaves:
        for wanted, actor, target in both:
            for at in search(wanted, (leaf,)):
                found = _both(at, actor, target)
                if found:
                    return found
    for leaf in leaves:
        for wanted, actor in alone:
            for at in search(wanted, (leaf,)):
                who = _first_of_two(at, actor) or _who(at, actor)
                if who and not _did_nothing(at, actor):
                    return Sides(who, None, (_words("actor", at, actor),))
    return _owned_up(leaves) or _told_by_forces(leaves) or _opening(leaves)


def _owned_up(leaves: Sequence[Leaf]) -> Sides | None:
    for wanted, actor in _OWNED_UP:
        for at in search(wanted, leaves):
            who = _who(at, actor)
            if who:
                return Sides(who, None, (_words("actor", at, actor),))
    return None


def _told_by_forces(leaves: Sequence[Leaf]) -> Sides | None:
    """Return whose forces tell of whom they killed abroad: "US military says five killed in strike on boat"."""
    for at in search(_FORCES_TELL, leaves):
        units = at.leaf.page.units
        first, verb, harm = at.hit.at[:3]
        forces = "groups" in units[first].tags or any("state_forces" in unit.tags for unit in units[first:verb])
        own = any(unit.tags & {"state_forces", "abroad"} or "soldiers" in unit.tags for unit in units[verb + 1 : harm])
        who = _who(at, 0)
        if who and forces and not own:
            return Sides(who, None, (_words("actor", at, 0),))
    return None


def _did_nothing(at: At, step: int) -> bool:
    return _is_place(at, step) or _is_passive(at, step) or _crosses(at) or _is_aimed_at(at)


def _opening(leaves: Sequence[Leaf]) -> Sides:
    """Return who a headline opens with, if it says that they killed: "Northland kills three in attack on boats"."""
    for at in search(_KILLS, [leaf for leaf in leaves if leaf.where == "title"]):
        who = _who(at, 0)
        if who and at.hit.first == 0:
            return Sides(who, None, (_words("actor", at, 0),))
    return Sides()


def with_place(found: Sides, where: tuple[Place, Evidence] | None, codes: Mapping[str, str]) -> Sides:
    """Fill in the country that was struck where only the place says it."""
    if (
        found.target
        or where is None
        or not where[0].country
        or codes.get((found.actor or "").lower()) == where[0].country
    ):
        return found
    name = country_named(where[0].country, codes)
    return found._replace(target=name, evidence=(*found.evidence, _renamed(where[1]))) if name else found


def of_one_name(found: Sides, lexicon: Words, codes: Mapping[str, str]) -> Sides:
    """Return the sides by one name each, so that strikes on Gaza and on Palestine are strikes on the same."""
    actor, target = (name and one_name(name, lexicon, codes) for name in (found.actor, found.target))
    return found._replace(actor=actor, target=target if target != actor else None)


def one_name(name: str, lexicon: Words, codes: Mapping[str, str]) -> str:
    """Return the country's name for that of a part of it that is named like a country: Palestine for Gaza."""
    code = codes.get(name.lower())
    if code is None or name not in lexicon.tables.get("countries", {}).values():
        return name
    return country_named(code, codes) or name


def country_named(code: str, codes: Mapping[str, str]) -> str | None:
    """Return the name a country goes by in `codes`, as it is written."""
    name = next((name for name, its in codes.items() if its == code), None)
    if name is None:
        return None
    return " ".join(word.capitalize() if word not in {"and", "of", "the"} else word for word in name.split())


def _renamed(words: Evidence) -> Evidence:
    return Evidence(field="target", quote=words.quote, start=words.start, end=words.end, where=words.where)


def _both(at: At, actor: int, target: int) -> Sides | None:
    one, other = _who(at, actor), _who(at, target)
    units = at.leaf.page.units
    before = units[at.hit.at[actor] - 1].tags if actor else frozenset[str]()
    if "located" in before and "by" not in before and "peoples" not in units[at.hit.at[actor]].tags:
        return None  # "hit by drones in Northland"
    owned = at.hit.at[target] > 0 and "of" in units[at.hit.at[target] - 1].tags
    if owned and target > actor and "strike" in units[at.hit.at[1]].tags:
        return None  # "Norland strikes recall a history of Southland's wars"
    if names_a_deal(at.leaf.page, at.hit.at[target], at.hit.at[target]) and "metonyms" in units[at.hit.at[target]].tags:
        return None  # "despite the Doha truce"
    suffers = actor == 0 and (_is_place(at, actor) or _is_passive(at, actor) or _is_aimed_at(at))
    if not one or not other or one == other or suffers:
        return None
    return Sides(one, other, (_words("actor", at, actor), _words("target", at, target)))


def _who(at: At, step: int) -> str | None:
    """Return who is meant, unless the name only says whose side somebody is on: "UAE-backed forces".

    Of "Sudan's RSF" and "Lebanese Hezbollah" it is the group.
    """
    units, here = at.leaf.page.units, at.hit.at[step]
    behind = units[here + 1].tags if here + 1 < len(units) else frozenset[str]()
    if "attached" in behind:
        return None
    of_country = units[here].tags & {"countries", "peoples"} and "groups" in behind
    owned = of_country and at.leaf.page.text[units[here].start : units[here + 1].start].rstrip().lower().endswith(
        ("'s", "\u2019s")
    )
    if owned or (of_country and "peoples" in units[here].tags):
        return meaning(units[here + 1])
    return meaning(units[here]) or units[here].means.get("chiefs")


def _first_of_two(at: At, step: int) -> str | None:
    """Return who is named first of "British and French jets": which of two is no matter, but always the same."""
    units, here = at.leaf.page.units, at.hit.at[step]
    two = here > 1 and "peoples" in units[here].tags & units[here - 2].tags and "and" in units[here - 1].tags
    return meaning(units[here - 2]) if two else None


def _words(field: str, at: At, step: int) -> Evidence:
    return evidence(field, at.leaf, at.hit.at[step], at.hit.at[step])


def _is_place(at: At, step: int) -> bool:
    """Say whether the name tells where, not who: "in Ukraine drones hit …", "Ukraine: drones hit …"."""
    units, here = at.leaf.page.units, at.hit.at[step]
    if labels(at.leaf.page, here):
        return True
    deed = here + 1 < len(units) and bool(units[here + 1].tags & {"raid", "strike", "attack", "barrage"})
    if deed and "abroad" in units[here].tags and "war_zone" not in units[here].tags:
        return False  # "images of US strikes", "killed in a US attack"
    return here > 0 and "peoples" not in units[here].tags and bool(units[here - 1].tags & {"located", "of"})


def _crosses(at: At) -> bool:
    """Say whether the strike is not what was launched: "rebels launch a new party as strikes kill 20"."""
    units = at.leaf.page.units
    verb = next((here for here in at.hit.at if "launch" in units[here].tags), None)
    if verb is not None and any("by" in units[n].tags for n in range(verb + 1, at.hit.last)):
        return False  # "drones launched by Northland"
    return verb is not None and any("in" in units[n].tags for n in range(verb + 1, at.hit.last))


def _is_object(at: At, here: int) -> bool:
    """Say whether a country stands before a noun of what it suffered: "leaders react to Venezuela strikes"."""
    units = at.leaf.page.units
    before = units[max(here - 6, 0) : here]
    before = [unit for unit in before if unit.sentence == units[here].sentence and "article" not in unit.tags]
    after = [unit for unit in units[here + 1 : here + 5] if not unit.tags & {"direction", "article"}]
    noun = bool(after) and bool(after[0].tags & {"raid", "strike", "attack"})
    does = len(after) > 1 and bool(after[1].tags & {"place_word", "ward", "kill", "wound", "hit", *ACTORS})
    harmed = any(unit.tags & {"kill", "wound", "dead"} for unit in before)
    return bool(before) and noun and not does and not harmed and not at.leaf.page.quote(here, here)[0].isupper()


def _is_aimed_at(at: At) -> bool:
    """Say whether "targets" is what was struck: "Northland begins strikes on rebel targets"."""
    units, first = at.leaf.page.units, at.hit.first
    if "targets" not in units[at.hit.at[1]].tags:
        return False
    before = [unit for unit in units[max(first - _AIMED, 0) : first] if unit.sentence == units[first].sentence]
    return any(unit.tags & {"strike", "raid", "pound", "attack", "bomb"} for unit in before)


def _has_it_alone(page: Page, at: int) -> bool:
    """Say whether a people is named here, and not as the second of two: "Northland and Eastland jets"."""
    unit, before = page.units[at], page.units[at - 1]
    joined = "and" in before.tags or page.text[before.end : unit.start].strip()
    return bool(meaning(unit)) and "peoples" in unit.tags and not joined


def _is_passive(at: At, step: int) -> bool:
    """Say whether the name suffers ("was hit"), speaks ("says Russia hit"), or shoots down: then it struck nobody."""
    units, here, verb = at.leaf.page.units, at.hit.at[step], at.hit.at[min(step + 1, len(at.hit.at) - 1)]
    if any(
        units[n].tags & {"be", "say", "reaction", "undergoes", "intercept", "threat"} for n in range(here + 1, verb)
    ):
        return True
    if units[verb].tags & _NOUNS and any("in" in units[n].tags for n in range(here + 1, verb)):
        return True  # "Northland's leader held after strikes"
    if "countries" in units[here].tags and _is_object(at, here):
        return True
    if any(_has_it_alone(at.leaf.page, n) for n in range(here + 1, verb)):
        return True  # "Eastland detected Northland drones": the nearer one has them
    return verb + 1 < len(units) and "agent" in units[verb + 1].tags
