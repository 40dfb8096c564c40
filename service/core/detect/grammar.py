"""The whole grammar of a language: ours, and what its lexicon adds."""

from functools import lru_cache

from service.core.detect.parleys import TALKS
from service.core.detect.rules import STRIKE, Rule, rule
from service.core.lexicon import Lexicon
from service.core.report import Kind


@lru_cache(maxsize=64)
def rules_of(kind: Kind, lexicon: Lexicon) -> tuple[Rule, ...]:
    """Return the grammar of a kind, with what the lexicon's language adds: a pattern → its weight, and maybe `soft`.

    Raises ValueError where a weight is none.
    """
    own = []
    for source, weight in lexicon.grammar.get(kind, {}).items():
        number, _, softness = weight.partition(" ")
        own.append(rule(f"{lexicon.lang}: {source}", source, float(number), soft=softness == "soft"))
    return (*(STRIKE if kind == "strike" else TALKS), *own)
