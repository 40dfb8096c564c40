"""The query language: what it accepts, and that its normal form reads back as the same query."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.errors import BadRule
from service.core.report import STATUSES, WEAPONS
from service.core.rules import Query, Term, format_query, parse_query
from service.core.rules.syntax import And, Box, Comparison, FieldIs, InText, ListRef, Near, Not, NumberIs, Or, Within
from service.core.rules.tidy import tidy
from service.core.rules.words import joined, tokens
from tests.core.rules.given import LISTS

NORMAL_FORMS = [
    ("kind:strike   AND killed >= 5", "kind:strike AND killed>=5"),
    ("Drone OR DRONES", "drone OR drones"),
    ("((drone))", "drone"),
    ("(a AND b) AND c", "(a AND b) AND c"),
    ("a AND (b OR NOT (c OR d) OR e NEAR/3 f)", "a AND (b OR NOT (c OR d) OR e NEAR/3 f)"),
    ("NOT NOT drone", "NOT NOT drone"),
    ("cease-fire", '"cease fire"'),
    ("cease-fir*", "cease-fir*"),
    ('"or"', '"or"'),
    ('"near" OR near', '"near" OR "near"'),
    ("country:(pl OR no)", "country:(PL OR NO)"),
    ('status:"under way"', "status:under_way"),
    ("status:under-way", "status:under_way"),
    ('place:"Khan Younis"', 'place:"khan younis"'),
    ("title:(opinion OR analys*)", "title:(opinion OR analys*)"),
    ("confidence >= 0.50", "confidence>=0.5"),
    ("within(47.512,34.586,60 km)", "within(47.512, 34.586, 60km)"),
    ("bbox(-11.0, 170, 20, -170)", "bbox(-11, 170, 20, -170)"),
    ("$strike_words NEAR/15 (hospital OR $labour)", "$strike_words NEAR/15 (hospital OR $labour)"),
    ("a ONEAR/30 b", "a ONEAR/30 b"),
    ("停火 OR 和平谈判", "停火 OR 和平谈判"),
    ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ("\uff4b\uff59\uff49\uff56", "kyiv"),
    ("удар* NEAR/4 місто", "удар* NEAR/4 місто"),
]


@pytest.mark.parametrize(("text", "normal"), NORMAL_FORMS)
def test_a_query_has_one_normal_form(text: str, normal: str) -> None:
    assert format_query(parse_query(text, LISTS)) == normal


def test_or_may_hold_a_branch_that_asks_only_beside_others_that_do() -> None:
    """A branch of nothing but NOT would let everything in, wherever it stands."""
    with pytest.raises(BadRule, match="must not be there"):
        parse_query("(a AND b) OR NOT (c OR d)")
    with pytest.raises(BadRule, match="must not be there"):
        parse_query("NOT (a AND b)")
    assert parse_query("NOT (NOT a OR NOT b)")
    assert parse_query("NOT NOT a")


def test_near_as_a_word_needs_no_capitals_and_no_number() -> None:
    assert parse_query("near AND kyiv") == parse_query('"near" AND kyiv')


def test_positions_do_not_make_queries_differ() -> None:
    assert parse_query("a AND b") == parse_query("  a   AND   b ")


def test_errors_name_the_column_from_one() -> None:
    with pytest.raises(BadRule) as caught:
        parse_query("kind:strike AND kiled>=5")
    assert (caught.value.code, caught.value.column) == ("E115", 17)
    assert caught.value.hint == "did you mean 'killed'?"


word = st.text(min_size=1, max_size=12).map(tokens).filter(lambda found: len(found) == 1)
words = st.one_of(
    st.sampled_from([("strike",), ("or",), ("near",), ("air", "raid"), ("停", "火"), ("s",), ("within",), ("5",)]),
    word,
    st.text(min_size=1, max_size=20).map(tokens).filter(bool),
)
prefixes = st.sampled_from([("str",), ("cease", "fir"), ("удар",), ("غارات",), ("नगर",)])
terms = st.one_of(
    st.builds(lambda found: Term(words=found), words), st.builds(lambda found: Term(words=found, prefix=True), prefixes)
)
lists = st.sampled_from([ListRef(name=name, terms=found) for name, found in LISTS.items()])
sides = st.lists(st.one_of(terms, lists), min_size=1, max_size=4).map(tuple)
names = words.map(joined)
comparisons: st.SearchStrategy[Comparison] = st.sampled_from([">=", "<=", ">", "<", "=", "!="])
degrees = st.decimals(-90, 90, places=4).map(lambda value: float(value) + 0.0)


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


leaves = st.one_of(
    terms,
    lists,
    st.builds(
        InText, section=st.sampled_from(["title", "body"]), terms=st.lists(terms, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(FieldIs, name=st.sampled_from(["place", "actor", "target", "source", "region"]), values=some(names)),
    st.builds(FieldIs, name=st.just("country"), values=some(st.sampled_from(["UA", "NO", "IN", "OM"]))),
    st.builds(FieldIs, name=st.just("weapon"), values=some(st.sampled_from(WEAPONS))),
    st.builds(FieldIs, name=st.just("status"), values=some(st.sampled_from(STATUSES))),
    st.builds(FieldIs, name=st.just("lang"), values=some(st.sampled_from(["uk", "en", "or"]))),
    st.builds(
        NumberIs,
        name=st.sampled_from(["killed", "injured"]),
        comparison=comparisons,
        value=st.integers(0, 10**7).map(float),
    ),
    st.builds(
        NumberIs,
        name=st.just("confidence"),
        comparison=comparisons,
        value=st.decimals(0, 1, places=6).map(lambda value: abs(float(value))),
    ),
    st.builds(Within, lat=degrees, lon=degrees, km=st.decimals("0.001", 20000, places=3).map(float)),
    st.builds(
        Box, south=degrees.map(lambda value: -abs(value) + 0.0), west=degrees, north=degrees.map(abs), east=degrees
    ),
    st.builds(Near, left=sides, right=sides, distance=st.integers(1, 30), ordered=st.booleans()),
)


def _grown(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda found: And(parts=found), several),
        st.builds(lambda found: Or(parts=found), several),
        st.builds(lambda part: Not(part=part), parts),
    )


queries = st.recursive(leaves, _grown, max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(queries)
def test_what_is_formatted_reads_back_as_the_same_query(query: Query) -> None:
    anchored = And(parts=(Term(words=("anchor",)), query))
    text = format_query(anchored)
    try:
        found = parse_query(text, LISTS)
    except BadRule as error:
        assert error.code == "E117", f"{error.located()} in {text}"  # noqa: PT017  too deep is the only way out
        return
    assert found == anchored
    assert format_query(found) == text


PIECES = [
    "a",
    "(b)",
    "(",
    ")",
    "AND",
    "OR",
    "NOT",
    '"',
    ":",
    ">=",
    "5",
    "$",
    "*",
    "NEAR/3",
    "kind",
    "within(",
    ",",
    "-",
]


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_is_a_query_or_a_placed_error(text: str) -> None:
    try:
        parse_query(text, LISTS)
    except BadRule as error:
        assert error.code.startswith("E1")  # noqa: PT017
        assert error.hint  # noqa: PT017
        assert error.column is not None  # noqa: PT017
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("Kind : strike   AND(Kharkiv OR Odesa )", "kind:strike AND (Kharkiv OR Odesa)"),
        ("Killed >= 5", "killed>=5"),
        ("NOT  ( $labour )AND kyiv", "NOT ($labour) AND kyiv"),
        ('"air  raid" NEAR / 5 (Kyiv OR shell*)', '"air raid" NEAR/5 (Kyiv OR shell*)'),
        ("country:( ua OR PL )", "country:(ua OR PL)"),
        ("bbox( 1,2 ,3, 4.50)", "bbox(1, 2, 3, 4.5)"),
    ],
)
def test_tidying_keeps_how_words_are_spelt(text: str, tidied: str) -> None:
    assert tidy(text, LISTS) == tidied
    assert tidy(tidied, LISTS) == tidied
