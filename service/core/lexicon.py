"""The words detect and extract go by, as values. Read from config/lexicon/*.yaml by an adapter."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One language's word lists, by list name; `tables` map a word to what it means (numerals, demonyms, …)."""

    lang: str
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
