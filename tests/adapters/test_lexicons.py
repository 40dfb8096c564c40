"""Lexicons from files: what is right, and where it is wrong."""

from pathlib import Path

import pytest

from service.adapters.lexicons import load_lexicons
from service.core.errors import BadConfig

GOOD = "lang: en\nlists:\n  raid: [air raid/s]\ntables:\n  codes: {ukraine: UA}\n"


def test_a_lexicon_is_read(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text(GOOD)
    lexicon = load_lexicons([tmp_path])["en"]
    assert lexicon.lists == {"raid": ("air raid/s",)}
    assert lexicon.tables == {"codes": {"ukraine": "UA"}}


def test_the_first_folder_that_has_a_file_counts(tmp_path: Path) -> None:
    for name, word in (("own", "mine"), ("shipped", "theirs")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "en.yaml").write_text(f"lang: en\nlists: {{raid: [{word}]}}\n")
    (tmp_path / "shipped" / "uk.yaml").write_text("lang: uk\n")
    lexicons = load_lexicons([tmp_path / "own", tmp_path / "shipped"])
    assert lexicons["en"].lists["raid"] == ("mine",)
    assert set(lexicons) == {"en", "uk"}


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("lang: en\nlists:\n  raid: bomb\n", ":3:9", "not a list"),
        ("lang: en\nlists:\n  raid: [bomb, false]\n", ":3:16", "not a word: False"),
        ("lang: en\nlist: {}\n", ":2:7", "no such key 'list'"),
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
