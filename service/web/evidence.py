"""The sentence a fact was taken from, with the words that say it marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.clean import NAME, QUOTE, clean, web_url
from service.adapters.render.view import DESK
from service.adapters.render.words import LABELS, PEOPLE, value_words
from service.core.develop import OPERATOR
from service.core.event import Account, Claim
from service.core.text.sentences import sentence_around

Words = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One sentence somebody else wrote, in pieces, each marked or not; its language, and what was read from it."""

    words: Sequence[Words]
    lang: str
    outlet: str
    url: str
    told_at: datetime
    says: str
    copy: bool


def evidence(claims: Sequence[Claim], accounts: Sequence[Account]) -> Iterator[Evidence]:
    """Yield each sentence once with all that was read from it: originals before copies, latest first."""
    told = {account.report_id: account for account in accounts}
    sentences: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        if claim.quote:
            sentence = _sentence(claim.quote, told.get(claim.report_id))
            sentences.setdefault((claim.report_id, sentence), []).append(claim)
    ordered = sorted(sentences.items(), key=lambda item: (item[1][0].copy, -item[1][0].told_at.timestamp()))
    for (report_id, sentence), group in ordered:
        first, account = group[0], told.get(report_id)
        yield Evidence(
            words=marked(sentence, [claim.quote for claim in group]),
            lang=account.lang if account else "",
            outlet=DESK if first.outlet == OPERATOR else clean(first.outlet, NAME) or "An unnamed outlet",
            url=web_url(first.url),
            told_at=first.told_at,
            says=", ".join(dict.fromkeys(_says(claim, account) for claim in group)),
            copy=first.copy,
        )


def _sentence(quote: str, account: Account | None) -> str:
    texts = (account.summary, account.content, account.title) if account else ()
    return sentence_around(quote, texts, longest=QUOTE)


def marked(sentence: str, quotes: Sequence[str]) -> tuple[Words, ...]:
    """Cut a sentence into pieces, those that are a quote marked. A quote that is the whole sentence marks nothing."""
    inner = sorted({quote for quote in quotes if quote != sentence}, key=len, reverse=True)
    if not inner:
        return ((clean(sentence, QUOTE), False),)
    pieces = re.split("(" + "|".join(map(re.escape, inner)) + ")", sentence)
    return tuple((_tidy(piece), bool(number % 2)) for number, piece in enumerate(pieces) if piece)


def _tidy(piece: str) -> str:
    """Clean a piece, but keep the space that parts it from the next."""
    before, after = piece[:1].isspace(), piece[-1:].isspace()
    return f"{' ' * before}{clean(piece, QUOTE)}{' ' * after}"


def _says(claim: Claim, account: Account | None) -> str:
    """Return what was read; a round-up's sum is of several places, and is never taken for this one's."""
    words = value_words(claim.field, claim.value)
    if claim.field not in PEOPLE:
        return f"{LABELS.get(claim.field, claim.field).lower()}: {words}"
    sums_up = account is not None and account.report.several and claim.outlet != OPERATOR
    return f"{words} in several places" if sums_up else words
