"""What was hit: a school, a refinery, a boat. Said in every language, and rarely the same in two strikes of one day."""

from functools import lru_cache

from service.core.event import Candidate
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.words import lead_of, words_of

SHIP = "boat"
SHARED, COMMON_SHARED, OTHERS = 1.0, 0.5, -0.25
COMMON = frozenset({"homes", "power"})
"""What every second strike hits."""

# Beginnings of words, so that cases and plurals are covered. Each class in English, Ukrainian, Russian, Arabic, French,
# Spanish, German, Polish and Hebrew; spelt without accents, as words are compared.
_BEGINNINGS = {
    "boat": "boat vessel ship warship tanker судн корабл танкер катер سفين قارب ناقل bateau navire petrolier barco"
    " buque lancha petrolero schiff statek lodz tankowi ספינ",
    "hotel": "hotel resort cafe restaurant готел отел кафе ресторан فندق مقه مطعم מלון",
    "school": "school kindergarten universit училищ школ дитсад детсад университет مدرس روض ecole lycee escuela colegio"
    " schule szkol przedszkol",
    "hospital": "hospital clinic maternity лікарн больниц госпитал клиник مستشف عياد hopital clinique krankenhaus"
    " klinik szpital",
    "oil": "refiner oil petroleum нафт нефт нпз مصفا نفط raffiner petrole refineri raffinerie olraffin rafineri naftow",
    "power": "substation grid electric blackout energ енерг энерг підстанц подстанц كهرباء طاقه strom elektrow",
    "market": "market bazaar mall базар рынок рынк ринок ринку سوق marche mercado markt bazar",
    "rail": "train rail railway поїзд поезд вокзал залізни железнодорож قطار estacion bahnhof pociag kolejow",
    "bus": "bus minibus автобус маршрутк حافل autobus autocar",
    "worship": "church cathedral monastery mosque церкв храм мечет كنيس مسجد eglise cathedrale mosquee iglesia mezquita"
    " kirche moschee kosciol meczet",
    "port": "port harbor harbour порт مينا puerto hafen נמל",
    "airport": "airport airfield airbase аеропорт аэропорт аеродром аэродром مطار aeroport aeropuerto"
    " flughafen lotnisk",
    "bridge": "bridge мост міст جسر puente brucke",
    "homes": "apartment residential dormitor житлов багатоповерх жилой жилого жилых жилом многоэтаж гуртожит общежит"
    " سكني منازل immeuble residentiel vivienda edificio wohnhaus wohngebaude mieszkal",
    "camp": "camp tent displaced refugee табір таборі лагер مخيم خيام نازح campement campamento lager oboz",
    "prison": "prison jail detention тюрм колоні колония колонии سجن carcel gefangnis wiezien",
    "factory": "factory завод مصنع usine fabrica fabrik fabryk",
    "store": "depot warehouse arsenal ammunition арсенал مستودع entrepot deposito magazyn",
    "convoy": "convoy колонна колонну колону конвой قافل convoi caravana konwoj konvoi",
    "residence": "residence palace резиденц قصر palacio residenz rezydencj",
    "burial": "funeral cemetery wedding похорон кладбищ цвинтар весілл свадьб جناز عرس enterrement entierro",
    "embassy": "embassy consulate посольств سفار قنصل ambassade embajada botschaft ambasad",
    "nuclear": "nuclear reactor ядерн атомн نووي nucleaire kernkraft atomkraft jadrow",
}
"""Arabic words come with an article, which is taken off."""

_SHORTEST, _LONGEST = 3, 12
_EXACT = {"oil", "port", "bus", "camp", "rail", "train", "ship", "tent", "mall", "grid", "market"}
_EXACT |= {"порт", "мост", "міст", "lager"}
"""Beginnings that are words of their own, and begin others (`portray`, `business`): plurals aside, nothing follows."""
_ARTICLES = ("وال", "بال", "ال")


def _by_beginning() -> dict[str, str]:
    return {flat: name for name, starts in _BEGINNINGS.items() for start in starts.split() for flat in words_of(start)}


_OBJECTS = _by_beginning()


@lru_cache(maxsize=20_000)
def objects(text: str) -> frozenset[str]:
    """Return the classes of what the text names as hit, or near enough."""
    return frozenset(name for word in words_of(text) if (name := _class(word)))


def _class(word: str) -> str | None:
    for article in _ARTICLES:
        word = word.removeprefix(article)
    for end in range(min(len(word), _LONGEST), _SHORTEST - 1, -1):
        start = word[:end]
        if start in _OBJECTS and (start not in _EXACT or word.removesuffix("s") == start):
            return _OBJECTS[start]
    return None


def what(ours: frozenset[str], candidate: Candidate) -> Evidence:
    """Compare what was hit with what the event's accounts say was hit. A wave hits much, so little speaks against."""
    theirs = frozenset().union(*(objects(lead_of(account)) for account in candidate.accounts))
    if not ours or not theirs:
        return NOTHING
    if shared := ours & theirs:
        return Evidence(SHARED if shared - COMMON else COMMON_SHARED, f"a {min(shared - COMMON or shared)}")
    return Evidence(OTHERS, "other targets")
