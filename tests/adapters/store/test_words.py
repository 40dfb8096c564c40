"""The index of words: what is asked for among some ids is found there and nowhere else, however far apart they are."""

from collections.abc import Sequence
from contextlib import closing

import pytest

from service.adapters.store import words
from service.adapters.store.databases import database

KEPT = (1, 4_095, 4_096, 8_191, 8_192, 1_000_000, 2**40)
"""Ids at both ends of blocks, and far apart."""


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ((1, 4_095), (1, 4_095)),
        ((4_095, 4_096), (4_095, 4_096)),
        ((4_097, 8_191), (8_191,)),
        ((2, 8_000), (4_095, 4_096)),
        ((8_000, 2_000_000), (8_191, 8_192, 1_000_000)),
        ((1, 2**62), KEPT),
    ],
)
def test_moments_are_found_among_the_ids_of_a_span(store_url: str, span: tuple[int, int], found: Sequence[int]) -> None:
    with closing(database(store_url, durable=False)) as known, known.writing() as connection:
        for row_id in KEPT:
            words.put(connection, "moment_words", row_id, ["strike", "kind:strike", "country:UA"])
        words.put(connection, "moment_words", 4_000, ["talks"])
        words.put(connection, "moment_words", 4_000, ["truce"])
        for group in ([{"strike"}], [{"stri*", "talks"}, {"country:UA"}]):
            query = words.having(connection, [group], span=span)
            assert sorted(connection.execute(query).scalars()) == list(found)
            assert words.number(connection, group, span=span) == len(found)


def test_several_questions_are_answered_in_their_order(store_url: str) -> None:
    """What was replaced is there no more, and what asks for nothing in particular is met by anything."""
    with closing(database(store_url, durable=False)) as known, known.writing() as connection:
        words.put(connection, "moment_words", 7, ["kind:talks"])
        words.put(connection, "moment_words", 7, ["kind:strike"])
        words.put(connection, "entry_words", 8, ["o'brien"])
        asked: list[tuple[words.Index, words.Group]] = [
            ("moment_words", [{"kind:strike"}]),
            ("moment_words", [{"kind:talks"}]),
            ("entry_words", [{"kind:strike"}]),
            ("entry_words", [{"o'brien"}]),
            ("entry_words", []),
        ]
        assert words.has_any(connection, asked) == [True, False, False, True, True]
