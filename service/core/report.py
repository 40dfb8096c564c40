"""One outlet's account of a strike or of talks: an entry after detect and extract."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

Kind = Literal["strike", "talks"]
Field = Literal["title", "summary", "content"]
Precision = Literal["city", "region", "country"]
Stance = Literal["asserts", "denies", "retracts"]
Attribution = Literal["claimed", "accused", "denied"]

Bound = Literal["exact", "about", "at_least", "over", "up_to", "under", "between", "vague"]
Slot = Literal["killed", "injured", "missing", "children_killed", "children_injured", "women_killed"]
Subtype = Literal["interception", "unattributed", "violation"]

COUNTS: tuple[Slot, ...] = ("killed", "injured", "missing", "children_killed", "children_injured", "women_killed")
WIDTH: dict[Precision, int] = {"city": 0, "region": 1, "country": 2}
WEAPONS = ("air", "drone", "missile", "artillery", "naval", "bomb", "unknown")
STATUSES = ("proposed", "scheduled", "under_way", "agreed", "extended", "violated", "stalled", "collapsed")


class Count(NamedTuple):
    """A number of people as far as it is known.

    "At least eight" is (8, None), "eight" (8, 8), "up to eight" (None, 8).
    """

    min: int | None = None
    max: int | None = None


class Interval(NamedTuple):
    """A half-open stretch of time, both ends aware UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words a value came from: `where` is the entry's field, `start` and `end` count characters in it.

    `sure` is how likely the value is right, 0 to 1, by the way it was read.
    """

    field: str
    quote: str
    start: int
    end: int
    where: Field
    sure: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place of the gazetteer. `country` is ISO 3166-1 alpha-2, empty for waters; degrees are WGS 84.

    `admin` is the region's code.

    `population` ranks namesakes; a country's own row has precision `country`, its capital's coordinates are not used.
    `zone` is the IANA name of its clocks, a country's those of its capital; empty where nobody said.
    """

    name: str
    country: str
    lat: float
    lon: float
    precision: Precision
    admin: str = ""
    population: int = 0
    capital: bool = False
    zone: str = field(default="", compare=False)

    def is_around(self, other: "Place") -> bool:
        """Say whether it is of a kind that holds the other: a country its regions and cities, a region its cities."""
        return self.country == other.country and WIDTH[self.precision] > WIDTH[other.precision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another strike that the same entry tells of beside its main one. `quote` is the words that name the place."""

    place: Place
    killed: Count | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one entry says of one kind. Every filled slot has an Evidence of the same `field` name.

    `new` says whether it happened in about the 72 hours before, told as news. `confidence` is 0 to 1.
    `stance` is `retracts` where an outlet withdraws an account, `denies` where it says it did not happen.
    `attribution` says how the actor is known: its own claim, an accusation, or an accusation it denies; None where the
    outlet simply says so. `review` marks what fell short of being news by so little that a person should look.
    `rules` are the ids of the grammar rules that fired, strongest first; `reason` says the verdict in words.

    `bounds` says for each number how it was bounded; `subtype` is `interception` where all was shot down and nothing is
    said to be hit, `unattributed` where something blew up and nobody says who did it, `violation` where it breaks a
    truce; `others` are further strikes of the same entry. `several` says that the numbers are of several places
    together, never one town's; `place` is then what is around them, and `others` are all of them. Of talks, `place` is
    where they are held, or else whose war they are about; `venue` only the first, `host` the country it is in;
    `planned` when they are to be held, and `duration_h` how many hours a truce is to last.
    """

    kind: Kind
    new: bool
    confidence: float
    stance: Stance = "asserts"
    review: bool = False
    place: Place | None = None
    occurred: Interval | None = None
    weapon: tuple[str, ...] = ()
    actor: str | None = None
    target: str | None = None
    attribution: Attribution | None = None
    killed: Count | None = None
    injured: Count | None = None
    children_killed: Count | None = None
    children_injured: Count | None = None
    women_killed: Count | None = None
    missing: Count | None = None
    bounds: tuple[tuple[Slot, Bound], ...] = ()
    subtype: tuple[Subtype, ...] = ()
    others: tuple[Other, ...] = ()
    several: bool = False
    status: str | None = None
    parties: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    venue: Place | None = None
    host: str | None = None
    planned: Interval | None = None
    duration_h: int | None = None
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All an entry has to say. Exactly one of `reports` and `set_aside` is filled; `lang` is BCP 47's primary tag."""

    lang: str
    reports: tuple[Report, ...] = ()
    set_aside: str | None = None


class Cue(NamedTuple):
    """A grammar rule that fired, and the characters of the entry's field it fired on."""

    rule: str
    where: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """That an entry speaks of one kind, before its slots are read. `cues`: strongest first. `review`: see Report."""

    kind: Kind
    new: bool
    confidence: float
    stance: Stance = "asserts"
    review: bool = False
    reason: str = ""
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What kinds an entry speaks of. Exactly one of `findings` and `set_aside` is filled."""

    findings: tuple[Finding, ...] = ()
    set_aside: str | None = None
