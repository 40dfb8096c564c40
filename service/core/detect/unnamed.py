"""What has to be named somewhere in an entry for its talks to be about ending a war, and its bomb to be of one."""

from collections.abc import Iterator, Sequence

from service.core.detect.weigh import Leaf, found
from service.core.text import Page, pattern

# Beside a strike in the title, talks are only news that are named as what they are for.
_AGREED = ("truce", "peace_talks", "halt_strikes", "captives", "hostages", "table", "no_talks", "defuse")
# Where none of these is named, two governments talk of something else.
_WAR = (
    *("truce", "peace_talks", "peace", "halt_strikes", "captives", "hostages", "bodies", "disarm", "defuse", "table"),
    *("war", "war_zone", "at_war", "groups", "military", "rebels", "combat", "no_talks", "venue_city"),
)
# Who refuses to disarm, and no word of anybody who deals with it, says what he always says.
_BARGAINED = (
    *("truce", "peace_talks", "talks", "halt_strikes", "captives", "hostages", "mediate", "envoy", "scheduled"),
    *(
        "mediators",
        "table",
        "bargain",
        "no_talks",
        "proposed",
        "agreed",
        "under_way",
        "extended",
        "violated",
        "collapsed",
    ),
)
# Where none of these is named, the truce is one of companies or neighbours.
_PARTIES = (
    "countries",
    "peoples",
    "groups",
    "metonyms",
    "military",
    "war_zone",
    "rebels",
    "hostages",
    "captives",
    "places",
    "mediators",
    "venue_city",
)
# Who or where has to be named for a bomb that nobody dropped, or a bare drone, to be more than a crime.
_ARMED = (
    *("groups", "military", "rebels", "war_zone", "at_war", "at_home", "insurgency", "war", "combat"),
    *("raid", "air", "artillery", "naval", "ships"),
)
_ARMS = ("bomb", "drone", "missile")
_BY_A_STATE = (
    pattern("countries|peoples ..2 planted"),
    pattern("vouch ..1 planted"),
    pattern("jets|chiefs ..1 pound|bomb"),
    pattern("countries|peoples|metonyms ..4 intercept"),
)


def is_lone(leaves: Sequence[Leaf]) -> bool:
    """Say whether it is a bomb somebody planted or a drone somebody flew: no party and no place of war, one country."""
    pages = [leaf.page for leaf in leaves]
    arms = [page.units[at].tags for page in pages for tag in _ARMS for at in page.by_tag.get(tag, ())]
    homely = {"planted", "homely"} if pages[0].has("hobby") else {"planted"}
    if not arms or not all(tags & homely for tags in arms) or any(page.has(*_ARMED) for page in pages):
        return False
    lands = {land for page in pages for land in _lands(page)}
    return len(lands) <= 1 and not any(found(_BY_A_STATE, page) for page in pages)


def _lands(page: Page) -> Iterator[str]:
    return (page.units[at].means[table] for table in ("countries", "peoples") for at in page.by_tag.get(table, ()))


def unnamed(leaves: Sequence[Leaf]) -> Iterator[tuple[str, float]]:
    """Yield why what is talked of may be no war, or not the one the title tells a strike of, each with its weight."""
    title = leaves[0].page

    def nowhere(tags: Sequence[str]) -> bool:
        return not any(leaf.page.has(*tags) for leaf in leaves)

    if title.has("bare_truce") and nowhere(_PARTIES):
        yield "no_side", 0.4
    if title.has("raid", "strike", "pound") and nowhere(_AGREED):
        yield "strike", 0.4
    if title.has("disarm") and nowhere(_BARGAINED):
        yield "disarming", 0.35
    if nowhere(_WAR):
        yield "no_war", 0.5
