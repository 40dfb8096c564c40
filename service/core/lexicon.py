"""The words detect and extract go by, as values. Read from config/lexicon/*.yaml by an adapter."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Lexicon:
    """One language's word lists, by list name; `tables` map a word to what it means (numerals, demonyms, …).

    `grammar` is what the language does otherwise than English: `prefixes` and `endings` of words, and patterns of its
    own for `strike`, `talks` and `sides`.

    Compared by identity, so that what is compiled from it can be kept beside it.
    """

    lang: str
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grammar: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
