"""What a title says of its own place in a story: one more strike, what came after one, a further round of talks.

Titles and patterns are spelt alike before they are compared: without accents, and Arabic with one letter where writers
use two: otherwise a pattern with й would never meet a word, whose letters are taken apart.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from service.core.link.words import words_of

_ONE_LETTER = str.maketrans("ةى", "هي")


def _spelt(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in flat if not unicodedata.combining(ch)).translate(_ONE_LETTER)


def _asks(*words: str) -> Callable[[str], bool]:
    """Return a function that says whether a title has one of these patterns as whole words."""
    pattern = re.compile(rf"\b(?:{'|'.join(map(_spelt, words))})\b")

    @lru_cache(maxsize=20_000)
    def said(title: str) -> bool:
        return bool(pattern.search(" ".join(words_of(title)).translate(_ONE_LETTER)))

    return said


_FOLLOWS = _asks(
    r"survivors?|search(?:es|ed|ing)? for|rescuers?|rescue work|rubble|survived|recovered|identified",
    r"toll (?:rises|climbs|jumps|reaches|hits|now)|toll from|rises to|climbs to|days? later",
    r"mourn(?:s|ing|ed|ers)?|funerals?|buried|bury|aftermath|in the wake of|investigat\w+",
    r"condemn(?:s|ed|ation)?|blames?",
    r"кількість (?:загиблих|жертв|постраждалих)|число (?:погибших|жертв|пострадавших)|зросла|выросло|из под завалов",
    r"з під завалів|bilan|survivants|décombres|مفقودين|(?:ال)?حصيلة|ارتفاع|(?:ال)?أنقاض",
)
"""What is said of a strike that is known already."""

_REACTS = _asks(
    r"condemn(?:s|ed|ation)?|denounc(?:es|ed)|deplor(?:es|ed)|reacts?(?= to)|reactions?(?= to)",
    r"calls? for restraint|urg(?:es|ed) (?:\w+ ){0,5}(?:restraint|calm|tensions?|de escalation)",
    r"засудил[аи]?|засуджу\w+|осудил[аи]?|осужда\w+",
    r"condamne(?:nt)?|condena[n]?|verurteil\w+|potępi\w+|يدين|تدين|أدانت|גינה|גינתה|גינו|מגנה|מגנים",
)
"""What others say of it, on a day of their own."""

_RENEWED = _asks(
    r"fresh|another|renewed|again|further|second (?:night|day|wave|attack)|third (?:night|day|wave)|consecutive",
    r"(?:more|new(?! year)|latest)(?: \w+)?"
    r" (?:air)?(?:strikes?|attacks?|raids?|shelling|bombardment|wave|barrage|round)",
    r"знову|снова|опять|вновь|черговий|чергова|nouvelles? frappes?|nueva ola|erneut|من جديد|ponownie|שוב",
)

_WAVE = _asks(
    r"(?:\d{2,4}|dozens|hundreds|scores|swarms?)(?: of)?(?: \w+){0,2}"
    r" (?:drones?|missiles?|rockets|uavs?|shaheds?|(?:air)?strikes|raids)",
    r"(?:massive|mass|large scale|huge|major|combined)(?: \w+){0,2} (?:strikes?|attacks?|bombardment|assault|raids?)",
    r"barrages?|waves? of|nationwide|(?:strikes|attacks|raids) on (?:\w+ )?(?:cities|towns)",
    r"across (?!the (?:border|frontier|river|line)|borders?)(?:the )?\w+",
    r"\d{2,4}(?: \w+){0,2} (?:дрон\w*|беспилотник\w*|бпла|безпілотник\w*|ракет\w*|шахед\w*)",
    r"массированн\w+|масован\w+|комбинированн\w+|комбінован\w+|масштабн\w+ (?:атак|удар|обстрел|обстріл)\w*",
    r"(?:\d{2,4}|dizaines|centaines|decenas|cientos|dutzende\w*|hunderte\w*|dziesiątki|setki)(?: \w+){0,2}"
    r" (?:drones?|missiles?|misiles|drohnen|raketen|dron(?:y|ów)|rakiet\w*|frappes|angriffe\w*|ataques|nalot\w*)",
    r"(?:attaques?|frappes?) massives?|vague (?:de|d) \w+|ataques? masivos?|ola de (?:ataques|bombardeos)",
    r"massive[rn]?(?: \w+)? (?:luft|drohnen|raketen)?angriffe?n?|grossangriff\w*|angriffswelle\w*|zmasowan\w+",
    r"(?:\d{2,4}|عشرات|مئات) (?:ال)?(?:غارات|غارة|صواريخ|صاروخ\w*|مسيرات|مسيرة|طائرات|طائرة)|غارات مكثفة|سلسلة غارات",
    r"(?:\d{2,4}|עשרות|מאות) (?:תקיפות|טילים|רחפנים|כטב\w*|מל טים)|גל (?:ה)?תקיפות|מתקפה נרחבת|מטח\w*",
)
"""What tells of a wave over a whole country rather than of one strike."""

_NUMBERED = _asks(
    r"(?:second|third|fourth|fifth|another|one more)(?: (?!dies|died|dead|killed|after|from|in|of)\w+){0,3}?"
    r" (?:(?:air)?strikes?|attacks?|raids?|shelling|bombing|bombardment|salvo|boats?|vessels?|ships?)",
    r"(?:втор\w{2,3}|еще один|друг\w{2,3}|ще один|повторн\w{2,3})(?: \w+)?"
    r" (?:авиа)?(?:удар|атак|обстрел|обстріл|катер|лодк|корабл|човен|судн)\w*",
    r"(?:deuxième|seconde?|autre)(?: \w+)? (?:frappe|attaque|raid|bombardement|pilonnage|bateau|navire|embarcation)",
    r"(?:otr[oa]|segund[oa])(?: \w+)? (?:ataque|bombardeo|lancha|barco|buque|embarcación)",
    r"(?:weitere[sn]?|zweite[sn]?)(?: \w+)? (?:\w*angriff|\w*beschuss|\w*boot|\w*schiff)",
    r"(?:kolejn\w+|drug\w{1,3})(?: \w+)? (?:atak|nalot|ostrzał|łódź|łodzi|statek|statku)",
    r"(?:غارة|ضربة|قصف|قارب|سفينة|هجوم) (?:\w+ )?(?:أخرى|آخر|ثانية|ثان)|(?:תקיפה|הפצצה|סירה) (?:שנייה|נוספת)",
)
"""What counts a strike beside one before it: "a second strike", "another boat"."""

_LATER = _asks(
    r"(?:second|third|fourth) time(?! in (?:\w+ )?(?:weeks?|months?|years?))|hours later",
    r"hours after (?:an? |the )?(?:\w+ )?(?:first|earlier|previous|initial|deadly|similar|other)",
    r"(?:втор|трет)\w{2} раз|(?:удруге|вдруге|втрете)|(?:через|за) (?:несколько|кілька) (?:часов|годин)",
    r"(?:deuxième|seconde|troisième) fois|heures plus tard|(?:segunda|tercera) vez|horas (?:después|más tarde)",
    r"zum (?:zweiten|dritten) mal|stunden später|po raz (?:drugi|trzeci)|godzin później",
    r"لل?مرة (?:ال)?(?:ثانية|ثالثة)|بعد ساعات|(?:ב)?פעם (?:ה)?(?:שנייה|שלישית)|שעות (?:לאחר|אחרי)",
)
"""What tells a strike as the next of one day: "for the second time", "hours later"."""

_WHICH_EN = r"(?:second|third|fourth|fifth|sixth|next|new|fresh|another|latest|\d+(?:nd|rd|th))"
_ROUND = _asks(
    rf"{_WHICH_EN} (?:\w+ )?rounds?|rounds? (?:two|three|four|five|six|[2-9])",
    r"(?:друг|трет|четверт|нов|наступн|втор|очередн)\w{2,4} раунд\w{0,2}",
    r"(?:deuxième|second|troisième|quatrième|nouveau|prochain) (?:cycle|round|tour)",
    r"(?:segunda|tercera|cuarta|nueva|próxima) ronda|(?:zweite|dritte|vierte|neue|nächste)[nr]? (?:gesprächs)?runde",
    r"(?:drug|trzeci|czwart|now|kolejn)(?:a|ą|ej|iej) rund(?:a|ę|y|zie|ą)",
    r"(?:ال)?جولة (?:ال)?(?:ثانية|ثالثة|رابعة|جديدة)|סבב (?:ה)?(?:שני|שלישי|רביעי|חדש|נוסף)",
)
_DEAL = _asks(
    r"(?:second|third|another|further|new)(?: (?!year)\w+){0,2}"
    r" (?:deal|agreement|accord|truce|ceasefire|pause|swap|exchange|release)",
    r"(?:друг|трет|втор|нов|еще одн|ще одн)\w{0,3}(?: \w+){0,2} (?:угод|сделк|соглашен|перемир|обмен|обмін)\w*",
    r"(?:deuxième|second|troisième|nouvel|nouvelle|autre)(?: \w+)? (?:accord|trêve|échange|cessez)",
    r"(?:segund[oa]|tercer|nuev[oa]|otr[oa])(?: \w+)? (?:acuerdo|tregua|canje|intercambio|alto el fuego)",
    r"(?:zweite|dritte|neue|weitere)[snr]?(?: \w+)? \w*(?:abkommen|einigung|waffenruhe|feuerpause|austausch)",
    r"(?:drug|trzeci|now|kolejn)\w{1,3}(?: \w+)? (?:porozumieni|umow|rozejm|wymian|zawieszeni)\w*",
    r"(?:اتفاق|هدنة|صفقة|تبادل)(?: \w+)? (?:ثان|ثانية|ثالث|ثالثة|جديد|جديدة|آخر|أخرى)",
    r"(?:עסקה|הסכם|הפוגה|הפסקת אש)(?: \w+)? (?:שנייה|שני|שלישית|נוספת|נוסף|חדשה|חדש)",
)
_RESUMED = _asks(
    r"resum(?:e|es|ed|ption|ing)|reanuda\w*|repren(?:d|nent)|reprise|возобнов\w+|віднов\w+|wznow\w+|wznaw\w+",
    r"wiederaufnahme|wieder aufgenommen|(?:ال)?استئناف|تستأنف|חידוש|מתחדש\w*|התחדש\w*",
)


def reacts(title: str) -> bool:
    """Say whether a title tells what others say of a strike: condemned, restraint urged."""
    return _REACTS(title)


def follows(title: str) -> bool:
    """Say whether a title speaks of what came after a strike: survivors, a risen toll, mourning, a reaction."""
    return _FOLLOWS(title) or reacts(title)


def tells_of_wave(text: str) -> bool:
    """Say whether a text tells of a wave: so many drones, strikes across a country."""
    return _WAVE(text)


def counts_on(title: str) -> bool:
    """Say whether a title counts a strike beside one before it: "second strike", "another boat", "hours later"."""
    return _NUMBERED(title) or _LATER(title)


def is_renewed(title: str) -> bool:
    """Say whether a title announces one more of the kind: "fresh strikes", "second night", "attacked again"."""
    return _RENEWED(title) or _NUMBERED(title)


def is_one_more(title: str) -> bool:
    """Say whether a title tells of a strike beside or after another, and not of what came after one."""
    return (is_renewed(title) or counts_on(title)) and not follows(title)


_ROUNDS = tuple(
    _asks(*words)
    for words in (
        (
            r"second rounds?|2nd rounds?|rounds? (?:two|2)",
            r"втор\w{2,4} раунд\w*|друг\w{2,4} раунд\w*|deuxième (?:cycle|round|tour)",
            r"segunda ronda|zweite[nr]? (?:gesprächs)?runde|drug(?:a|ą|iej) rund\w+",
            r"(?:ال)?جولة (?:ال)?ثانية|סבב (?:ה)?שני",
        ),
        (
            r"third rounds?|3rd rounds?|rounds? (?:three|3)",
            r"трет\w{2,4} раунд\w*|troisième (?:cycle|round|tour)",
            r"tercera ronda|dritte[nr]? (?:gesprächs)?runde|trzeci(?:a|ą|ej) rund\w+",
            r"(?:ال)?جولة (?:ال)?ثالثة|סבב (?:ה)?שלישי",
        ),
        (
            r"fourth rounds?|4th rounds?|rounds? (?:four|4)",
            r"четверт\w{2,4} раунд\w*|quatrième (?:cycle|round|tour)",
            r"cuarta ronda|vierte[nr]? (?:gesprächs)?runde|czwart(?:a|ą|ej) rund\w+",
            r"(?:ال)?جولة (?:ال)?رابعة|סבב (?:ה)?רביעי",
        ),
        (
            r"fifth rounds?|5th rounds?|rounds? (?:five|5)",
            r"п.?ят\w{2,4} раунд\w*|cinquième (?:cycle|round|tour)|quinta ronda",
        ),
        (
            r"sixth rounds?|6th rounds?|rounds? (?:six|6)",
            r"шест\w{2,4} раунд\w*|sixième (?:cycle|round|tour)|sexta ronda",
        ),
    )
)
"""How titles number rounds of talks, from the second on."""


def round_number(title: str) -> int | None:
    """Return which round of talks a title speaks of, from 2; None where it has no number."""
    return next((number for number, said in enumerate(_ROUNDS, 2) if said(title)), None)


def names_round(title: str) -> bool:
    """Say whether a title calls talks a further round: "second round", "new round"."""
    return _ROUND(title)


def names_deal(title: str) -> bool:
    """Say whether a title calls what was agreed a further deal: "second deal", "new truce"."""
    return _DEAL(title)


def is_next_round(title: str) -> bool:
    """Say whether a title may speak of a further round of talks: "second round"; "talks resume", be it after lunch."""
    return names_round(title) or _RESUMED(title)
