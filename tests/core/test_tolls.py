"""Every way to say how many: tests/stories/tolls.txt and tolls_second.txt, a sentence and its numbers a line."""

from collections.abc import Iterator

from service.core.extract.pages import leaves
from service.core.extract.toll import tolls
from service.core.report import Count, Slot
from tests.core.reading import english, entry
from tests.test_stories import STORIES

SLOTS: dict[str, Slot] = {
    "k": "killed",
    "i": "injured",
    "m": "missing",
    "c": "children_killed",
    "ci": "children_injured",
    "w": "women_killed",
}
LEAST = 250


def count(words: str) -> Count:
    if words.endswith("+"):
        return Count(int(words[:-1]), None)
    if words.startswith("-"):
        return Count(None, int(words[1:]))
    low, _, high = words.partition("-")
    return Count(int(low), int(high or low))


def lines() -> Iterator[tuple[str, dict[Slot, Count]]]:
    told = [(STORIES / name).read_text(encoding="utf-8") for name in ("tolls.txt", "tolls_second.txt")]
    for line in "\n".join(told).splitlines():
        if line and not line.startswith("#"):
            words, _, stated = line.rpartition("|")
            pairs = (pair.split() for pair in stated.split(",") if pair.strip())
            yield words.strip(), {SLOTS[slot]: count(number) for slot, number in pairs}


def test_every_number_is_read_and_none_is_made_up() -> None:
    wrong, told = [], list(lines())
    for words, stated in told:
        title = words.removeprefix("T: ")
        read = entry(title, "") if title != words else entry("Air strike on town", words)
        found = {slot: toll.people for slot, toll in tolls(leaves(read, english()), 2026).items()}
        wrong += [] if found == stated else [(words, stated, found)]
    assert len(told) >= LEAST
    assert not wrong


def test_how_a_number_was_bounded_is_told() -> None:
    """A number with its bound: what a reader is told as "at least eight" must not become "eight"."""
    stated = {
        "Eight people were killed in the strike.": "exact",
        "At least eight people were killed in the strike.": "at_least",
        "More than eight people were killed in the strike.": "over",
        "Up to eight people were killed in the strike.": "up_to",
        "Some eight people were killed in the strike.": "about",
        "Between eight and ten people were killed in the strike.": "between",
        "Dozens of people were killed in the strike.": "vague",
    }
    for words, bound in stated.items():
        found = tolls(leaves(entry("Air strike on town", words), english()), 2026)
        assert found["killed"].bound == bound
