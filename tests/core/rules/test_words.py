"""Text to words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.rules.words import Words, is_letter, is_spaceless, joined, near, normalise, tokens

TEXTS = [
    ("", ()),
    ("Ukraine's 2nd army", ("ukraine", "s", "2nd", "army")),
    ("cease-fire_now", ("cease", "fire", "now")),
    ("Straße", ("strasse",)),
    ("ﬁre", ("fire",)),
    ("می‌شود", ("میشود",)),
    ("हमले में", ("हमले", "में")),
    ("停火agreement协议", ("停", "火", "agreement", "协", "议")),
    ("ミサイル", ("ミ", "サ", "イ", "ル")),
    ("ยิง", ("ยิ", "ง")),
    ("미사일 공격", ("미사일", "공격")),
]


@pytest.mark.parametrize(("text", "found"), TEXTS)
def test_tokens(text: str, found: tuple[str, ...]) -> None:
    assert tokens(text) == found


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=40))
def test_words_written_out_read_back_as_the_same_words(text: str) -> None:
    found = tokens(text)
    if found:
        assert tokens(joined(found)) == found


@given(st.text(st.one_of(st.characters(max_codepoint=127), st.sampled_from("’“”‘–—…\xa0éЇ\u0301\u00ad")), max_size=40))
def test_the_quick_ways_to_words_find_what_the_plain_one_finds(text: str) -> None:
    joiners = {"\u00ad", "\u200b", "\u200d"}
    kept = (character for character in normalise(text) if character not in joiners)
    plain = "".join(character if is_letter(character) else " " for character in kept).split()
    assert not any(map(is_spaceless, plain))
    assert tokens(text) == tuple(plain)


@given(letters=st.lists(st.sampled_from("abc"), max_size=30), distance=st.integers(1, 5), ordered=st.booleans())
def test_near_finds_a_pair_exactly_when_there_is_one(letters: list[str], distance: int, *, ordered: bool) -> None:
    """Checked against trying every pair of positions."""
    words = Words(" ".join(letters))
    left, right = words.spans(("a",)), words.spans(("b",))
    gaps = [there[0] - here[0] for here in left for there in right]
    wanted = any(1 <= gap <= distance + 1 or (not ordered and 1 <= -gap <= distance + 1) for gap in gaps)
    assert bool(near(left, right, distance, ordered=ordered)) is wanted
