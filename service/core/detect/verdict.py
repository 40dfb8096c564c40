"""From weights and doubts to a verdict with its reason."""

from collections.abc import Sequence

from service.core.detect.body import body_talks
from service.core.detect.calibrate import chance
from service.core.detect.doubts import Doubt, doubts, elsewhere
from service.core.detect.rules import NAMED, rules_of
from service.core.detect.stance import stance_of
from service.core.detect.weigh import Leaf, Weight, parted, void, weigh
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Detection, Finding, Kind
from service.core.text import Page, hits, pattern, read

_TITLE, _LEAD = 400, 420
# At _NEW readers are told; from _REVIEW on one in four is news all the same, and an operator may look.
_MENTION, _NEW, _REVIEW = 0.5, 0.5, 0.35
# A strike that is only named is reported as such from here on; how sure it makes us is no matter of weights.
_NAMED, _LEAST = 0.45, 0.3
_NO_WAR = frozenset({"labour_strike", "hunger_strike", "lightning", "sport", "natural", "drill", "crime"})
_DEAL = (
    pattern("strike|hit ..4 deal_noun"),
    pattern("strike|hit ..6 by ..3 road_vehicle"),
    pattern("hit ..6 with ..3 sanction_word"),
)
# Doubts so grave that there is nothing to report, not even an old strike.
_GRAVE = 0.3
_NOTHING = frozenset({"test_launch", "historical", "threat", "supply", "trade_talks", "sport"})
_TRIGGERS = ("raid", "strike", "pound", "air", "drone", "missile", "artillery", "naval", "bomb", "truce", "peace_talks")
_WEAK = (
    "attack",
    "intercept",
    "explosion",
    "talks",
    "peace",
    "war",
    "barrage",
    "hit",
    "decoy",
    "drill",
    "deal",
    "suicide",
    "launch",
    "fire_word",
    "tank_fire",
    "aircraft",
    "bodies",
    "envoy",
    "sirens",
    "trade_fire",
    "halt_strikes",
    "fires_on",
    "table",
    "disarm",
    "defuse",
    "captives",
    "handover",
)


def detect(entry: Entry, lexicon: Lexicon) -> Detection:
    """Return what kinds the entry speaks of, each with whether it is news, or why it is set aside."""
    leaves = [Leaf("title", parted(read(entry.title, lexicon, _TITLE)))]
    lead = entry.summary or entry.content
    if lead:
        limit = _LEAD if entry.title else 2 * _LEAD
        leaves.append(Leaf("summary" if entry.summary else "content", read(lead, lexicon, limit)))
    if not any(leaf.page.has(*_TRIGGERS, *_WEAK) for leaf in leaves):
        return Detection(set_aside="no_cue")
    instead, softness = elsewhere(leaves[0].page, leaves[-1].page)
    if not instead and any(_deals(leaf.page) for leaf in leaves):
        instead = "deal"
    leaves = [Leaf(leaf.where, _without_deals(leaf.page)) for leaf in leaves]
    kinds: tuple[Kind, ...] = ("strike", "talks")
    judged = [_judge(kind, entry, leaves, weigh(rules_of(kind, lexicon), leaves, softness=softness)) for kind in kinds]
    if not any(judged) and instead not in _NO_WAR:
        judged = [_named(lexicon, leaves)]
    findings = _without_asides([item for item in judged if isinstance(item, Finding)])
    if len(findings) == 1 and findings[0].kind == "strike":
        findings += _further_down(entry, lexicon, strike=findings[0])
    if findings:
        return Detection(findings=tuple(findings))
    reasons = [item for item in judged if isinstance(item, str) and item]
    return Detection(set_aside=(reasons[0] if reasons else instead or "weak_cue"))


def _named(lexicon: Lexicon, leaves: Sequence[Leaf]) -> Finding | None:
    """Return the strike that is only named, or told of among other things: a mention, never news."""
    weight = weigh((*rules_of("strike", lexicon), *NAMED), leaves, softness=1.0)
    if weight.sure < _NAMED or leaves[0].page.has("sanction_word", "trade", "cyber"):
        return None
    return Finding(kind="strike", new=False, confidence=_LEAST, reason="named", cues=weight.cues)


def _without_asides(findings: Sequence[Finding]) -> list[Finding]:
    """Take out talks that a report of a strike only names: "… as peace talks go on"."""
    struck = any(item.kind == "strike" for item in findings)
    return [item for item in findings if not (struck and item.kind == "talks" and item.reason == "passing")]


def _further_down(entry: Entry, lexicon: Lexicon, *, strike: Finding) -> list[Finding]:
    """Return the talks that a report of a strike tells of in its body."""
    weight = body_talks(entry, lexicon)
    if weight is None:
        return []
    new = strike.new and weight.sure >= _NEW
    return [Finding(kind="talks", new=new, confidence=weight.sure, reason="told in the body", cues=weight.cues)]


def _without_deals(page: Page) -> Page:
    """Take the strike out of "strikes a new trade deal"."""
    positions = _deals(page)
    return void(page, ("strike", "hit", "does"), positions) if positions else page


def _deals(page: Page) -> frozenset[int]:
    return frozenset(hit.first for each in _DEAL for hit in hits(each, page))


def _judge(kind: Kind, entry: Entry, leaves: Sequence[Leaf], weight: Weight) -> Finding | str | None:
    """Return the finding, or why there is none, or nothing to say."""
    if not weight.cues and not leaves[0].page.has(*_TRIGGERS):
        return None
    against = sorted(doubts(kind, leaves, entry.url, entry.told_at), key=lambda doubt: -doubt.weight)
    if weight.sure < _MENTION:
        return against[0].reason if against and against[0].reason in _NOTHING else None
    confidence = weight.sure
    for doubt in against:
        confidence *= 1 - doubt.weight
    confidence = chance(kind, confidence)
    stance = stance_of(kind, leaves)
    new = confidence >= _NEW and stance != "denies"
    if not new and against[:1] and against[0].reason in _NOTHING and against[0].weight >= _GRAVE:
        return against[0].reason
    return Finding(
        kind=kind,
        new=new,
        confidence=confidence if new else min(confidence, 0.49),
        stance=stance,
        review=not new and stance == "asserts" and confidence >= _REVIEW,
        reason=_reason(new, against),
        cues=weight.cues,
    )


def _reason(new: bool, against: Sequence[Doubt]) -> str:  # noqa: FBT001
    if new:
        return "news" + (f" despite {against[0].reason}" if against else "")
    return against[0].reason if against else "weak"
