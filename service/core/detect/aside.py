"""What a title tells instead of a strike, though a strike is why: what was said or done about it, or came after it."""

import re
from collections.abc import Iterator

from service.core.detect.weigh import Doubt, found
from service.core.text import Page, hits, pattern

# A government that condemns a strike tells of it while it is the news; a crowd that marches does so for weeks.
_REACTION = 0.25
# "Jets scrambled after strikes": what follows at once is told for the strike's sake; flights and markets are not.
_DIRECTLY, _ANCHORED = 0.2, 0.45
# "Flights cancelled after strikes": the strike is why, the news is something else.
_AFTERMATH = pattern("aftermath ..4 strike|attack|raid|pound")
# "The strike that killed ten": one we have heard of.
_RECALLED = (pattern("strike|raid|attack|bomb that ..2 kill|hit|wound"), pattern("over|behind ..4 strike|raid"))
# "The ministry on the attack": whose view it is, unless somebody reports it so: "The mayor told of an attack".
_SPOKEN_OF = (pattern("about raid|strike|attack"),)
_AMID = pattern("amid ..4 strike|attack|raid|pound")
_CLAUSE_ENDS = re.compile(r"[,;]|[.:!] ")
_LONG_AFTER = (pattern("long_after|days_after ..5 strike|raid|attack|pound"),)
_DEEDS = frozenset({"strike", "raid", "pound", "hit", "attack", "explosion", "intercept", "kill", "wound", "dead"})


def beside(title: Page) -> Iterator[Doubt]:
    """Yield what the title tells instead, though a strike is why: what was said or done about it."""
    harmed = title.has("kill", "wound", "dead", "hurt")
    if "reaction" in title.by_tag:
        told = harmed or title.has("explosion", "blasts")
        yield Doubt("reaction", 0.15 if told else 0.6 if "crowd" in title.by_tag else _REACTION)
    if any(not _is_counted(title, hit.first) for each in _RECALLED for hit in hits(each, title)):
        yield Doubt("recalled", 0.5)
    if "evades" in title.by_tag or (found(_SPOKEN_OF, title) and not title.has("say", "report_word", "blame")):
        yield Doubt("reaction", 0.5)
    if "advises" in title.by_tag and not harmed:
        yield Doubt("aftermath", _ANCHORED)
    if "mourning" in title.by_tag:
        yield Doubt("mourning", 0.45)
    if found(_LONG_AFTER, title):
        yield Doubt("aftermath", 0.6)
    elif not harmed and not title.has("harm", "live"):
        yield from _anchored(title)


def _is_counted(title: Page, over: int) -> bool:
    """Say whether it is more than a number: "Over 100 hurt as missile hits Norport"."""
    return title.units[over + 1].norm[0].isdecimal() or "numerals" in title.units[over + 1].tags


def _anchored(title: Page) -> Iterator[Doubt]:
    """Yield how much a strike is only the time or the reason of what the title tells."""
    beside = "side_effect" in title.by_tag
    if is_fronted(title):
        yield Doubt("aftermath", _ANCHORED)
    elif found((_AFTERMATH,), title):
        yield Doubt("aftermath", _ANCHORED if beside else _DIRECTLY)
    elif beside and found((_AMID,), title):
        yield Doubt("aftermath", _ANCHORED)


def is_fronted(page: Page) -> bool:
    """Say whether a text opens with a strike that came before its news: "After strikes on Norport, shops reopen"."""
    hit = next(hits(_AFTERMATH, page), None)
    if hit is None or hit.first > 0:
        return False
    ends = _CLAUSE_ENDS.search(page.text, page.units[hit.last].end)
    if ends is None:  # "Po ataku na Northport prezydent grozi sąsiadom": not all languages have a comma there
        return "threat" in page.by_tag
    behind = [unit for unit in page.units[hit.last + 1 :] if unit.start > ends.start()]
    return not any(unit.tags & _DEEDS for unit in behind)
