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


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Air raid", "Drones hit the port. Two-day cease-fire; o'brien said\n\tso"),
        ("", ""),
        (
            "Kyiv\N{RIGHT SINGLE QUOTATION MARK}s port",
            "\N{LEFT DOUBLE QUOTATION MARK}Truce\N{RIGHT DOUBLE QUOTATION MARK}",
        ),
        ("Удар по порту", "停火協議 drone"),
    ],
)
def test_a_text_searched_for_few_words_says_what_one_that_was_parted_says(title: str, body: str) -> None:
    asked = [
        "air",
        "raid",
        "rai",
        "drones",
        "drone",
        "port",
        "cease",
        "fire",
        "ceasefire",
        "o",
        "brien",
        "s",
        "удар",
        "停",
        "so",
    ]
    parted = Words(title, body)
    assert parted.all == {*tokens(title), *tokens(body)}
    for word in asked:
        assert Words(title, body).has((word,)) == parted.has((word,)) == (word in parted.all), word
        assert Words(title, body).has((word,), prefix=True) == parted.has((word,), prefix=True), word
        assert Words(title, body).has_any([word, "nowhere"]) == parted.has_any([word, "nowhere"]), word
    assert Words(title, body).has_any([*map(str, range(60)), "port"]) == ("port" in parted.all)


def test_places_of_many_words_are_those_of_each() -> None:
    title, body = "a b c a", " ".join("abcdefghijklmnop" * 3)
    many = Words(title, body)
    for word in "abcdefghijklmnopq":
        assert many.spans((word,)) == Words(title, body).spans((word,)), word
