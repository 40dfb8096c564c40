"""A file's text by lines: where they end, how far they are indented, and another text put between them."""

from difflib import SequenceMatcher

from service.adapters.rulefiles.snippet import depth_of, shown


def ends_of(text: str) -> str:
    """Return how the lines end: as Windows has them if one does."""
    return "\r\n" if "\r\n" in text else "\n"


def column_of(text: str, index: int) -> int:
    """Return how far a place is from its line's beginning."""
    return index - (text.rfind("\n", 0, index) + 1)


def line_end(text: str, index: int) -> int:
    """Return where the line ends that holds this place, its break not included."""
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    return end - 1 if end > index and text[end - 1] == "\r" else end


def indented(rule_text: str, column: int, ends: str) -> str:
    """Return a rule's text so that its first line stands at a column that is already written, the others below it."""
    first, *rest = rule_text.strip().splitlines()
    depths = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip()]
    lead = min(depths, default=0) if not first.startswith("{") else 0
    lines = [" " * column + line[lead:] if line.strip() else "" for line in rest]
    return ends.join([first, *lines])


def merged(old: str, rule_text: str, ends: str) -> str:
    """Return a rule's new text with the lines of the old one where they say the same, indented as those are."""
    before, now = old.replace("\r\n", "\n").split("\n"), shown(old).rstrip("\n").split("\n")
    wanted = shown(rule_text).rstrip("\n").split("\n")
    lead = " " * depth_of(before)
    made = list[str]()
    for kind, start, end, first, last in SequenceMatcher(None, now, wanted, autojunk=False).get_opcodes():
        if kind == "equal":
            made += before[start:end]
        else:
            made += [lead + line if at and line else line for at, line in enumerate(wanted[first:last], first)]
    return ends.join(made)
