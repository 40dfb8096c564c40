"""The grammar of strikes: what makes one. Patterns name the lists of the lexicon.

`@actor` and `@weapon` stand for several lists. `weight` is how sure one hit makes us, 0 to 1, when found in a title.
A `soft` rule is only believed where nothing in the text suggests sport, labour, courts, crime or nature.
"""

from typing import NamedTuple

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


def rule(name: str, source: str, weight: float, *, soft: bool = False) -> Rule:
    """Read one line of the grammar."""
    for short, lists in _NAMES.items():
        source = source.replace(short, lists)
    return Rule(name, pattern(source), weight, soft)


STRIKE = (
    rule("raid", "raid", 0.55),
    rule("side-raid", "@side ..2 raid", 0.75),
    rule("raid-harm", "raid ..8 harm", 0.8),
    rule("harm-raid", "harm ..8 raid", 0.8),
    rule("raid-hit", "raid ..4 hit|strike|pound", 0.75),
    rule("raid-on", "raid ..2 place_word ..3 @side|ward", 0.7),
    rule("weapon-attack", "@weapon ..2 attack|strike|barrage", 0.7),
    rule("attack-with-weapon", "attack|strike|barrage ..5 @weapon", 0.45),
    rule("side-strike-on", "@side ..2 strike ..3 place_word|harm|ward|@actor", 0.65, soft=True),
    rule("side-strike", "@side ..1 strike", 0.45, soft=True),
    rule("strike-harm", "strike ..7 kill|wound|dead", 0.6, soft=True),
    rule("harm-strike", "kill|wound|dead|hurt ..8 in|by ..4 strike", 0.65, soft=True),
    rule("strike-on", "strike ..1 place_word ..3 @side|ward", 0.55, soft=True),
    rule("side-strikes", "@side ..3 strike ..4 ward|@side", 0.5, soft=True),
    rule("side-hits", "@side ..3 hit ..4 ward|@side", 0.4, soft=True),
    rule("side-pounds", "@side ..3 pound", 0.75),
    rule("side-shells", "@side shells ..3 ward|@side|place_word", 0.6),
    rule("pounds", "pound ..5 @actor|ward", 0.65, soft=True),
    rule("launches-weapon", "launch ..5 @weapon|raid|salvo", 0.4),
    rule("side-launches", "@side ..4 launch ..6 @weapon|raid|salvo|strike", 0.62),
    rule("weapon-launched", "@weapon ..3 launch", 0.4),
    rule("weapon-hits", "@weapon ..4 hit|strike|kill|wound|pound", 0.65),
    rule("weapon-lands", "drone|missile|artillery|bomb ..4 land", 0.65),
    rule("hit-by-weapon", "hit|strike|kill|wound|attack ..3 by ..4 @weapon", 0.8),
    rule("intercept", "intercept ..6 @weapon", 0.7),
    rule("intercepted", "@weapon ..7 intercept", 0.65),
    rule("side-attack-harm", "@side ..2 attack ..8 harm", 0.4, soft=True),
    rule("harm-side-attack", "harm ..8 in|by ..3 @actor ..2 attack|strike", 0.5, soft=True),
    rule("side-attacks-side", "@side ..2 attack ..3 @actor|ward", 0.42, soft=True),
    rule("people-attack", "peoples ..1 attack|strike", 0.35, soft=True),
    rule("weapon-harm", "@weapon ..6 harm", 0.5, soft=True),
    rule("harm-weapon", "harm ..6 in|by ..3 @weapon", 0.6),
    rule("explosion-weapon", "explosion ..8 @weapon", 0.4),
    rule("ward-explosion", "ward ..8 explosion ..8 @weapon|attack|strike", 0.5),
    rule("suicide-bombing", "suicide ..8 harm", 0.45, soft=True),
    rule("harm-suicide", "harm ..8 suicide", 0.45, soft=True),
    rule("side-suicide", "@actor ..6 suicide", 0.25, soft=True),
    rule("suicide-side", "suicide ..6 @actor", 0.25, soft=True),
    rule("explosions-in", "explosion ..4 place_word ..3 @actor|capital", 0.3, soft=True),
    rule("explosions-rock", "explosion ..1 hit ..4 @actor|capital|military", 0.45, soft=True),
    rule("hit-by-explosions", "@actor|capital ..3 hit ..1 by ..3 explosion", 0.5, soft=True),
    rule("blasts-at-war", "blasts ..2 place_word ..2 war_zone", 0.55, soft=True),
    rule("blasts-rock-war", "blasts hit ..1 war_zone", 0.2, soft=True),
    rule("at-war-blasts", "war_zone ..4 blasts", 0.3, soft=True),
    rule("blasts-aircraft", "blasts ..6 aircraft", 0.45, soft=True),
    rule("launches-attack-on", "@side ..2 launch ..3 attack|strike place_word ..3 @actor|capital", 0.6, soft=True),
    rule("accuses-of-attack", "@actor ..1 blame ..2 @actor ..6 attack|strike|raid ..3 capital|@actor", 0.6, soft=True),
    rule("no-attack-on", "nay attack|strike place_word ..3 @actor|ward|war_zone", 0.6, soft=True),
    rule("did-not-attack", "did_not attack|strike|hit ..4 @actor|ward|war_zone", 0.6, soft=True),
    rule("side-barrage", "@side ..3 salvo", 0.4, soft=True),
    rule("side-salvo", "@side ..2 salvo", 0.3, soft=True),
    rule("air-defence-downs", "military down_word ..5 @weapon", 0.65),
    rule("hits-in-attack", "hit|strike ..6 in ..2 attack|barrage|salvo", 0.3, soft=True),
    rule("weapon-launched-from", "@weapon ..2 launch ..1 from_word ..1 @side", 0.4),
    rule("aircraft-bomb", "air|aircraft bomb|pound", 0.55, soft=True),
    rule("side-fire-harm", "peoples|countries|military fire_word ..1 kill|wound", 0.55, soft=True),
    rule("drone-drops", "drone launch ..6 ward|place_word", 0.3, soft=True),
    rule("hits-harm", "@side ..3 hit ..8 kill|wound|dead", 0.3, soft=True),
    rule("hits-targets", "@side ..3 hit ..4 targets", 0.35, soft=True),
    rule("hit-with-weapon", "hit|strike ..6 with ..3 @weapon", 0.5, soft=True),
    rule("at-war-hits-town", "at_war hit war_zone", 0.55, soft=True),
    rule("hits-side", "@actor hit @actor", 0.3, soft=True),
    rule("killed-by-fire", "kill|wound ..1 by ..2 peoples|military fire_word", 0.55, soft=True),
    rule("weapon-explodes", "drone|missile ..4 explosion ..3 @actor", 0.5, soft=True),
    rule("war-zone-hit-by-blast", "war_zone ..4 hit ..1 by ..3 explosion", 0.55, soft=True),
    rule("side-raids-hit", "peoples|countries ground hit ..4 ward", 0.55, soft=True),
    rule("town-under-attack", "war_zone ..1 under_attack", 0.6, soft=True),
    rule("tank-fire", "@side tank_fire", 0.7),
    rule("strikes-pound", "strike hit|pound ..2 war_zone", 0.6),
    rule("war-zone-weapon-launched", "war_zone ..6 @weapon ..1 launch", 0.3, soft=True),
    rule("weapon-approaches", "drone|missile ..1 approach ..3 capital|metonyms|war_zone|ward", 0.5, soft=True),
    rule("state-kills-armed", "countries kill ..2 groups ..4 place_word", 0.5, soft=True),
    rule("smoke-at-war", "smoke ..4 war_zone ..6 aircraft|air|raid|strike|attack", 0.55, soft=True),
    rule("sirens-launch", "sirens ..6 launch ..1 from_word|origin", 0.55, soft=True),
    rule("war-zone-ward-hit", "war_zone|aircraft ..6 ward hit", 0.5, soft=True),
    rule("tank-fire-at", "tank_fire place_word ..3 war_zone|ward|@actor", 0.65),
    rule("tank-fire-harms", "tank_fire ..6 kill|wound|dead", 0.6),
    rule("side-deals-strike", "@side ..3 deals ..3 strike|raid", 0.6, soft=True),
    rule("war-zone-night-of", "war_zone ..8 overnight of|under_word @weapon|blasts", 0.6, soft=True),
    rule("night-of-at-war", "overnight of|under_word @weapon|blasts ..8 war_zone", 0.6, soft=True),
    rule("toll-of-strike", "toll ..3 war_zone ..2 strike|attack|raid", 0.6, soft=True),
    rule("strike-toll", "strike|raid ..2 toll ..3 rises|climbs", 0.6, soft=True),
    rule(
        "side-and-strikes",
        "countries|groups|military ..10 and strike|hit|pound ..1 @actor|ward|war_zone",
        0.4,
        soft=True,
    ),
    rule("after-striking", "@actor ..10 aftermath striking ..1 @actor|war_zone|ward", 0.55, soft=True),
    rule("side-on-side-strike", "@actor countries|metonyms strike|attack", 0.45, soft=True),
    rule("country-attack-on-country", "countries|peoples ..1 attack against ..1 countries|metonyms", 0.25, soft=True),
    rule("blame-for-launching", "blame ..5 launch ..4 attack|strike|raid", 0.5, soft=True),
    rule("side-kills-in-attack", "@side ..2 kill ..4 in ..2 attack|strike", 0.5, soft=True),
    rule("side-fires-at", "@side ..1 launch from_word ..3 ward|@actor", 0.5, soft=True),
    rule("aircraft-hits", "aircraft|air hit|strike ..4 ward|@actor|military", 0.5, soft=True),
    rule("country-attacks-ward", "countries attacks_verb ..3 ward", 0.25, soft=True),
    rule("military-hits", "military ..3 hit ..4 ward", 0.3, soft=True),
    rule("side-does", "countries|groups ..2 does ..4 ward|@actor|military", 0.3, soft=True),
    rule("strike-damages", "strike ..3 harm", 0.4, soft=True),
    rule("side-bombs", "@side bomb ..4 ward|military|@actor", 0.35, soft=True),
    rule("in-side-strike", "in ..3 @actor ..1 strike", 0.35, soft=True),
    rule("aircraft-blasts", "aircraft ..8 blasts", 0.45, soft=True),
    rule("strike-by-side", "strike ..1 by ..2 @side", 0.6, soft=True),
    rule("strike-side", "strike @actor", 0.4, soft=True),
    rule("strike-hits-ward", "strike ..1 hit ..4 ward", 0.55, soft=True),
    rule("side-then-pounds", "@side ..8 pound", 0.4, soft=True),
    rule("launches-attack", "launch ..2 attack place_word ..2 @actor", 0.3, soft=True),
    rule("attack-on-side", "attack place_word ..2 @actor", 0.25, soft=True),
    rule("capital-blasts", "capital|metonyms ..3 blasts", 0.25, soft=True),
    rule("blasts-in-capital", "blasts ..3 place_word ..3 capital|metonyms", 0.5, soft=True),
    rule("blasts-rock-capital", "blasts hit ..3 capital|metonyms", 0.35, soft=True),
    rule("blasts-at-base", "explosion ..1 hit ..4 peoples ..1 ward", 0.4, soft=True),
    rule("blasts-heard-war", "blasts heard ..3 war_zone", 0.5, soft=True),
    rule("blasts-sirens", "blasts ..8 sirens|truce", 0.35, soft=True),
    rule("sirens-blasts", "sirens ..8 blasts|intercept", 0.55, soft=True),
    rule("weapon-sirens", "@weapon|raid ..5 sirens", 0.6),
    rule("sirens-weapon", "sirens ..8 @weapon|raid", 0.6),
    rule("aircraft-raids", "air|aircraft ..4 ground", 0.5, soft=True),
    rule("side-raids", "peoples ground hit", 0.25, soft=True),
    rule("army-shells", "peoples military shells", 0.5, soft=True),
    rule("sides-trade-fire", "@side ..3 @side ..2 trade_fire", 0.65),
    rule("trade-fire", "trade_fire ..6 @side|war_zone|border", 0.55, soft=True),
    rule("night-attack-harm", "harm ..6 overnight attack", 0.55, soft=True),
    rule("war-zone-attack-harm", "war_zone ..12 harm ..5 in|after|by ..3 attack|strike", 0.5, soft=True),
    rule("harm-war-zone-attack", "harm ..8 in|by ..3 attack ..8 war_zone", 0.5, soft=True),
    rule("ward-hit-at-war", "ward hit ..2 war_zone", 0.5, soft=True),
    rule("defences-destroy", "military hit ..6 drone|missile", 0.5, soft=True),
    rule("raid-on-vehicle", "peoples ground place_word ..2 road_vehicle", 0.6),
    rule("ship-attacked", "ships ..6 groups attack", 0.55, soft=True),
    rule("fires-on", "military|aircraft|@actor fires_on ..3 @actor|military|targets|ward|war_zone", 0.6, soft=True),
    rule("weapon-fired-at", "drone|missile|artillery launch from_word ..3 ward|war_zone|@actor", 0.6, soft=True),
    rule("hit-by-aircraft", "hit|strike ..2 by ..3 aircraft", 0.7, soft=True),
    rule(
        "weapon-rains",
        "missile|drone|artillery|bomb ..1 launch ..2 place_word ..2 war_zone|@actor|ward",
        0.6,
        soft=True,
    ),
    rule("aircraft-kills", "aircraft ..3 kill|wound", 0.55, soft=True),
    rule("ward-burns", "war_zone ..4 ward ..1 burning", 0.55, soft=True),
    rule("ward-burns-in", "ward ..2 burning ..6 war_zone", 0.5, soft=True),
    rule("killed-in-raids", "kill|wound ..3 in ..2 peoples|countries ground", 0.55, soft=True),
    rule("vouched-strike", "vouch ..3 peoples|countries ..1 strike|attack|raid", 0.4, soft=True),
    rule("side-harms-in-strike", "@side ..2 hit ..8 in ..4 strike", 0.5, soft=True),
    rule("deadly-ward-strike", "harm ward strike|attack", 0.55, soft=True),
    rule("blast-heard-at-war", "boom ..2 heard ..6 war_zone", 0.55, soft=True),
    rule("war-zone-blast-heard", "war_zone ..6 boom ..2 heard", 0.5, soft=True),
    rule("blast-harms-at-war", "boom ..6 kill|wound|dead ..8 war_zone", 0.4, soft=True),
    rule("unexplained-blast", "unexplained ..2 boom ..8 war_zone", 0.55, soft=True),
    rule("reaching-kills-at-war", "reaching transitive ..8 war_zone", 0.55, soft=True),
    rule("ward-pounded", "ward ..2 pound", 0.5, soft=True),
    rule("salvo-sirens", "salvo ..8 sirens", 0.55),
    rule("breaks-truce-by-strike", "breaks ..2 truce ..2 by ..3 strike|raid|attack", 0.55, soft=True),
    rule("violated-by-strike", "violated ..3 by ..3 strike|raid|attack", 0.5, soft=True),
    rule("sets-alight", "countries|peoples|groups|military sets ..3 ward ..1 burning", 0.55, soft=True),
    rule("dead-in-raids", "dead ..1 in ..2 peoples|countries raids", 0.55, soft=True),
    rule("under-attack-harm", "under_attack ..6 kill|wound|dead", 0.5, soft=True),
    rule("ward-struck-harm", "ward ..1 strike ..8 kill|wound|dead", 0.5, soft=True),
)

# What names a strike without telling of one ("after the Venezuela attack"): it is mentioned, never news for this alone.
NAMED = (
    rule("side-named-strike", "@actor ..12 strike", 0.55),
    rule("strike-named-side", "strike ..12 @actor", 0.55),
    rule("country-attack", "countries ..1 attack", 0.55),
    rule("attack-country", "attack against ..2 countries|metonyms", 0.55),
    rule("war-zone-explosion", "war_zone ..6 explosion", 0.55),
)

# What names a strike for certain, by who struck and whom, so that it is mentioned whatever else the entry is about.
NAMED_FULLY = (
    rule("side-strike-named", "countries|peoples ..1 strike place_word ..2 @actor", 0.7),
    rule("side-raid-named", "@actor ..1 raid ..3 place_word ..3 @actor", 0.7),
    rule("side-attack-named", "countries|peoples ..2 attack against ..1 countries", 0.7),
)
