"""YAML as a tree with spans, and as plain data: both readers of each agree, and no text can end the process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service import resources
from service.adapters.yamlfile import BadYaml, Items, Node, Pairs, Scalar, compose, parse
from service.adapters.yamlfile.document import Document, parse_slowly
from service.adapters.yamlfile.tree import compose_slowly, walk
from service.core.errors import BadConfig

FILES = [
    *(Path(__file__).parents[1] / "data" / "rules").rglob("*.yaml"),
    *resources.shipped("config").rglob("*.yaml"),
]
PIECES = [
    "a",
    "b: ",
    "- ",
    "\n",
    "  ",
    "'x y'",
    '"é"',
    "|\n   t\n",
    ">-\n   停 火\n\n",
    "# c\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
]


SHORT = 20_000
"""Characters up to which a file is parsed with every kind of line ends: a long one takes the slow reader too long."""
DATA = [
    *PIECES,
    "1",
    "08",
    "-.5e3",
    "0x1f",
    "true",
    "~",
    "2026-01-05",
    "<<: ",
    "&x ",
    "*x",
    "!!str ",
    "\u2028",
    "\r\n",
    "\t",
]
"""Neither a question mark nor a new document: PyYAML refuses them inside `[…]`, where YAML allows them."""


def _shape(node: Node | None) -> list[object]:
    """Return everything a tree says, flat."""
    found: list[object] = []
    for part in walk(node) if node is not None else ():
        own = (part.value, part.style) if isinstance(part, Scalar) else len(_inside(part))
        found.append((part.start, part.end, part.tag, own))
    return found


def _inside(node: Node) -> list[object]:
    assert isinstance(node, Items | Pairs)
    return list(node.value)


def _read_both(text: str) -> None:
    try:
        slow = compose_slowly(text)
    except BadYaml:
        return
    assert _shape(compose(text)) == _shape(slow)


def _parse_both(text: str) -> None:
    assert _said(parse, text) == _said(parse_slowly, text)


def _said(reader: Callable[..., Document], text: str) -> tuple[str, object]:
    try:
        document = reader(text, file="x.yaml")
    except BadConfig as error:
        return error.located(), None
    return repr(document.data), document.positions  # as a repr, in which 1 is not true, and what holds itself ends


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_fast_reader_sees_every_file_as_the_slow_one_does(path: Path, ends: str) -> None:
    """Same values, same tags, and the same spans to the character."""
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\n", ends)
    _read_both(text)
    if len(text) < SHORT or ends == "\n":
        _parse_both(text)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40))
def test_the_fast_reader_sees_any_text_as_the_slow_one_does(text: str) -> None:
    _read_both(text)


@given(st.lists(st.sampled_from(DATA), max_size=14).map("".join) | st.text(max_size=40))
@example("? [a]\n: b\n")
@example("? a\n: b\n")
@example("--- a\n--- b\n")
@example("a: {b: , c: 1}\n")
def test_the_fast_reader_makes_of_any_text_the_data_that_the_slow_one_does(text: str) -> None:
    _parse_both(text)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\nb: 2026-13-05\n", (2, 4), "month must be in 1..12"),
        pytest.param(f"a: [1, {'9' * 5000}]\n", (1, 8), "a number of 5000 digits", id="a long number"),
        ("a: !!int x\n", (1, 4), "invalid literal"),
        ("a: !!bool maybe\n", (1, 4), "neither true nor false"),
        pytest.param("[" * 100_000, (None, None), "nested too deeply", id="deep lists"),
        pytest.param(
            "a: &x 1\nb:\n  " + "- " * 100_000, (None, None), "nested too deeply", id="deep and with an anchor"
        ),
    ],
)
def test_what_is_no_value_is_an_error_with_its_place(
    text: str, place: tuple[int | None, int | None], message: str
) -> None:
    with pytest.raises(BadConfig, match=message) as found:
        parse(text, file="x.yaml")
    assert (found.value.line, found.value.column) == place


@pytest.mark.parametrize("text", ["[" * 1_000_000, "- " * 300_000, "{a: " * 300_000])
def test_no_depth_of_nesting_ends_the_process(text: str) -> None:
    with pytest.raises(BadYaml, match="nested too deeply"):
        compose(text)


def test_settings_take_plain_values_for_what_they_look_like_today() -> None:
    """Norway is not false, half past five is not 1,050, and a date is still a date."""
    found = parse("country: NO\nat: 17:30\non: true\nday: 2026-01-05\n", file="x.yaml").data
    assert (found["country"], found["at"], found["on"], found["day"].year) == ("NO", "17:30", True, 2026)
