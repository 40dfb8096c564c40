"""Words, phrases and prefixes: what a query and a list are made of."""

from service.core.errors import BadRule
from service.core.rules.scan import Token
from service.core.rules.syntax import Term
from service.core.rules.words import is_spaceless, tokens

MIN_PREFIX = 3


def error_at(code: str, message: str, at: int, hint: str) -> BadRule:
    """Return the error at this place, counted from 0."""
    return BadRule(message, hint=hint, code=code, column=at + 1)


def parse_term(text: str) -> Term:
    """Read one item of a list: a word, several words (a phrase), or a prefix*. Raises BadRule."""
    bare = text.strip()
    lead = len(text) - len(text.lstrip())
    if '"' in bare:
        raise error_at(
            "E107", "quotes inside a list item", lead, "leave them out; an item of several words is a phrase"
        )
    if bare.startswith("$"):
        raise error_at("E112", "a list inside a list", lead, "write its words out, or use both lists in the rule")
    return _prefix(bare[:-1], lead) if bare.endswith("*") else _phrase(bare, lead)


def read_term(token: Token) -> Term:
    """Read a word, phrase or prefix token. Raises BadRule."""
    return _prefix(token.text, token.at) if token.kind == "prefix" else _phrase(token.text, token.at)


def _phrase(text: str, at: int) -> Term:
    if "*" in text:
        hint = "take the * out, or write each form out"
        raise error_at("E111", "a * inside a phrase", at, hint)
    words = tokens(text)
    if not words:
        raise error_at("E108", "a phrase without letters or digits", at, "put words between the quotes")
    return Term(words=words, at=at)


def _prefix(text: str, at: int) -> Term:
    words = tokens(text)
    if "*" in text or any(character.isspace() for character in text):
        raise error_at("E111", "a * can only end a single word", at, "write each form out")
    if words and is_spaceless(words[-1]):
        raise error_at("E111", "this script needs no *", at, "its words match anywhere already; leave out the *")
    if not words or len(words[-1]) < MIN_PREFIX or not tokens(text[-1:]):
        raise error_at("E111", "the prefix is too short", at, f"at least {MIN_PREFIX} letters before the *")
    return Term(words=words, prefix=True, at=at)
