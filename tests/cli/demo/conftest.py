"""What tests of the demo's story open once."""

from collections.abc import Iterator

import pytest

from service import resources
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.pipeline.judge import Judging
from tests.cli.demo.told import CONFIG


@pytest.fixture(scope="package")
def judging() -> Iterator[Judging]:
    """Judge as the service does."""
    gazetteer = SqliteGazetteer(resources.gazetteer())
    yield Judging(load_lexicons([CONFIG / "lexicon"]), gazetteer, TextLanguage())
    gazetteer.close()
