"""Which countries a rule is about, where it says so."""

from service.core.rules.syntax import And, FieldIs, Or, Query


def countries(query: Query) -> frozenset[str] | None:
    """Return the only countries (ISO 3166 alpha-2) in which it may hold; None where it may in any.

    What it says by points, words and negations counts for nothing: better one country too many.
    """
    match query:
        case FieldIs(name="country", values=values):
            return frozenset(values)
        case And(parts=parts):
            said = [found for part in parts if (found := countries(part)) is not None]
            return frozenset.intersection(*said) if said else None
        case Or(parts=parts):
            branches = [countries(part) for part in parts]
            return None if None in branches else frozenset().union(*(found for found in branches if found))
        case _:
            return None
