"""What has to be named somewhere in an entry for its talks to be about ending a war."""

from collections.abc import Iterator, Sequence

from service.core.detect.weigh import Leaf

# Beside a strike in the title, talks are only news that are named as what they are for.
_AGREED = ("truce", "peace_talks", "halt_strikes", "captives", "hostages", "table", "no_talks", "defuse")
# Where none of these is named, two governments talk of something else.
_WAR = (
    *("truce", "peace_talks", "peace", "halt_strikes", "captives", "hostages", "bodies", "disarm", "defuse", "table"),
    *("war", "war_zone", "at_war", "groups", "military", "rebels", "combat", "no_talks"),
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
)


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
