"""The accounts of `tocsin judge --explain` as JSON: which words decided, what spoke against, what would change it."""

from collections.abc import Iterable
from typing import Any

from service.core.detect import Account


def why_json(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """Return one object a kind; weights and chances are 0 to 1, rounded to hundredths."""
    return [
        {
            "kind": account.kind,
            "chance": round(account.chance, 2),
            "bar": account.bar,
            "words": [
                {"rule": word.rule, "field": word.where, "quote": word.quote, "weight": round(word.weight, 2)}
                for word in account.words
            ],
            "doubts": [{"reason": doubt.reason, "weight": round(doubt.weight, 2)} for doubt in account.doubts],
            "nearly": [{"rule": rule.rule, "missing": list(rule.missing)} for rule in account.nearly],
            "change": account.change,
        }
        for account in accounts
    ]
