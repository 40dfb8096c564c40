"""What a query can ask about: the fields, the values each takes, and what to say when one is unknown."""

from difflib import get_close_matches

from service.core.errors import BadRule
from service.core.report import STATUSES, WEAPONS
from service.core.rules.words import joined, normalise, tokens

CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("strike", "talks"),
    "weapon": WEAPONS,
    "status": STATUSES,
    "has": (
        "killed",
        "injured",
        "children_killed",
        "missing",
        "place",
        "country",
        "region",
        "actor",
        "target",
        "weapon",
        "status",
        "occurred",
        "parties",
        "mediators",
        "venue",
        "planned",
        "duration_h",
    ),
}
NAMES = ("region", "place", "actor", "target", "source")
SECTIONS = ("title", "body")
FIELDS = ("kind", "country", *NAMES, "weapon", "status", "lang", "has", *SECTIONS)
NUMBERS: dict[str, tuple[float, float]] = {
    "killed": (0, 10_000_000),
    "injured": (0, 10_000_000),
    "missing": (0, 10_000_000),
    "sources": (0, 10_000),
    "confidence": (0, 1),
    "severity": (1, 5),
}
FUNCTIONS = ("within", "bbox")
_RENAMED = {"event": "kind"}

# ISO 3166-1 alpha-2 as of 2025, and XK, which GeoNames and the EU use for Kosovo.
COUNTRIES = frozenset(
    (  # noqa: SIM905  two hundred and fifty quotes would hide the codes
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
        "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
        "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
        "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
        "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
        "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
        "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK"
    ).split()
)
_SLIPS = {
    "weapon": {"rocket": "missile", "airstrike": "air", "air_strike": "air", "shelling": "artillery", "uav": "drone"},
    "status": {"ongoing": "under_way", "planned": "scheduled", "signed": "agreed", "broken": "violated"},
    "kind": {"attack": "strike", "airstrike": "strike", "ceasefire": "talks", "truce": "talks"},
}
_COUNTRY_SLIPS = {"UK": "GB", "EN": "GB", "EL": "GR", "SU": "RU"}
_COUNTRY_HINT = "use the two letters of ISO 3166-1, such as UA for Ukraine or NO for Norway"


def suggestion(name: str, known: tuple[str, ...]) -> str:
    """Return "did you mean …" for the nearest known name, or the list of what is known."""
    close = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def unknown_field(name: str, column: int) -> BadRule:
    """Return the error for a field nobody has."""
    if name.casefold() in _RENAMED:
        hint = f"use {_RENAMED[name.casefold()]}:"
    else:
        hint = suggestion(name, (*FIELDS, *NUMBERS))
        if not hint.startswith("did"):
            hint += '; to look for text with a colon in it, put it in "quotes"'
    return BadRule(f"unknown field {name!r}", hint=hint, code="E115", column=column)


def field_value(name: str, raw: str, column: int) -> str:
    """Return the value in its field's normal form. Raises BadRule E116 for one the field can never have."""
    if name == "country":
        return _country(raw, column)
    if name == "lang":
        return _lang(raw, column)
    if name in CHOICES:
        return _choice(name, raw, column)
    words = tokens(raw)
    if not words:
        raise BadRule(f"{raw!r} has no letters or digits", hint=f"give {name}: a name", code="E116", column=column)
    return joined(words)


def _country(raw: str, column: int) -> str:
    code = raw.strip().upper()
    if code in COUNTRIES:
        return code
    hint = f"did you mean {_COUNTRY_SLIPS[code]!r}?" if code in _COUNTRY_SLIPS else _COUNTRY_HINT
    raise BadRule(f"{raw!r} is not a country code", hint=hint, code="E116", column=column)


def _lang(raw: str, column: int) -> str:
    code = raw.strip().casefold()
    if code.isascii() and code.isalpha() and len(code) in {2, 3}:
        return code
    hint = "use the two or three letters of ISO 639, such as uk for Ukrainian"
    raise BadRule(f"{raw!r} is not a language code", hint=hint, code="E116", column=column)


def _choice(name: str, raw: str, column: int) -> str:
    value = normalise(raw).strip().replace(" ", "_").replace("-", "_")
    if value in CHOICES[name]:
        return value
    slip = _SLIPS.get(name, {}).get(value)
    hint = f"did you mean {slip!r}?" if slip else suggestion(value, CHOICES[name])
    raise BadRule(f"{name} is never {raw!r}", hint=hint, code="E116", column=column)


def number_value(name: str, raw: str, column: int) -> float:
    """Read the number a field is compared with. Raises BadRule E113 outside what the field can be."""
    value, (low, high) = float(raw), NUMBERS[name]
    if not low <= value <= high:
        hint = f"{name} is {low:g} to {high:,.0f}"
        raise BadRule(f"{name} is never {raw}", hint=hint, code="E113", column=column)
    if name != "confidence" and not value.is_integer():
        raise BadRule(f"{name} is a whole number, not {raw}", hint="leave out the fraction", code="E113", column=column)
    return value
