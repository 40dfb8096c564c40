"""From weights and doubts to a verdict with its reason."""

from collections.abc import Sequence

from service.core.detect.body import body_talks
from service.core.detect.calibrate import chance
from service.core.detect.grammar import rules_of
from service.core.detect.reading import TRIGGERS, against, reading_of
from service.core.detect.rules import NAMED, NAMED_FULLY, Rule
from service.core.detect.stance import stance_of
from service.core.detect.weigh import Doubt, Leaf, Weight, weigh
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Cue, Detection, Finding, Kind

# At NEW readers are told; from _REVIEW on one in four is news all the same, and an operator may look.
_MENTION, NEW, _REVIEW = 0.5, 0.5, 0.35
# A strike that is only named is reported as such from here on; how sure it makes us is no matter of weights.
_NAMED, _LEAST = 0.45, 0.3
_NO_WAR = frozenset({"labour_strike", "hunger_strike", "lightning", "sport", "natural", "drill", "crime", "figurative"})
# What a strike's report may say of talks without telling of any: "… ahead of a meeting on disarming".
_ASIDES = frozenset({"passing", "disarming", "strike"})
# Doubts so grave that there is nothing to report, not even an old strike.
_GRAVE = 0.3
# What a word for talks alone gives away: nothing of how they stand, or who talks.
_NAMING = frozenset({"peace-talks", "at-war-talks"})
_NOTHING = frozenset({"test_launch", "historical", "threat", "supply", "trade_talks", "sport", "crime"})


def detect(entry: Entry, lexicon: Lexicon) -> Detection:
    """Return what kinds the entry speaks of, each with whether it is news, or why it is set aside."""
    reading = reading_of(entry, lexicon)
    if reading is None:
        return Detection(set_aside="no_cue")
    leaves, instead, softness = reading
    kinds: tuple[Kind, ...] = ("strike", "talks")
    judged = [_judge(kind, entry, leaves, weigh(rules_of(kind, lexicon), leaves, softness=softness)) for kind in kinds]
    findings = _without_asides([item for item in judged if isinstance(item, Finding)])
    if not findings and "threat" not in judged:
        anything = not any(judged) and instead not in _NO_WAR
        named = _named((*rules_of("strike", lexicon), *NAMED) if anything else NAMED_FULLY, leaves)
        findings = [named] if named else []
    if len(findings) == 1 and findings[0].kind == "strike":
        findings += _further_down(entry, lexicon, strike=findings[0])
    if findings:
        return Detection(findings=tuple(findings))
    reasons = [item for item in judged if isinstance(item, str) and item]
    return Detection(set_aside=(reasons[0] if reasons else instead or "weak_cue"))


def _named(rules: Sequence[Rule], leaves: Sequence[Leaf]) -> Finding | None:
    """Return the strike that is only named, or told of among other things: a mention, never news."""
    weight = weigh(rules, leaves, softness=1.0)
    if weight.sure < _NAMED or leaves[0].page.has("sanction_word", "trade", "cyber"):
        return None
    return Finding(kind="strike", new=False, confidence=_LEAST, reason="named", cues=weight.cues)


def _without_asides(findings: Sequence[Finding]) -> list[Finding]:
    """Take out talks that a report of a strike only names: "… as peace talks go on"."""
    struck = any(item.kind == "strike" for item in findings)
    return [item for item in findings if not (struck and item.kind == "talks" and item.reason in _ASIDES)]


def _further_down(entry: Entry, lexicon: Lexicon, *, strike: Finding) -> list[Finding]:
    """Return the talks that a report of a strike tells of in its body."""
    weight = body_talks(entry, lexicon)
    if weight is None:
        return []
    new = strike.new and weight.sure >= NEW
    return [Finding(kind="talks", new=new, confidence=weight.sure, reason="told in the body", cues=weight.cues)]


def _judge(kind: Kind, entry: Entry, leaves: Sequence[Leaf], weight: Weight) -> Finding | str | None:
    """Return the finding, or why there is none, or nothing to say."""
    if not weight.cues and not leaves[0].page.has(*TRIGGERS):
        return None
    doubted = against(kind, entry, leaves)
    if weight.sure < _MENTION:
        return doubted[0].reason if doubted and doubted[0].reason in _NOTHING else None
    confidence = confidence_of(kind, weight.sure, doubted)
    stance = stance_of(kind, leaves)
    new = confidence >= NEW and stance != "denies"
    if not new and kind == "talks" and _is_named_only(weight.cues, doubted):
        return None
    if not new and doubted[:1] and doubted[0].reason in _NOTHING and doubted[0].weight >= _GRAVE:
        return doubted[0].reason
    return Finding(
        kind=kind,
        new=new,
        confidence=confidence if new else min(confidence, 0.49),
        stance=stance,
        review=not new and stance == "asserts" and confidence >= _REVIEW,
        reason=_reason(new, doubted),
        cues=weight.cues,
    )


def _is_named_only(cues: Sequence[Cue], doubted: Sequence[Doubt]) -> bool:
    """Say whether peace talks only come up: "a new chief of staff … will look after defence and peace talks"."""
    passing = bool(doubted) and doubted[0].reason == "passing"
    aside = any(doubt.reason == "named" for doubt in doubted)
    return aside or (passing and {cue.rule for cue in cues} <= _NAMING)


def confidence_of(kind: Kind, sure: float, doubted: Sequence[Doubt]) -> float:
    """Return the chance that it is news, 0 to 1: each doubt takes its share of how sure the words make us."""
    for doubt in doubted:
        sure *= 1 - doubt.weight
    return chance(kind, sure)


def _reason(new: bool, doubted: Sequence[Doubt]) -> str:  # noqa: FBT001
    if new:
        return "news" + (f" despite {doubted[0].reason}" if doubted else "")
    return doubted[0].reason if doubted else "weak"
