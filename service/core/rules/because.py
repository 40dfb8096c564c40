"""Why a rule holds for something or not, in few words and with the sentence that shows it: for lists of many."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.core.rules.evaluate import Node, match
from service.core.rules.lint import terms_in
from service.core.rules.rule import Rule
from service.core.rules.subject import Subject, Text
from service.core.rules.syntax import Query, Term
from service.core.rules.words import is_spaceless
from service.core.text.sentences import sentence_around

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is one of the words that were looked for."""

_LONGEST = 240
_MOST_TERMS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """`text` is the place in `subject.texts` that is spoken of. What the rule lacks, and what it is left out by."""

    matched: bool
    text: int
    quote: Marked = ()
    lacks: tuple[str, ...] = ()
    left_out_by: tuple[str, ...] = ()


def because(rule: Rule, subject: Subject) -> Because:
    """Hold a rule against a subject and say why."""
    found = match(rule, subject)
    number = found.text or 0
    if found.matched:
        return Because(matched=True, text=number, quote=quote(rule.query, subject.texts[number]))
    parts = [part for part in _parts(found.tree) if not part.passed]
    return Because(
        matched=False,
        text=number,
        lacks=tuple(_lack(part) for part in parts if part.label != "NOT"),
        left_out_by=tuple(name for part in parts if part.label == "NOT" for name in _there(part)),
    )


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if tree.label == "all of" else (tree,)


def _lack(part: Node) -> str:
    label = " or ".join(below.label for below in part.parts) if part.label == "any of" else part.label
    return f"{label} ({part.found})" if part.found else label


def _there(node: Node) -> Iterator[str]:
    """Yield what made the part under a NOT hold, as deep as it goes."""
    for part in node.parts:
        if part.passed and part.parts:
            yield from _there(part)
        elif part.passed:
            yield part.found or part.label


def quote(query: Query, text: Text) -> Marked:
    """Return the sentence in which a text has something the query asks for, what it asks for marked.

    Without any such words it is the beginning of the text; nothing of a text that is a headline only.
    """
    wanted = _pattern(query)
    bodies = [body for body in (text.content, text.summary) if body.strip()]
    for body in bodies:
        if wanted and (hit := wanted.search(body)):
            sentence = sentence_around(body[hit.start() : hit.end()], [body[: hit.end() + _LONGEST]], longest=_LONGEST)
            return tuple(_pieces(wanted, " ".join(sentence.split())))
    if not bodies:
        return ()
    first = " ".join(bodies[0][: 4 * _LONGEST].split())
    return ((first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…", False),)


def _pieces(wanted: re.Pattern[str], sentence: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for hit in wanted.finditer(sentence):
        if hit.start() > at:
            yield sentence[at : hit.start()], False
        yield hit[0], True
        at = hit.end()
    if at < len(sentence):
        yield sentence[at:], False


@lru_cache(maxsize=64)
def _pattern(query: Query) -> re.Pattern[str] | None:
    """Return what finds the words of a query in a text as written. It marks for eyes and decides nothing."""
    terms = [term for _, term in zip(range(_MOST_TERMS), terms_in(query, lists=True), strict=False)]
    return re.compile("|".join(map(_written, terms)), re.IGNORECASE) if terms else None


def _written(term: Term) -> str:
    first, last = term.words[0], term.words[-1]
    begins = "" if is_spaceless(first) else r"\b"
    ends = r"\w*" if term.prefix else "" if is_spaceless(last) else r"\b"
    return begins + r"\W{0,3}".join(map(re.escape, term.words)) + ends
