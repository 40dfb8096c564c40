"""A query's text to tokens. Everything that is not a token is an error with its column and the way out."""

import re
from dataclasses import dataclass

from service.core.errors import BadRule
from service.core.rules.fields import FUNCTIONS
from service.core.rules.words import is_letter

MAX_LENGTH = 4_000

_SPACE = re.compile(r"\s*")
_LIST = re.compile(r"\$([\w-]*)")
_NEAR = re.compile(r"(O?NEAR)\s*/\s*([^\s()]*)", re.IGNORECASE)
_COMPARISON = re.compile(r"\s*(>=|=>|<=|=<|!=|<>|==|=|<|>)\s*")
_COLON = re.compile(r"\s*:\s*")
_INSIDE = frozenset("-_.'\u2019")
_RUN = re.compile(r"[\w.'\u2019-]+")
_ARROWS = {"=>": ">=", "=<": "<=", "<>": "!=", "==": "="}
_HINTS = {
    "&": "write AND",
    "|": "write OR",
    "!": "write NOT",
    "~": "write NOT or NEAR/n",
    "-": "write NOT",
    "+": "write AND",
    ",": "write OR or AND between terms",
    "#": "a query holds no comments; put them on a line of their own outside it",
    "*": "a * can only end a word of at least 3 letters",
    "/": "a / only belongs in NEAR/n",
    "[": "use round brackets",
    "{": "use round brackets",
    "'": 'use "double quotes"',
    ":": "a field's name belongs before the colon, as in kind:strike",
}
_CURLY = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` is its content (a field's name, a phrase without quotes), `at` and `end` its place from 0.

    `kind` is word, phrase, prefix, list, field, number, geo, near, AND, OR, NOT, (, ) or end. `extra` holds what
    follows the name: a comparison's sign, a NEAR's distance, what stands in a place function's brackets.
    """

    kind: str
    text: str
    at: int
    end: int
    extra: str = ""


def scan(text: str) -> list[Token]:
    """Return the tokens, the last of kind `end`. Raises BadRule."""
    if len(text) > MAX_LENGTH:
        hint = f"at most {MAX_LENGTH:,}; put word lists into lists.yaml or split the rule"
        message = f"the query has {len(text):,} characters"
        raise BadRule(message, hint=hint, code="E117", column=MAX_LENGTH + 1)
    found: list[Token] = []
    at = _skip(text, 0)
    while at < len(text):
        token = _next(text, at)
        found.append(token)
        at = _skip(text, token.end)
    return [*found, Token("end", "", len(text), len(text))]


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _next(text: str, at: int) -> Token:
    character = text[at]
    if character in "()":
        return Token(character, character, at, at + 1)
    if character == '"':
        return _phrase(text, at)
    if character == "$":
        return _list(text, at)
    if near := _NEAR.match(text, at):
        return _near(near)
    end = _word_end(text, at)
    if end == at:
        raise _stray(text, at)
    return _named(text, at, end)


def _stray(text: str, at: int) -> BadRule:
    character = text[at]
    if character in _CURLY:
        return BadRule("curly quotes", hint='use straight "quotes"', code="E102", column=at + 1)
    if character in "<>=":
        hint = "a comparison needs a field before it, as in killed>=5"
        return BadRule(f"{character!r} stands alone", hint=hint, code="E102", column=at + 1)
    code = "E111" if character == "*" else "E102"
    seen = (
        f'put text that holds {character!r} in "quotes"' if character.isprintable() else "remove it: it cannot be seen"
    )
    hint = _HINTS.get(character, seen)
    return BadRule(f"{character!r} means nothing here", hint=hint, code=code, column=at + 1)


def _phrase(text: str, at: int) -> Token:
    end = text.find('"', at + 1)
    if end < 0:
        raise BadRule("the quote is never closed", hint='add a closing "', code="E107", column=at + 1)
    return Token("phrase", text[at + 1 : end], at, end + 1)


def _list(text: str, at: int) -> Token:
    match = _LIST.match(text, at)
    name = match[1] if match else ""
    if not name:
        hint = "give the list's name, as in $strike_words"
        raise BadRule("a $ without a name", hint=hint, code="E112", column=at + 1)
    return Token("list", name, at, at + 1 + len(name))


def _near(match: re.Match[str]) -> Token:
    word, distance = match[1], match[2]
    if word != word.upper():
        hint = f"write {word.upper()}/{distance or '5'}"
        raise BadRule(f"the operator {word}/ is not in capitals", hint=hint, code="E104", column=match.start() + 1)
    return Token("near", word, match.start(), match.end(), distance)


def _word_end(text: str, at: int) -> int:
    run = _RUN.match(text, at)
    at = run.end() if run else at
    while at < len(text) and (text[at] in _INSIDE or is_letter(text[at])):  # from a mark on, which \w leaves out
        at += 1
    return at


def _named(text: str, at: int, end: int) -> Token:
    """Tell a plain word from a field, a comparison, a prefix, a keyword and a place function."""
    word = text[at:end]
    if word in {"AND", "OR", "NOT"}:
        return Token(word, word, at, end)
    if text.startswith("*", end):
        return _prefix(text, at, end)
    if colon := _COLON.match(text, end):
        return Token("field", word, at, colon.end())
    if comparison := _COMPARISON.match(text, end):
        return Token("number", word, at, comparison.end(), _comparison(comparison))
    if word.casefold() in FUNCTIONS and text.startswith("(", _skip(text, end)):
        return _geo(text, at, end)
    return _plain(word, at, end)


def _plain(word: str, at: int, end: int) -> Token:
    if word.casefold() in {"and", "or", "not"}:
        hint = f'write {word.upper()}, or "{word}" in quotes to look for the word'
        raise BadRule(f"the operator {word} is not in capitals", hint=hint, code="E104", column=at + 1)
    if word in {"NEAR", "ONEAR"}:
        hint = f"write {word}/5 for at most five words between"
        raise BadRule(f"{word} needs a number", hint=hint, code="E110", column=at + 1)
    if not any(is_letter(character) for character in word):
        hint = _HINTS.get(word[0], "leave it out")
        raise BadRule(f"{word!r} has no letters or digits", hint=hint, code="E102", column=at + 1)
    if word[0] in "'\u2019":
        raise BadRule("single quotes", hint='use "double quotes"', code="E102", column=at + 1)
    if word[0] == "-":
        hint = f"write NOT {word.lstrip('-')} to exclude a word; numbers here are never negative"
        raise BadRule("a minus before a word", hint=hint, code="E102", column=at + 1)
    return Token("word", word, at, end)


def _prefix(text: str, at: int, end: int) -> Token:
    after = end + 1
    if after < len(text) and (text[after] == "*" or text[after] in _INSIDE or is_letter(text[after])):
        hint = "a * can only stand at the end of a word"
        raise BadRule("a * inside a word", hint=hint, code="E111", column=end + 1)
    return Token("prefix", text[at:end], at, after)


def _comparison(match: re.Match[str]) -> str:
    sign = match[1]
    if sign in _ARROWS:
        column = match.start(1) + 1
        raise BadRule(f"{sign!r} is no comparison", hint=f"write {_ARROWS[sign]}", code="E113", column=column)
    return sign


def _geo(text: str, at: int, end: int) -> Token:
    opened = text.index("(", end)
    closed = text.find(")", opened)
    name = text[at:end].casefold()
    if closed < 0:
        hint = f"close it behind the numbers of {name}"
        raise BadRule("the bracket is never closed", hint=hint, code="E106", column=opened + 1)
    return Token("geo", name, at, closed + 1, text[opened + 1 : closed])
