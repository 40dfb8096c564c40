"""Detect and extract, with one look-up of places for a whole batch.

An entry with an article is judged twice, as its feed gives it and with all its words, and the two are settled: see
core.article.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from service.core.article import settled
from service.core.detect import Account, detect, explain
from service.core.entry import Entry
from service.core.extract import extract, place_names
from service.core.lexicon import Lexicon
from service.core.report import Detection, Judgement
from service.ports.world import Gazetteer, Language

_READ = 5000


class _Draft(NamedTuple):
    entry: Entry
    lang: str
    lexicon: Lexicon | None
    detection: Detection
    names: frozenset[str]


class Judging:
    """Implements `ports.world.Judge`. `lexicons` by language.

    An entry in any other language is set aside as `unknown_language`, one without a letter or a number as `no_text`.
    """

    def __init__(self, lexicons: Mapping[str, Lexicon], gazetteer: Gazetteer, language: Language) -> None:
        self._lexicons = lexicons
        self._gazetteer = gazetteer
        self._language = language

    def judge(self, entries: Sequence[Entry]) -> list[Judgement]:
        """Return one judgement per entry, in order."""
        said = self._judge([entry.own for entry in entries])
        enriched = [at for at, entry in enumerate(entries) if entry.article_revision]
        full = self._judge([_in_full(entries[at], said[at]) for at in enriched]) if enriched else []
        for at, more in zip(enriched, full, strict=True):
            said[at] = settled(entries[at], said[at], more)
        return said

    def explain(self, entry: Entry) -> tuple[Account, ...]:
        """Return why the entry is judged as it is, kind by kind; empty in a language without a lexicon."""
        lexicon = self._lexicons.get(self._lang_of(entry))
        return explain(entry.own, lexicon) if lexicon else ()

    def _lang_of(self, entry: Entry) -> str:
        return self._language.of(f"{entry.title}. {entry.summary or entry.content}", entry.lang)

    def _judge(self, entries: Sequence[Entry]) -> list[Judgement]:
        drafts = [self._draft(entry) for entry in entries]
        wanted = frozenset().union(*(draft.names for draft in drafts))
        places = self._gazetteer.find(wanted) if wanted else {}
        return [
            Judgement(lang=draft.lang, reports=extract(draft.entry, draft.detection, draft.lexicon, places))
            if draft.lexicon and draft.detection.findings
            else Judgement(lang=draft.lang, set_aside=draft.detection.set_aside)
            for draft in drafts
        ]

    def _draft(self, entry: Entry) -> _Draft:
        lang = self._lang_of(entry)
        lexicon = self._lexicons.get(lang) if _has_text(entry) else None
        if lexicon is None:
            why = "unknown_language" if _has_text(entry) else "no_text"
            return _Draft(entry, lang, None, Detection(set_aside=why), frozenset())
        detection = detect(entry, lexicon)
        names = place_names(entry, lexicon) if detection.findings else frozenset()
        return _Draft(entry, lang, lexicon, detection, names)


def _has_text(entry: Entry) -> bool:
    """Say whether there is a letter or a number to go by, as far as anything is read."""
    return any(char.isalnum() for text in (entry.title, entry.summary, entry.content) for char in text[:_READ])


def _in_full(entry: Entry, own: Judgement) -> Entry:
    """Return the entry as it is to be read with its article: from the article's first words where its own gave nothing.

    Of an entry with a summary, the content is read for facts only, not for what it is about.
    """
    return entry if own.reports else replace(entry, summary="")
