"""What the text in a rule's form is worth: errors, tests, what it would have sent, what changed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from service.adapters.render.words import confidence_words
from service.adapters.rulefiles import pointed, shown
from service.bootstrap.rule_edits import Checked, unified
from service.bootstrap.rule_trying import Tried
from service.core.errors import BadRule
from service.core.event import Event
from service.core.rules import Rule, Trial
from service.core.rules.because import Marked
from service.pipeline.preview import Preview
from service.web.rule_chart import Chart, chart_of
from service.web.site import Site

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An error or a warning; `excerpt` is its line of the text with a caret below."""

    place: str
    code: str
    message: str
    hint: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An event that an edit gains or loses, and why. `pin` is the stored entry a test can be pinned to."""

    event: Event
    level: int
    confidence: str
    quote: Marked = ()
    outlet: str = ""
    lacks: Sequence[str] = ()
    left_out_by: Sequence[str] = ()
    pin: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the text in the form is worth. `verdict` is one line; `diff` against what is saved; `took_s` the preview."""

    verdict: str
    fine: bool
    errors: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()
    trials: Sequence[tuple[bool, str, Sequence[str]]] = ()
    preview: Preview | None = None
    took_s: float = 0.0
    chart: Chart | None = None
    gained: Sequence[Changed] = ()
    lost: Sequence[Changed] = ()
    diff: Sequence[str] = ()
    tried: Tried | None = None
    can_edit: bool = False


def look_at(
    site: Site, text: str, *, rule_id: str, saved: str, days: int, tried: str = "", can_edit: bool = False
) -> Look:
    """Look at a rule's text. `saved` is how it stands in its file, "" for a new one."""
    checked = site.desk.check(text, rule_id=rule_id)
    lines, rule = text.split("\n"), checked.rule
    start = time.monotonic()
    seen = site.desk.preview(rule, timedelta(days=days)) if rule else None
    took_s = time.monotonic() - start
    return Look(
        verdict=_verdict(checked),
        fine=checked.passed,
        errors=[finding(error, lines) for error in checked.errors],
        warnings=[finding(warning, lines) for warning in checked.warnings],
        trials=[_trial(trial) for trial in checked.trials],
        preview=seen,
        took_s=took_s,
        chart=chart_of(seen) if seen else None,
        gained=[_changed(event, seen) for event in seen.gained[:SHOWN]] if seen else (),
        lost=[_changed(event, seen) for event in seen.lost[:SHOWN]] if seen else (),
        diff=unified(shown(saved) if saved else "", shown(text), "rule").split("\n")[2:-1] if text.strip() else (),
        tried=_try(site, rule, tried),
        can_edit=can_edit,
    )


def _try(site: Site, rule: Rule | None, text: str) -> Tried | None:
    return site.desk.try_text(rule, text) if rule and text.strip() else None


def _changed(event: Event, seen: Preview) -> Changed:
    words = confidence_words(event)
    level = ("low", "medium", "high").index(words) + 1
    why = seen.why.get(event.event_id)
    if why is None:
        return Changed(event=event, level=level, confidence=words)
    return Changed(
        event=event,
        level=level,
        confidence=words.capitalize(),
        quote=why.because.quote,
        outlet=why.outlet,
        lacks=why.because.lacks,
        left_out_by=why.because.left_out_by,
        pin=why.entry_id,
    )


def _verdict(checked: Checked) -> str:
    if checked.errors:
        first = checked.errors[0]
        hint = f"{first.hint[:1].upper()}{first.hint[1:]}"
        return f"Line {first.line}, column {first.column}: {first.message}. {hint}{'' if hint.endswith('?') else '.'}"
    failed = [trial for trial in checked.trials if not trial.passed]
    if failed:
        return f"{len(failed)} of {len(checked.trials)} tests fail: {failed[0].name}."
    ran = sum(trial.run for trial in checked.trials)
    return f"No errors. {ran} test{'' if ran == 1 else 's'} passed." if ran else "No errors. No test was run."


def finding(error: BadRule, lines: Sequence[str]) -> Finding:
    """Put an error about the text of a form into words."""
    place = f"{error.line}:{error.column}" if error.line else ""
    return Finding(place=place, code=error.code, message=error.message, hint=error.hint, excerpt=pointed(lines, error))


def _trial(trial: Trial) -> tuple[bool, str, Sequence[str]]:
    words = trial.name if trial.run else f"{trial.name} (not run: there is no store to ask)"
    return trial.passed, words, trial.match.tree.lines() if trial.match and not trial.passed else ()
