"""The gazetteer: what it knows, and that its builder and its reader agree on names."""

import runpy
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from service.adapters.gazetteer import SHIPPED, SqliteGazetteer, key
from service.core.errors import BadConfig

BUILDER = Path(__file__).parents[2] / ".ci" / "build_gazetteer.py"


@pytest.fixture
def gazetteer() -> Iterator[SqliteGazetteer]:
    opened = SqliteGazetteer()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("name", "country", "precision"),
    [
        ("Kyiv", "UA", "city"),
        ("Київ", "UA", "city"),
        ("Киев", "UA", "city"),
        ("غزة", "PS", "region"),
        ("Deir al-Balah", "PS", "city"),
        ("donbas", "UA", "region"),
        ("KHARKIV OBLAST", "UA", "region"),
        ("El Fasher", "SD", "city"),
        ("Sudan", "SD", "country"),
        ("Torkham", "PK", "city"),
        ("Walikale", "CD", "city"),
        ("capital:ua", "UA", "city"),
        ("capital:sd", "SD", "city"),
    ],
)
def test_places_of_the_news_are_known(gazetteer: SqliteGazetteer, name: str, country: str, precision: str) -> None:
    first = gazetteer.find([name])[name][0]
    assert (first.country, first.precision) == (country, precision)


@pytest.mark.parametrize(
    ("name", "country", "shown"),
    [
        ("Ţarţūs", "SY", "Tartus"),
        ("Nabatîyé et Tahta", "LB", "Nabatieh"),
        ("Запоріжжя", "UA", "Zaporizhzhia"),
        ("Nikopol'", "UA", "Nikopol"),
        ("Al Qadarif", "SD", "Gedaref"),
        ("Khān Yūnis", "PS", "Khan Younis"),
        ("غزة", "PS", "Gaza City"),
        ("Qamishli", "SY", "Qamishli"),
        ("Hamadān", "IR", "Hamadan"),
        ("Fallujah", "IQ", "Fallujah"),
        ("Misratah", "LY", "Misrata"),
        ("Kandahār", "AF", "Kandahar"),
        ("Mek'ele", "ET", "Mekelle"),
        ("Nay Pyi Taw", "MM", "Naypyidaw"),
        ("Arkhangel'sk", "RU", "Arkhangelsk"),
        ("São Paulo", "BR", "São Paulo"),
        ("Muş", "TR", "Muş"),
    ],
)
def test_places_are_shown_by_the_names_people_read(
    gazetteer: SqliteGazetteer, name: str, country: str, shown: str
) -> None:
    towns = [place for place in gazetteer.find([name])[name] if place.precision == "city" and place.country == country]
    assert towns[0].name == shown


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Kyiv", "Europe/Kyiv"),
        ("Belgorod", "Europe/Moscow"),
        ("Belgorod region", "Europe/Moscow"),
        ("Crimea", "Europe/Simferopol"),
        ("Gaza Strip", "Asia/Gaza"),
        ("Southern Lebanon", "Asia/Beirut"),
        ("Ukraine", "Europe/Kyiv"),
        ("Russia", "Europe/Moscow"),
        ("United States", "America/New_York"),
        ("Alaska", "America/Anchorage"),
        ("Red Sea", ""),
    ],
)
def test_a_place_knows_the_zone_of_its_clocks(gazetteer: SqliteGazetteer, name: str, zone: str) -> None:
    found = gazetteer.find([name])[name][0].zone
    assert found == zone


def test_every_zone_is_one_that_clocks_are_known_of() -> None:
    db = sqlite3.connect(SHIPPED)
    zones = {zone for (zone,) in db.execute("SELECT DISTINCT zone FROM place WHERE zone != ''")}
    db.close()
    assert zones <= available_timezones()


def test_a_town_of_ours_is_not_told_twice(gazetteer: SqliteGazetteer) -> None:
    for name in ("Nabatieh", "Khan Younis", "El Fasher", "Port Sudan", "Bakhmut"):
        assert len([place for place in gazetteer.find([name])[name] if place.precision == "city"]) == 1, name


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "service" / "adapters").mkdir(parents=True)
    shutil.copy(BUILDER.parents[1] / "config" / "places.yaml", tmp_path / "config")
    built: Path = runpy.run_path(str(BUILDER))["build"](tmp_path)
    assert built.read_bytes() == SHIPPED.read_bytes(), "the gazetteer is not what the builder makes: build it again"


def test_a_shown_name_of_no_place_stops_the_build() -> None:
    with pytest.raises(SystemExit, match=r"E200 shown, but GeoNames has no such name: Nowhereville"):
        list(runpy.run_path(str(BUILDER))["renamed"]([], {("UA", "nowhereville"): "Nowhereville"}))


def test_namesakes_come_most_populous_first(gazetteer: SqliteGazetteer) -> None:
    populations = [place.population for place in gazetteer.find(["Odessa"])["Odessa"]]
    assert len(populations) > 1
    assert populations == sorted(populations, reverse=True)


def test_unknown_names_are_left_out(gazetteer: SqliteGazetteer) -> None:
    assert gazetteer.find(["Nowhereville-upon-Nothing", "'; DROP TABLE name; --", ""]) == {}


def test_many_names_and_many_threads(gazetteer: SqliteGazetteer) -> None:
    names = [f"name {number}" for number in range(3000)] + ["Kyiv"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: gazetteer.find(names), range(16)))
    assert all(list(answer) == ["Kyiv"] for answer in answers)


def test_memory_is_bounded() -> None:
    opened = SqliteGazetteer(remember=10)
    opened.find([f"name {number}" for number in range(1000)])
    assert opened.find(["Kyiv"])["Kyiv"][0].country == "UA"
    assert len(opened._known) == 10
    opened.close()


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"gazetteer is missing.*build_gazetteer") as caught:
        SqliteGazetteer(tmp_path / "none.sqlite")
    assert caught.value.file.endswith("none.sqlite")


def test_a_file_that_is_no_gazetteer_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.sqlite"
    path.write_text("not a database, but long enough to look at" * 50)
    with pytest.raises(BadConfig, match="not a gazetteer"):
        SqliteGazetteer(path)


def test_the_builder_and_the_reader_agree_on_names() -> None:
    built = runpy.run_path(str(BUILDER))["key"]
    for name in ("Deir al-Balah", "Sana’a", "St. Petersburg", "İzmir", "Çanakkale (centre)", "Куп'янськ", "  a  b "):
        assert built(name) == key(name)


def test_the_file_is_only_read() -> None:
    before = SHIPPED.stat().st_mtime_ns
    opened = SqliteGazetteer()
    opened.find(["Kyiv"])
    with pytest.raises(sqlite3.OperationalError):
        opened._db.execute("DELETE FROM name")
    opened.close()
    assert SHIPPED.stat().st_mtime_ns == before
