"""Whether an entry tells of something, says that it did not happen, or takes back that it did."""

from collections.abc import Sequence

from service.core.detect.weigh import Leaf, found
from service.core.report import Kind, Stance
from service.core.text import hits, pattern

_REPORT_WITHDRAWN = (pattern("retract ..4 report_word|raid|strike|attack"), pattern("report_word ..4 retract"))
_DENIED = (
    pattern("deny ..6 raid|strike|attack|pound|hit|launch|truce|talks|intercept"),
    pattern("nay raid|strike|attack"),
    pattern("nay air|drone|missile|artillery|naval|bomb|peoples|countries|military raid|strike|attack|hit"),
    pattern("report_word ..3 raid|strike|attack ..6 deny"),
    pattern("dispute alleged ..4 raid|strike|attack|hit"),
    pattern("did_not ..3 raid|strike|attack|hit|pound|kill"),
    pattern("dispute ..3 claim_word ..8 raid|strike|attack|hit|pound|kill"),
)
# What a lead may say for a title that tells of no strike itself: "Spies report to president || … did not target …".
_DENIED_IN_LEAD = _DENIED[-2:]
_TOLD = ("kill", "wound", "dead", "raid", "strike", "pound", "hit", "attack", "explosion", "intercept")


def stance_of(kind: Kind, leaves: Sequence[Leaf]) -> Stance:
    """Return what the entry does with the account it gives."""
    if _withdrawn(leaves):
        return "retracts"
    return "denies" if _denied(kind, leaves) else "asserts"


def _withdrawn(leaves: Sequence[Leaf]) -> bool:
    """Say whether the outlet takes an account back."""
    title = leaves[0].page
    return found(_REPORT_WITHDRAWN, title) or any(
        leaf.page.has("retract") and leaf.page.has("nothing_happened") for leaf in leaves
    )


def _denied(kind: Kind, leaves: Sequence[Leaf]) -> bool:
    """Say whether the news is that somebody says it did not happen.

    Not so where the title first tells what happened: "Drone kills four, army denies hitting market".
    """
    title = leaves[0].page
    if "nothing_happened" in title.by_tag:
        return True
    if kind == "strike" and not title.has(*_TOLD) and any(found(_DENIED_IN_LEAD, leaf.page) for leaf in leaves[1:]):
        return True
    told = min((at for tag in ("kill", "wound", "dead", "raid") for at in title.by_tag.get(tag, ())), default=None)
    return any(told is None or told >= hit.first for each in _DENIED for hit in hits(each, title))
