"""NEAR/n: how far, between what, and how much of it."""

from service.core.rules.scan import Token
from service.core.rules.syntax import ListRef, Or, Query, Term
from service.core.rules.terms import error_at

MAX_PAIRS, MAX_DISTANCE = 400, 30
Side = tuple[Term | ListRef, ...]


def near_distance(token: Token) -> int:
    """Return how many words may stand between. Raises BadRule E110."""
    text = token.extra
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= MAX_DISTANCE:
        hint = f"write {token.text}/5 for at most five words between; 1 to {MAX_DISTANCE}"
        raise error_at(
            "E110", f"{token.text} cannot take {text!r}" if text else f"{token.text}/ without a number", token.at, hint
        )
    return int(text)


def near_side(side: Query, at: int) -> Side:
    """Return what one side is made of. Raises BadRule E110 for what is not words."""
    parts = side.parts if isinstance(side, Or) else (side,)
    terms = tuple(part for part in parts if isinstance(part, Term | ListRef))
    if len(terms) < len(parts):
        raise error_at("E110", "NEAR joins words, phrases, lists and ORs of them", at, "take the rest out with AND")
    return terms


def _size(side: Side) -> int:
    return sum(len(part.terms) if isinstance(part, ListRef) else 1 for part in side)


def check_pairs(left: Side, right: Side, token: Token) -> None:
    """Raise BadRule E117 where the two sides make too many pairs for a search over history."""
    sizes = _size(left), _size(right)
    if sizes[0] * sizes[1] > MAX_PAIRS:
        hint = f"at most {MAX_PAIRS} pairs; use shorter lists"
        raise error_at("E117", f"{sizes[0]} times {sizes[1]} pairs to compare", token.at, hint)
