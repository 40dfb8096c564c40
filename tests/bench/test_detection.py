"""How well strikes and talks are told from everything else, on collected items that are not part of the project."""

import gzip
import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service import resources
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.detect import detect
from service.core.entry import Entry
from service.core.report import Detection, Kind
from service.pipeline.judge import Judging
from tests.bench.baselines import by_keywords, by_regression

pytestmark = pytest.mark.bench

DATA = Path(os.environ.get("TOCSIN_SHARED", Path(__file__).parents[3] / "shared")) / "data"
SPANS = ("labelled-2022_2023.jsonl", "labelled-2026-01-01_05.jsonl")
LEAST: dict[Kind, float] = {"strike": 0.88, "talks": 0.9}


def rows_of(name: str) -> list[dict[str, Any]]:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.decode("utf-8").splitlines()]


def entry(row: dict[str, Any]) -> Entry:
    when = datetime.fromisoformat(row["published"])
    return Entry(
        entry_id=1,
        feed_id=1,
        outlet="",
        uid=row["id"],
        title=row["title"] or "",
        summary=row.get("summary") or "",
        url=row.get("link"),
        published=when,
        first_seen=when,
    )


def detections(rows: list[dict[str, Any]]) -> list[Detection]:
    lexicons = load_lexicons([resources.shipped("config") / "lexicon"])
    language = TextLanguage()
    out = []
    for told in map(entry, rows):
        lexicon = lexicons.get(language.of(f"{told.title}. {told.summary}", None))
        out.append(detect(told, lexicon) if lexicon else Detection(set_aside="unknown_language"))
    return out


def f1(pairs: list[tuple[bool, bool]]) -> float:
    hits, said, true = sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
    return 2 * hits / max(said + true, 1)


@pytest.mark.parametrize("name", SPANS)
def test_news_is_told_from_everything_else(name: str) -> None:
    rows = rows_of(name)
    told = detections(rows)
    for kind, least in LEAST.items():
        about = [row["kind"] in (kind, "both") for row in rows]
        found = [[item.new for item in one.findings if item.kind == kind] for one in told]
        mention = f1([(bool(new), true) for new, true in zip(found, about, strict=True)])
        said = zip(found, about, rows, strict=True)
        news = f1([(any(new), true and row["new"] == "yes") for new, true, row in said])
        print(f"\n{name} {kind}: F1 new {news:.3f}, mention {mention:.3f}")  # noqa: T201  the result
        assert news >= least


@pytest.mark.parametrize("name", SPANS)
def test_nothing_simpler_does_as_well(name: str) -> None:
    """A list of keywords, and a regression fitted to the other span, against the grammar: F1 of what is new."""
    rows, known = rows_of(name), rows_of(next(other for other in SPANS if other != name))
    told = detections(rows)
    for kind in LEAST:
        wanted, learnt = (
            [row["kind"] in (kind, "both") and row["new"] == "yes" for row in each] for each in (rows, known)
        )
        answers = {
            "keywords": by_keywords(kind, [row["title"] or "" for row in rows]),
            "TF-IDF and regression": by_regression(list(map(text_of, known)), learnt, list(map(text_of, rows))),
            "grammar": [any(item.new and item.kind == kind for item in one.findings) for one in told],
        }
        scores = {how: f1(list(zip(said, wanted, strict=True))) for how, said in answers.items()}
        print(f"\n{name} {kind}, F1 new: " + ", ".join(f"{how} {score:.3f}" for how, score in scores.items()))  # noqa: T201
        assert scores["grammar"] == max(scores.values())


def is_news(row: dict[str, Any], kind: Kind) -> bool:
    return row["kind"] in (kind, "both") and row["new"] == "yes"


def text_of(row: dict[str, Any]) -> str:
    return f"{row['title'] or ''} {row.get('summary') or ''}"


def test_look_alikes_give_hardly_an_alarm() -> None:
    rows = rows_of("confounders.jsonl")
    alarms = [
        row["id"] for row, one in zip(rows, detections(rows), strict=True) if any(item.new for item in one.findings)
    ]
    print(f"\nlook-alikes: {len(alarms)} of {len(rows)}: {', '.join(alarms)}")  # noqa: T201  the result
    assert len(alarms) <= 0.003 * len(rows)


def test_an_entry_takes_less_than_two_milliseconds() -> None:
    """Detect and extract with look-ups of places, an entry at a time, in CPU time."""
    rows = rows_of("stream-2026-01-01_05.jsonl.gz")[:4000]
    judging = Judging(load_lexicons([resources.shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())
    judging.judge([entry(rows[0])])
    took = sorted(milliseconds(judging, entry(row)) for row in rows)
    middle, high, most = took[len(took) // 2], took[len(took) * 95 // 100], took[-1]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    subprocess.run(
        [sys.executable, "-m", "service", "judge"], input=lines.encode(), stdout=subprocess.DEVNULL, check=True
    )
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"\njudge: median {middle:.2f}, p95 {high:.2f}, most {most:.1f} ms of CPU an entry; {memory} MB")  # noqa: T201
    assert middle < 2
    assert memory < 300


def milliseconds(judging: Judging, told: Entry) -> float:
    started = time.process_time()
    judging.judge([told])
    return (time.process_time() - started) * 1000


NOISE = (
    *("12 ", "killed 12 ", "12 killed, ", "two hundred and six ", "in Kharkiv ", "Kharkiv and Odesa, ", "A\n", "USA "),
    *("missile hits Kharkiv and kills 12, ", "truce talks ", "two cities ", "<", "&amp", '"', ": ", "\u200b", "a-"),
    *("غارة على خاركيف ومقتل ", "удар по Харкову, двоє загиблих ", "שני הרוגים בחרקיב "),
)


def test_a_megabyte_of_anything_costs_no_more_than_a_long_article() -> None:
    judging = Judging(load_lexicons([resources.shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())
    took: dict[str, float] = {}
    for noise in NOISE:
        judging.judge([worst(noise)])
        text = "Russian missiles hit Odesa: " + (noise * 1_000_000)[:1_000_000]
        took[noise] = min(milliseconds(judging, worst(text + end)) for end in ("", "a", "b"))
    print("\n" + ", ".join(f"{noise!r} {each:.0f} ms" for noise, each in took.items()))  # noqa: T201  the result
    assert max(took.values()) < 100


def worst(text: str) -> Entry:
    now = datetime(2026, 1, 15, 9, tzinfo=UTC)
    return Entry(
        entry_id=1, feed_id=1, outlet="", uid="1", title=text, summary=text, content=text, published=now, first_seen=now
    )
