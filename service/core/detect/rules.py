"""The grammar: what makes a strike, what makes talks. Patterns name the lists of the lexicon.

`@actor` and `@weapon` stand for several lists. `weight` is how sure one hit makes us, 0 to 1, when found in a title.
A `soft` rule is only believed where nothing in the text suggests sport, labour, courts, crime or nature.
"""

from functools import lru_cache
from typing import NamedTuple

from service.core.lexicon import Lexicon
from service.core.report import Kind
from service.core.text import Pattern, pattern

_NAMES = {
    "@actor": "countries|peoples|groups|metonyms",
    "@weapon": "air|drone|missile|artillery|naval|bomb",
    "@side": "countries|peoples|groups|metonyms|military",
}


class Rule(NamedTuple):
    """One pattern of the grammar."""

    name: str
    pattern: Pattern
    weight: float
    soft: bool


def _rule(name: str, source: str, weight: float, *, soft: bool = False) -> Rule:
    for short, lists in _NAMES.items():
        source = source.replace(short, lists)
    return Rule(name, pattern(source), weight, soft)


STRIKE = (
    _rule("raid", "raid", 0.55),
    _rule("side-raid", "@side ..2 raid", 0.75),
    _rule("raid-harm", "raid ..8 harm", 0.8),
    _rule("harm-raid", "harm ..8 raid", 0.8),
    _rule("raid-hit", "raid ..4 hit|strike|pound", 0.75),
    _rule("raid-on", "raid ..2 place_word ..3 @side|ward", 0.7),
    _rule("weapon-attack", "@weapon ..2 attack|strike|barrage", 0.7),
    _rule("attack-with-weapon", "attack|strike|barrage ..5 @weapon", 0.45),
    _rule("side-strike-on", "@side ..2 strike ..3 place_word|harm|ward|@actor", 0.65, soft=True),
    _rule("side-strike", "@side ..1 strike", 0.45, soft=True),
    _rule("strike-harm", "strike ..7 kill|wound|dead", 0.6, soft=True),
    _rule("harm-strike", "kill|wound|dead|hurt ..8 in|by ..4 strike", 0.65, soft=True),
    _rule("strike-on", "strike ..1 place_word ..3 @side|ward", 0.55, soft=True),
    _rule("side-strikes", "@side ..3 strike ..4 ward|@side", 0.5, soft=True),
    _rule("side-hits", "@side ..3 hit ..4 ward|@side", 0.4, soft=True),
    _rule("side-pounds", "@side ..3 pound", 0.75),
    _rule("side-shells", "@side shells ..3 ward|@side|place_word", 0.6),
    _rule("pounds", "pound ..5 @actor|ward", 0.65, soft=True),
    _rule("launches-weapon", "launch ..5 @weapon|raid|salvo", 0.4),
    _rule("side-launches", "@side ..4 launch ..6 @weapon|raid|salvo|strike", 0.62),
    _rule("weapon-launched", "@weapon ..3 launch", 0.4),
    _rule("weapon-hits", "@weapon ..4 hit|strike|kill|wound|pound|land", 0.65),
    _rule("hit-by-weapon", "hit|strike|kill|wound|attack ..3 by ..4 @weapon", 0.8),
    _rule("intercept", "intercept ..6 @weapon", 0.7),
    _rule("intercepted", "@weapon ..7 intercept", 0.65),
    _rule("side-attack-harm", "@side ..2 attack ..8 harm", 0.4, soft=True),
    _rule("harm-side-attack", "harm ..8 in|by ..3 @actor ..2 attack|strike", 0.5, soft=True),
    _rule("side-attacks-side", "@side ..2 attack ..3 @actor|ward", 0.42, soft=True),
    _rule("people-attack", "peoples ..1 attack|strike", 0.35, soft=True),
    _rule("weapon-harm", "@weapon ..6 harm", 0.5, soft=True),
    _rule("harm-weapon", "harm ..6 in|by ..3 @weapon", 0.6),
    _rule("explosion-weapon", "explosion ..8 @weapon", 0.4),
    _rule("ward-explosion", "ward ..8 explosion ..8 @weapon|attack|strike", 0.5),
    _rule("suicide-bombing", "suicide ..8 harm", 0.45, soft=True),
    _rule("harm-suicide", "harm ..8 suicide", 0.45, soft=True),
    _rule("side-suicide", "@actor ..6 suicide", 0.25, soft=True),
    _rule("suicide-side", "suicide ..6 @actor", 0.25, soft=True),
    _rule("explosions-in", "explosion ..4 place_word ..3 @actor|capital", 0.3, soft=True),
    _rule("explosions-rock", "explosion ..1 hit ..4 @actor|capital|military", 0.45, soft=True),
    _rule("hit-by-explosions", "@actor|capital ..3 hit ..1 by ..3 explosion", 0.5, soft=True),
    _rule("blasts-at-war", "blasts ..2 place_word ..2 war_zone", 0.55, soft=True),
    _rule("blasts-rock-war", "blasts hit ..1 war_zone", 0.2, soft=True),
    _rule("at-war-blasts", "war_zone ..4 blasts", 0.3, soft=True),
    _rule("blasts-aircraft", "blasts ..6 aircraft", 0.45, soft=True),
    _rule("launches-attack-on", "@side ..2 launch ..3 attack|strike place_word ..3 @actor|capital", 0.6, soft=True),
    _rule("accuses-of-attack", "@actor ..1 blame ..2 @actor ..6 attack|strike|raid ..3 capital|@actor", 0.6, soft=True),
    _rule("no-attack-on", "nay attack|strike place_word ..3 @actor|ward|war_zone", 0.6, soft=True),
    _rule("did-not-attack", "did_not attack|strike|hit ..4 @actor|ward|war_zone", 0.6, soft=True),
    _rule("side-barrage", "@side ..3 salvo", 0.4, soft=True),
    _rule("side-salvo", "@side ..2 salvo", 0.3, soft=True),
    _rule("air-defence-downs", "military down_word ..5 @weapon", 0.65),
    _rule("hits-in-attack", "hit|strike ..6 in ..2 attack|barrage|salvo", 0.3, soft=True),
    _rule("weapon-launched-from", "@weapon ..2 launch ..1 from_word ..1 @side", 0.4),
    _rule("aircraft-bomb", "air|aircraft bomb|pound", 0.55, soft=True),
    _rule("side-fire-harm", "peoples|countries|military fire_word ..1 kill|wound", 0.55, soft=True),
    _rule("drone-drops", "drone launch ..6 ward|place_word", 0.3, soft=True),
    _rule("hits-harm", "@side ..3 hit ..8 kill|wound|dead", 0.3, soft=True),
    _rule("hits-targets", "@side ..3 hit ..4 targets", 0.35, soft=True),
    _rule("hit-with-weapon", "hit|strike ..6 with ..3 @weapon", 0.5, soft=True),
    _rule("at-war-hits-town", "at_war hit war_zone", 0.55, soft=True),
    _rule("hits-side", "@actor hit @actor", 0.3, soft=True),
    _rule("killed-by-fire", "kill|wound ..1 by ..2 peoples|military fire_word", 0.55, soft=True),
    _rule("weapon-explodes", "drone|missile ..4 explosion ..3 @actor", 0.5, soft=True),
    _rule("war-zone-hit-by-blast", "war_zone ..4 hit ..1 by ..3 explosion", 0.55, soft=True),
    _rule("side-raids-hit", "peoples|countries ground hit ..4 ward", 0.55, soft=True),
    _rule("town-under-attack", "war_zone ..1 under_attack", 0.6, soft=True),
    _rule("tank-fire", "@side tank_fire", 0.7),
    _rule("strikes-pound", "strike hit|pound ..2 war_zone", 0.6),
    _rule("war-zone-weapon-launched", "war_zone ..6 @weapon ..1 launch", 0.3, soft=True),
    _rule("tank-fire-at", "tank_fire place_word ..3 war_zone|ward|@actor", 0.65),
    _rule("tank-fire-harms", "tank_fire ..6 kill|wound|dead", 0.6),
    _rule("side-deals-strike", "@side ..3 deals ..3 strike|raid", 0.6, soft=True),
    _rule("war-zone-night-of", "war_zone ..8 overnight of @weapon|blasts", 0.6, soft=True),
    _rule("night-of-at-war", "overnight of @weapon|blasts ..8 war_zone", 0.6, soft=True),
    _rule("toll-of-strike", "toll ..3 war_zone ..2 strike|attack|raid", 0.6, soft=True),
    _rule("strike-toll", "strike|raid ..2 toll ..3 rises|climbs", 0.6, soft=True),
    _rule(
        "side-and-strikes",
        "countries|groups|military ..10 and strike|hit|pound ..1 @actor|ward|war_zone",
        0.4,
        soft=True,
    ),
    _rule("after-striking", "@actor ..10 aftermath striking ..1 @actor|war_zone|ward", 0.55, soft=True),
    _rule("side-on-side-strike", "@actor countries|metonyms strike|attack", 0.45, soft=True),
    _rule("country-attack-on-country", "countries|peoples ..1 attack against ..1 countries|metonyms", 0.25, soft=True),
    _rule("blame-for-launching", "blame ..5 launch ..4 attack|strike|raid", 0.5, soft=True),
    _rule("side-kills-in-attack", "@side ..2 kill ..4 in ..2 attack|strike", 0.5, soft=True),
    _rule("side-fires-at", "@side ..1 launch from_word ..3 ward|@actor", 0.5, soft=True),
    _rule("aircraft-hits", "aircraft|air hit ..4 ward|@actor|military", 0.5, soft=True),
    _rule("country-attacks-ward", "countries attacks_verb ..3 ward", 0.25, soft=True),
    _rule("military-hits", "military ..3 hit ..4 ward", 0.3, soft=True),
    _rule("side-does", "countries|groups ..2 does ..4 ward|@actor|military", 0.3, soft=True),
    _rule("strike-damages", "strike ..3 harm", 0.4, soft=True),
    _rule("side-bombs", "@side bomb ..4 ward|military|@actor", 0.35, soft=True),
    _rule("in-side-strike", "in ..3 @actor ..1 strike", 0.35, soft=True),
    _rule("aircraft-blasts", "aircraft ..8 blasts", 0.45, soft=True),
    _rule("strike-by-side", "strike ..1 by ..2 @side", 0.6, soft=True),
    _rule("strike-side", "strike @actor", 0.4, soft=True),
    _rule("strike-hits-ward", "strike ..1 hit ..4 ward", 0.55, soft=True),
    _rule("side-then-pounds", "@side ..8 pound", 0.4, soft=True),
    _rule("launches-attack", "launch ..2 attack place_word ..2 @actor", 0.3, soft=True),
    _rule("attack-on-side", "attack place_word ..2 @actor", 0.25, soft=True),
    _rule("capital-blasts", "capital|metonyms ..3 blasts", 0.25, soft=True),
    _rule("blasts-in-capital", "blasts ..3 place_word ..3 capital|metonyms", 0.5, soft=True),
    _rule("blasts-rock-capital", "blasts hit ..3 capital|metonyms", 0.35, soft=True),
    _rule("blasts-at-base", "explosion ..1 hit ..4 peoples ..1 ward", 0.4, soft=True),
    _rule("blasts-heard-war", "blasts heard ..3 war_zone", 0.5, soft=True),
    _rule("blasts-sirens", "blasts ..8 sirens|truce", 0.35, soft=True),
    _rule("sirens-blasts", "sirens ..8 blasts|intercept", 0.55, soft=True),
    _rule("weapon-sirens", "@weapon|raid ..5 sirens", 0.6),
    _rule("sirens-weapon", "sirens ..8 @weapon|raid", 0.6),
    _rule("aircraft-raids", "air|aircraft ..4 ground", 0.5, soft=True),
    _rule("side-raids", "peoples ground hit", 0.25, soft=True),
    _rule("army-shells", "peoples military shells", 0.5, soft=True),
    _rule("sides-trade-fire", "@side ..3 @side ..2 trade_fire", 0.65),
    _rule("trade-fire", "trade_fire ..6 @side|war_zone|border", 0.55, soft=True),
    _rule("night-attack-harm", "harm ..6 overnight attack", 0.55, soft=True),
    _rule("war-zone-attack-harm", "war_zone ..12 harm ..5 in|after|by ..3 attack", 0.5, soft=True),
    _rule("harm-war-zone-attack", "harm ..8 in|by ..3 attack ..8 war_zone", 0.5, soft=True),
    _rule("ward-hit-at-war", "ward hit ..2 war_zone", 0.5, soft=True),
    _rule("defences-destroy", "military hit ..6 drone|missile", 0.5, soft=True),
    _rule("raid-on-vehicle", "peoples ground place_word ..2 road_vehicle", 0.6),
    _rule("ship-attacked", "ships ..6 groups attack", 0.55, soft=True),
    _rule("fires-on", "military|aircraft|@actor fires_on ..3 @actor|military|targets|ward|war_zone", 0.6, soft=True),
    _rule("weapon-fired-at", "drone|missile|artillery launch from_word ..3 ward|war_zone|@actor", 0.6, soft=True),
    _rule("hit-by-aircraft", "hit|strike ..2 by ..3 aircraft", 0.7, soft=True),
    _rule(
        "weapon-rains",
        "missile|drone|artillery|bomb ..1 launch ..2 place_word ..2 war_zone|@actor|ward",
        0.6,
        soft=True,
    ),
    _rule("aircraft-kills", "aircraft ..3 kill|wound", 0.55, soft=True),
    _rule("ward-burns", "war_zone ..4 ward ..1 burning", 0.55, soft=True),
    _rule("ward-burns-in", "ward ..2 burning ..6 war_zone", 0.5, soft=True),
    _rule("killed-in-raids", "kill|wound ..3 in ..2 peoples|countries ground", 0.55, soft=True),
    _rule("vouched-strike", "vouch ..3 peoples|countries ..1 strike|attack|raid", 0.4, soft=True),
    _rule("side-harms-in-strike", "@side ..2 hit ..8 in ..4 strike", 0.5, soft=True),
    _rule("deadly-ward-strike", "harm ward strike|attack", 0.55, soft=True),
    _rule("ward-struck-harm", "ward ..1 strike ..8 kill|wound|dead", 0.5, soft=True),
)

# What names a strike without telling of one ("after the Venezuela attack"): it is mentioned, never news for this alone.
NAMED = (
    _rule("side-named-strike", "@actor ..12 strike", 0.55),
    _rule("strike-named-side", "strike ..12 @actor", 0.55),
    _rule("country-attack", "countries ..1 attack", 0.55),
    _rule("attack-country", "attack against ..2 countries|metonyms", 0.55),
    _rule("war-zone-explosion", "war_zone ..6 explosion", 0.55),
)

# What names a strike for certain, by who struck and whom, so that it is mentioned whatever else the entry is about.
NAMED_FULLY = (
    _rule("side-strike-named", "countries|peoples ..1 strike place_word ..2 @actor", 0.7),
    _rule("side-raid-named", "@actor ..1 raid ..3 place_word ..3 @actor", 0.7),
    _rule("side-attack-named", "countries|peoples ..2 attack against ..1 countries", 0.7),
)

BODY_TALKS = (
    _rule("body-meeting", "scheduled ..8 talks|envoy", 0.4),
    _rule("body-envoy", "envoy ..8 scheduled", 0.5),
    _rule("body-meets", "@actor ..4 scheduled", 0.3),
    _rule("body-talks-on-truce", "talks ..5 truce", 0.5),
    _rule("body-truce-status", "truce ..5 agreed|extended|collapsed|violated|stalled", 0.4),
    _rule("body-status-truce", "agreed|extended|violated|proposed ..5 truce", 0.4),
    _rule("body-peace-talks", "peace_talks ..5 scheduled|under_way|stalled|collapsed|agreed", 0.5),
    _rule("body-mediated", "mediated_by ..2 @actor", 0.3),
)

TALKS = (
    _rule("truce", "truce", 0.55),
    _rule("peace-talks", "peace_talks", 0.6),
    _rule("truce-status", "truce ..6 agreed|extended|violated|stalled|collapsed|scheduled|proposed|under_way", 0.6),
    _rule("status-truce", "agreed|extended|violated|stalled|collapsed|scheduled|proposed|under_way ..6 truce", 0.6),
    _rule("talks-status", "peace_talks ..6 agreed|extended|stalled|collapsed|scheduled|proposed|under_way", 0.65),
    _rule("status-talks", "agreed|extended|stalled|collapsed|scheduled|proposed|under_way ..5 peace_talks", 0.65),
    _rule("truce-talks", "truce ..6 talks|mediate", 0.5),
    _rule("talks-truce", "talks|mediate ..6 truce", 0.55),
    _rule("side-side-talks", "@actor ..3 @actor ..6 talks", 0.38, soft=True),
    _rule("war-talks", "war ..6 talks|mediate", 0.42, soft=True),
    _rule("talks-war", "talks|mediate ..6 war", 0.47, soft=True),
    _rule(
        "side-side-talks-status",
        "@actor ..2 @actor ..6 talks ..6 scheduled|under_way|stalled|collapsed",
        0.3,
        soft=True,
    ),
    _rule("talks-with-armed", "talks with ..3 groups|military", 0.5, soft=True),
    _rule("talks-with-side", "@actor ..3 talks with ..2 @actor", 0.3, soft=True),
    _rule(
        "sides-status-talks", "@actor ..2 @actor ..8 stalled|collapsed|scheduled|under_way ..5 talks", 0.3, soft=True
    ),
    _rule("war-zone-talks", "war_zone ..8 talks", 0.15, soft=True),
    _rule("talks-war-zone", "talks ..6 war_zone", 0.15, soft=True),
    _rule("status-talks-with", "proposed|stalled|agreed ..3 talks with ..2 @actor", 0.35, soft=True),
    _rule("swap-prisoners", "swap_word ..4 captives", 0.6, soft=True),
    _rule("group-hands-over", "groups ..4 handover ..6 hostages", 0.5, soft=True),
    _rule("hostages-handed-over", "handover ..6 hostages ..6 @actor", 0.5, soft=True),
    _rule("peace-agreed", "agreed ..4 peace", 0.4, soft=True),
    _rule("talks-between-armed", "talks ..4 between ..3 groups|military", 0.5, soft=True),
    _rule("side-envoy-talks", "@side ..1 envoy ..6 talks|scheduled", 0.45, soft=True),
    _rule("talks-between-sides", "talks ..2 between ..2 @actor ..2 @actor", 0.35, soft=True),
    _rule("side-returns-bodies", "@actor ..1 handover ..4 bodies ..4 @actor", 0.55, soft=True),
    _rule("mediators-war-zone", "mediators ..10 war_zone", 0.5, soft=True),
    _rule("envoy-meets-side", "envoy ..4 talks ..3 @actor", 0.5, soft=True),
    _rule("side-to-meet-envoy", "@actor ..3 scheduled ..2 envoy", 0.5, soft=True),
    _rule("group-on-talks", "groups ..2 proposed|stalled|agreed ..2 talks", 0.5, soft=True),
    _rule("rebels-talks", "rebels ..6 talks", 0.45, soft=True),
    _rule("mediated-talks", "mediate ..3 talks", 0.45, soft=True),
    _rule("peace-words", "peace ..4 talks", 0.45, soft=True),
    _rule("peace-side", "peace ..4 @actor", 0.35, soft=True),
    _rule("hostages-freed", "agreed ..4 war", 0.3, soft=True),
    _rule("halt-strikes", "agreed|proposed|extended|violated ..6 halt_strikes", 0.6),
    _rule("at-war-talks", "at_war ..2 at_war ..8 peace_talks|talks", 0.25, soft=True),
    _rule("at-war-status-talks", "at_war ..2 at_war ..6 agreed|scheduled|under_way|stalled ..8 talks", 0.35, soft=True),
    _rule("war-zone-talks-next", "war_zone talks", 0.4, soft=True),
    _rule("round-of-talks", "scheduled|under_way|stalled ..3 war_zone talks", 0.45, soft=True),
    _rule("envoy-meets", "envoy ..2 scheduled ..3 @actor", 0.55, soft=True),
    _rule("at-war-envoy-arrives", "at_war ..1 envoy ..2 under_way", 0.5, soft=True),
    _rule("envoys-meet", "envoy ..6 talks|scheduled|under_way ..6 envoy", 0.5, soft=True),
    _rule("talks-with-envoy", "talks with ..2 envoy", 0.5, soft=True),
    _rule("at-war-talks-stalled", "talks ..3 at_war|war_zone ..8 stalled|collapsed", 0.5, soft=True),
    _rule("stalled-at-war-talks", "stalled|collapsed ..8 at_war talks", 0.5, soft=True),
    _rule("hosts-war-talks", "mediate ..6 war_zone talks", 0.5, soft=True),
    _rule("back-to-the-table", "war_zone|groups|at_war ..8 table", 0.55, soft=True),
    _rule("disarm-deal", "groups|war_zone ..8 disarm ..6 agreed|scheduled|proposed|stalled|truce", 0.5, soft=True),
    _rule("group-disarms", "groups ..8 disarm", 0.25, soft=True),
    _rule("refuses-to-disarm", "groups ..3 stalled ..4 disarm", 0.5, soft=True),
    _rule("refusing-to-disarm", "stalled groups ..4 disarm", 0.5, soft=True),
    _rule("defuse-talks", "talks|envoy ..6 defuse", 0.4, soft=True),
    _rule("defuse-war", "defuse ..3 war_zone|at_war", 0.3, soft=True),
    _rule("rebels-agree", "military|groups ..4 envoy ..3 agreed", 0.5, soft=True),
    _rule("captives-agreed", "groups ..8 agreed ..6 captives", 0.55, soft=True),
    _rule("group-frees", "groups handover ..5 captives|hostages", 0.6, soft=True),
    _rule("remains-received", "handover ..2 bodies ..2 hostages", 0.6, soft=True),
    _rule("at-war-gets-bodies", "at_war ..1 handover ..2 bodies", 0.45, soft=True),
    _rule("bodies-of-fallen", "bodies ..4 military", 0.2, soft=True),
    _rule("blame-for-violating", "blame ..4 violated ..3 bargain", 0.55, soft=True),
    _rule("group-weighs-plan", "groups ..1 weighs ..3 proposed", 0.5, soft=True),
    _rule("no-talks", "at_war|groups|war_zone ..8 no_talks", 0.55, soft=True),
    _rule("release-delayed", "at_war|groups ..1 stalled ..5 captives|hostages", 0.55, soft=True),
    _rule("prisoners-for-swap", "captives ..3 swap_word", 0.55, soft=True),
    _rule("bodies-returned", "bodies ..5 handover ..3 @actor", 0.55, soft=True),
)


@lru_cache(maxsize=64)
def rules_of(kind: Kind, lexicon: Lexicon) -> tuple[Rule, ...]:
    """Return the grammar of a kind, with what the lexicon's language adds: a pattern → its weight, and maybe `soft`.

    Raises ValueError where a weight is none.
    """
    own = []
    for source, weight in lexicon.grammar.get(kind, {}).items():
        number, _, softness = weight.partition(" ")
        own.append(_rule(f"{lexicon.lang}: {source}", source, float(number), soft=softness == "soft"))
    return (*(STRIKE if kind == "strike" else TALKS), *own)
