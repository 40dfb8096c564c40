"""Lexicons from files: what is right, and where it is wrong."""

from pathlib import Path

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import can_match, lexicon_faults, load_lexicons
from service.core.errors import BadConfig
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.reading import entry

GOOD = "lang: en\nlists:\n  raid: [air raid/s]\ntables:\n  codes: {ukraine: UA}\n"


def test_a_lexicon_is_read(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text(GOOD)
    lexicon = load_lexicons([tmp_path])["en"]
    assert lexicon.lists == {"raid": ("air raid/s",)}
    assert lexicon.tables == {"codes": {"ukraine": "UA"}}


@pytest.mark.parametrize(
    ("top", "words", "codes"),
    [
        ("", ("theirs", "mine"), {"ukraine": "XX", "sudan": "SD", "norland": "NO"}),
        ("replaces: true\n", ("mine",), {"ukraine": "XX", "norland": "NO"}),
    ],
)
def test_an_operators_file_adds_to_the_shipped_one_or_replaces_it(
    tmp_path: Path, top: str, words: tuple[str, ...], codes: dict[str, str]
) -> None:
    for name in ("own", "shipped"):
        (tmp_path / name).mkdir()
    own = "lang: en\nlists: {raid: [mine]}\ntables:\n  codes: {ukraine: XX, norland: NO}\n"
    (tmp_path / "own" / "en.yaml").write_text(top + own)
    shipped = "lang: en\nlists: {raid: [theirs], kill: [killed]}\ntables:\n  codes: {ukraine: UA, sudan: SD}\n"
    (tmp_path / "shipped" / "en.yaml").write_text(shipped)
    (tmp_path / "shipped" / "uk.yaml").write_text("lang: uk\ncodes: en\n")
    lexicons = load_lexicons([tmp_path / "own", tmp_path / "shipped"])
    assert (lexicons["en"].lists["raid"], lexicons["en"].tables["codes"]) == (words, codes)
    assert ("kill" in lexicons["en"].lists) is (top == "")
    assert lexicons["uk"].tables["codes"] == codes, "whose codes another language takes"


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("lists: {raidd: [bomb]}", ":2:16", "nothing asks for a list 'raidd' (did you mean raid?)"),
        ("lists: {zzzz: [bomb]}", ":2:15", "nothing asks for a list 'zzzz' (the shipped lexicon/en.yaml"),
        ("replaces: true\nlists: {raidd: [bomb]}", ":3:16", "did you mean raid?"),
        ("tables:\n  code: {ukraine: UA}", ":3:9", "nothing asks for a table 'code' (did you mean codes?)"),
        ("lists: {raid: []}", ":2:15", "the list 'raid' holds nothing usable"),
        ("lists: {raid: [Zorble Strike, 'No. 7']}", ":2:15", "the list 'raid' holds nothing usable (small letters"),
        ("lists: {raid: [zorble strike, Zorble Strike]}", ":2:31", "'Zorble Strike' matches nothing (small letters"),
        ("lists: {raid: [zorble strike, zorble M23]}", ":2:31", "'zorble M23' matches nothing"),
        ("lists: {raid: [air raid/s, ZORB/s strike, zorb*, l'attaque, m 23], kill: [Dead]}", "", ""),
        ("tables: {codes: {Ukraine: UA, sudan: SD}}", "", ""),
        ("tables: {codes: {Norland: NO, sudan: SD}}", ":2:27", "'Norland' matches nothing"),
    ],
)
def test_what_has_no_effect_is_told_with_its_place_and_the_nearest_name(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    """Of what is in ours too nothing is said: it may be a copy of it."""
    for name in ("own", "shipped"):
        (tmp_path / name).mkdir()
    (tmp_path / "own" / "en.yaml").write_text(f"lang: en\n{text}\n")
    ours = "lang: en\nlists: {raid: [theirs], kill: [Dead]}\ntables:\n  codes: {Ukraine: UA}\n"
    (tmp_path / "shipped" / "en.yaml").write_text(ours)
    folders = [tmp_path / "own", tmp_path / "shipped"]
    assert load_lexicons(folders)
    found = [fault.located() for fault in lexicon_faults(folders)]
    assert len(found) == bool(place), found
    for fault in found:
        assert fault.startswith(f"{tmp_path / 'own' / 'en.yaml'}{place}: E200 ")
        assert says in fault


def test_the_shipped_words_alone_have_no_fault() -> None:
    assert lexicon_faults([shipped("config") / "lexicon"]) == []


def test_no_shipped_word_is_of_no_effect() -> None:
    for lang, lexicon in load_lexicons([shipped("config") / "lexicon"]).items():
        named = [(name, word) for words in (lexicon.lists, lexicon.tables) for name in words for word in words[name]]
        assert [f"{lang} {name}: {word}" for name, word in named if not can_match(name, word)] == []


def test_three_words_of_an_operators_own_are_found_beside_all_that_are_shipped(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("lang: en\nlists: {raid: [zorble strike]}\n")
    judging = Judging(load_lexicons([tmp_path, shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())
    titles = ("Zorble strike kills three in Kharkiv", "Russian airstrike kills three in Kharkiv")
    judged = judging.judge([entry(title, "") for title in titles])
    assert [[report.new for report in each.reports] for each in judged] == [[True], [True]]


def test_an_operators_file_in_another_language_than_its_name_says_so(tmp_path: Path) -> None:
    for name, lang in (("own", "uk"), ("shipped", "en")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "en.yaml").write_text(f"lang: {lang}\n")
    with pytest.raises(BadConfig, match="'uk' adds to 'en'"):
        load_lexicons([tmp_path / "own", tmp_path / "shipped"])


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("lang: en\nlists:\n  raid: bomb\n", ":3:9", "not a list"),
        ("lang: en\nlists:\n  raid: [bomb, false]\n", ":3:16", "not a word: False"),
        ("lang: en\nlists:\n  raid: ['-']\n", ":3:10", "no word in '-'"),
        ("lang: en\nlists:\n  raid: [air raid, '*']\n", ":3:20", "no word in '*'"),
        ("lang: en\nlists:\n  raid: [/s]\n", ":3:10", "no word in '/s'"),
        ("lang: en\ntables:\n  codes: {'--': UA}\n", ":3:17", "no word in '--'"),
        ("lang: en\nlist: {}\n", ":2:7", "no such key 'list'"),
        ("lang: en\nreplaces: all\n", ":2:11", "`replaces` is true or false"),
        ("lists: {}\n", ":1:1", "lang is missing"),
        ("lang: en\ntables:\n  numerals: {two: 2}\n", ":3:19", "not words"),
        ("lang: en\nlists: [raid]\n", ":2:8", "not a mapping"),
        ("lang: [en\n", ":2:1", ""),
        ("", ":1:1", "not a lexicon"),
        ("lang: en\ncodes: xx\n", ":2:8", "no lexicon 'xx'"),
        ("lang: en\ngrammar:\n  strikes: {raid: '0.5'}\n", ":3:12", "no such grammar 'strikes'"),
        ("lang: en\ngrammar:\n  strike: {raid: much}\n", ":3:18", "not a weight"),
        ("lang: en\ngrammar:\n  sides: {raid ..2 peoples: '2'}\n", ":3:29", "no such step"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, place: str, message: str) -> None:
    path = tmp_path / "en.yaml"
    path.write_text(text)
    with pytest.raises(BadConfig) as caught:
        load_lexicons([tmp_path])
    assert caught.value.located().startswith(f"{path}{place}: E200 ")
    assert message in caught.value.message


def test_no_lexicon_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no lexicon found"):
        load_lexicons([tmp_path])
