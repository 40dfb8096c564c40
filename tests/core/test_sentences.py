"""The sentence that goes out with a number."""

import pytest

from service.core.text.sentences import sentence_around

TEXT = (
    "Drones came at night. At least six people were killed, the mayor said. Rescue went on! Тривога. Загинули шестеро."
)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("six people were killed", "At least six people were killed, the mayor said."),
        ("Drones", "Drones came at night."),
        ("шестеро", "Загинули шестеро."),
        ("night. At least", "Drones came at night. At least six people were killed, the mayor said."),
        ("not in it", "not in it"),
        ("", ""),
    ],
)
def test_the_sentence_around_a_quote(quote: str, expected: str) -> None:
    assert sentence_around(quote, [TEXT]) == expected


def test_a_sentence_without_end_gives_only_the_quote() -> None:
    assert sentence_around("six killed", ["word " * 200 + "six killed " + "word " * 200]) == "six killed"


def test_the_first_text_that_has_it_speaks() -> None:
    assert sentence_around("six", ["Five.", "All six.", "Title with six"]) == "All six."
