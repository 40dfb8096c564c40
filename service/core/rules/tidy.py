"""A query's text, tidied: the spaces and capitals that mean nothing as everybody writes them, all else as it was.

Unlike the normal form of `format_query` it keeps how words are spelt and quoted, so that a file stays its author's.
"""

from service.core.rules.geo import read_geo
from service.core.rules.parse import Lists, parse_query
from service.core.rules.scan import Token, scan
from service.core.rules.syntax import format_query

_GLUED = frozenset({"field", "number", "("})


def tidy(text: str, lists: Lists | None = None) -> str:
    """Return the query on one line, tidied. It asks for the same. Raises BadRule for one that cannot be read."""
    before = parse_query(text, lists)
    made, glued = "", True
    for token in scan(text)[:-1]:
        made += ("" if glued or token.kind == ")" else " ") + _written(token, text)
        glued = token.kind in _GLUED
    return made if parse_query(made, lists) == before else text


def _written(token: Token, text: str) -> str:
    match token.kind:
        case "field":
            return f"{token.text.casefold()}:"
        case "number":
            return f"{token.text.casefold()}{token.extra}"
        case "near":
            return f"{token.text}/{token.extra}"
        case "geo":
            return format_query(read_geo(token))
        case _:
            return " ".join(text[token.at : token.end].split())
