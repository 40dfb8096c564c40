"""Numbers as any language bounds them, as any typesetter parts them, and with what nobody sees inside them."""

# ruff: noqa: RUF001 - the letters of these languages are meant

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.codec import numbers_json
from service.core.report import Bound, Count, Report
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.reading import entry


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def read(judging: Judging, title: str) -> Report:
    (judgement,) = judging.judge([entry(title)])
    return next(report for report in judgement.reports if report.kind == "strike")


NEARLY, MOST, LEAST = ((45, 50), "about"), ((None, 50), "up_to"), ((50, None), "at_least")


@pytest.mark.parametrize(
    ("title", "count", "bound"),
    [
        ("Nearly 50 people killed in air strike on market in Darfur", *NEARLY),
        ("Air strike on market in Darfur kills almost 50 people", *NEARLY),
        ("Air strike on market in Darfur kills close to 50 people", *NEARLY),
        ("Air strike on market in Darfur kills as many as 50 people", *MOST),
        ("Air strike on market in Darfur kills no fewer than 50 people", *LEAST),
        ("Майже 50 людей загинули внаслідок авіаудару по Харкову", *NEARLY),
        ("До 50 людей загинули внаслідок авіаудару по Харкову", *MOST),
        ("Не менше ніж 50 людей загинули внаслідок авіаудару по Харкову", *LEAST),
        ("Почти 50 человек погибли при авиаударе по Харькову", *NEARLY),
        ("До 50 человек погибли при авиаударе по Харькову", *MOST),
        ("Не менее 50 человек погибли при авиаударе по Харькову", *LEAST),
        ("مقتل ما يقارب 50 شخصا في غارة جوية على خاركيف", *NEARLY),
        ("مقتل ما يصل إلى 50 شخصا في غارة جوية على خاركيف", *MOST),
        ("مقتل ما لا يقل عن 50 شخصا في غارة جوية على خاركيف", *LEAST),
        ("כמעט 50 בני אדם נהרגו בתקיפה אווירית בחרקיב", *NEARLY),
        ("עד 50 בני אדם נהרגו בתקיפה אווירית בחרקיב", *MOST),
        ("לא פחות מ-50 בני אדם נהרגו בתקיפה אווירית בחרקיב", *LEAST),
        ("Près de 50 personnes tuées dans une frappe aérienne à Kharkiv", *NEARLY),
        ("Jusqu'à 50 personnes tuées dans une frappe aérienne à Kharkiv", *MOST),
        ("Pas moins de 50 personnes tuées dans une frappe aérienne à Kharkiv", *LEAST),
        ("Casi 50 personas mueren en un ataque aéreo en Járkov", *NEARLY),
        ("Hasta 50 personas mueren en un ataque aéreo en Járkov", *MOST),
        ("No menos de 50 personas mueren en un ataque aéreo en Járkov", *LEAST),
        ("Fast 50 Menschen bei Luftangriff in Charkiw getötet", *NEARLY),
        ("Bis zu 50 Menschen bei Luftangriff in Charkiw getötet", *MOST),
        ("Nicht weniger als 50 Menschen bei Luftangriff in Charkiw getötet", *LEAST),
        ("Prawie 50 osób zginęło w nalocie na Charków", *NEARLY),
        ("Nawet 50 osób zginęło w nalocie na Charków", *MOST),
        ("Nie mniej niż 50 osób zginęło w nalocie na Charków", *LEAST),
        ("חמישה הרוגים לפחות בתקיפה אווירית בחרקיב", (5, None), "at_least"),
        ("Unas 50 personas mueren en un ataque aéreo en Járkov", (50, 50), "about"),
        ("Weitere 50 Menschen bei Luftangriff in Charkiw getötet", (50, 50), "exact"),
        ("Family of four killed in air strike on Rafah", (4, 4), "exact"),
    ],
)
def test_a_bound_in_any_language(
    title: str, count: tuple[int | None, int | None], bound: Bound, judging: Judging
) -> None:
    found = read(judging, title)
    assert (found.killed, dict(found.bounds).get("killed")) == (Count(*count), bound)


def test_the_best_of_nearly_fifty_is_fifty(judging: Judging) -> None:
    found = read(judging, "Nearly 50 people killed in air strike on market in Darfur")
    assert numbers_json(found)["killed"] == {"low": 45, "best": 50, "high": 50, "bound": "about"}


@pytest.mark.parametrize(
    ("title", "killed"),
    [
        ("Strike kills 1,200 people in Gaza", 1200),
        ("Strike kills 1 200 people in Gaza", 1200),
        ("Strike kills 1\u00a0200 people in Gaza", 1200),
        ("Strike kills 1\u202f200 people in Gaza", 1200),
        ("Strike kills 1&nbsp;200 people in Gaza", 1200),
        ("Strike kills 1&#160;200 people in Gaza", 1200),
        ("Strike kills 1'200 people in Gaza", 1200),
        ("Strike kills 1.2 thousand people in Gaza", 1200),
        ("Luftangriff tötet 1.200 Menschen in Gaza", 1200),
        ("Luftangriff tötet 1,2 Tausend Menschen in Gaza", 1200),
        ("Bombardeo aéreo mata a 1.200 personas en Gaza", 1200),
        ("Une frappe aérienne tue 1 200 personnes à Gaza", 1200),
        ("Nalot zabił 1,5 tysiąca osób w Gazie", 1500),
        ("Авіаудар по Газі: 1,5 тис. загиблих", 1500),
        ("Авиаудар по Газе: 1,5 тыс. погибших", 1500),
        ("Strike kills 2.5 people in Gaza", None),
        ("Strike k\u00adil\u00adled 2\u200b5 peo\u200cple in Gaza", 25),
        ("Strike kil&shy;led 25 people in Gaza", 25),
        ("\ufeffStrike killed\u200e 25\u200e people in Gaza\ufeff", 25),
        ("Luft\u00adan\u00adgriff tötet 25 Men\u00adschen in Gaza", 25),
    ],
)
def test_a_number_however_it_is_set(title: str, killed: int | None, judging: Judging) -> None:
    found = read(judging, title)
    assert found.killed == (Count(killed, killed) if killed else None)
    assert found.place is not None
    assert found.place.name == "Gaza Strip"


@pytest.mark.parametrize("title", ["Missiles hit Khar\u00adkiv, killing 3", "Missiles hit Tel\u2011Aviv, killing 3"])
def test_a_name_with_something_unseen_in_it_is_found(title: str, judging: Judging) -> None:
    found = read(judging, title)
    assert found.place is not None
    assert found.place.precision == "city"
    for words in found.evidence:
        assert title[words.start : words.end] == words.quote


def test_a_range_with_a_hyphen_that_does_not_break(judging: Judging) -> None:
    for hyphen in ("-", "\u2010", "\u2011", "\u2013", "&#8209;", "&ndash;"):
        assert read(judging, f"Strikes on Gaza kill 20{hyphen}25 people").killed == Count(20, 25), hyphen


@pytest.mark.parametrize(
    ("title", "killed", "injured"),
    [
        ("One soldier killed, another critically wounded in drone strike on Kherson", 1, 1),
        ("One killed and another injured in drone strike on Kherson", 1, 1),
        ("Two killed, one in critical condition after drone strike on Kherson", 2, 1),
        ("Another missile killed three in Kherson", 3, None),
        ("Удар по Кривому Рогу: одна людина загинула, ще одна у важкому стані", 1, 1),
        ("Удар по Харькову: один погиб, ещё один тяжело ранен", 1, 1),
        ("مقتل جندي وإصابة آخر بجروح خطيرة في قصف على خاركيف", 1, 1),
        ("חייל נהרג וחייל נוסף נפצע קשה מפגיעת רחפן בחרקיב", 1, 1),
        ("Un soldat tué et un autre grièvement blessé dans une frappe à Kharkiv", 1, 1),
        ("Un soldado muerto y otro herido grave en un ataque con drones en Járkov", 1, 1),
        ("Ein Soldat getötet, ein weiterer schwer verletzt: Drohnenangriff auf Charkiw", 1, 1),
        ("Ostrzał Chersonia: jedna osoba zginęła, kolejna jest ciężko ranna", 1, 1),
        ("Otro ataque con drones deja un muerto y dos heridos en Járkov", 1, 2),
        ("Une autre frappe tue trois personnes à Kharkiv", 3, None),
        ("Rosyjski atak na Charków: dwóch zabitych, pięciu rannych", 2, 5),
        ("Авіабомби на Харків: двох людей убито, п'ятьох поранено", 2, 5),
        ("Удар по Харькову: двоих человек убило, пятерых ранило", 2, 5),
        ("Drones strike Belgorod, killing 2; missiles fly on", 2, None),
    ],
)
def test_one_more_is_counted_in_any_language(title: str, killed: int, injured: int | None, judging: Judging) -> None:
    found = read(judging, title)
    assert found.killed == Count(killed, killed)
    assert found.injured == (Count(injured, injured) if injured else None)
