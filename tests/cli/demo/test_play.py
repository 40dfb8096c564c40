"""A demo greets, plays, sums up, and ends cleanly whenever it is told to."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service import resources
from service.adapters.store import SqlStore
from service.cli.demo.play import play
from service.cli.demo.stage import Stage
from service.cli.demo.story import Story, load_story
from service.ports.store import Store
from tests.cli.demo.waiting import eventually


@dataclass
class Product:
    """Stands in for the service: its store and whether it is running."""

    store: Store
    runs: bool = False

    @contextmanager
    def __call__(self, _stage: Stage, _story: Story) -> Iterator["Product"]:
        self.runs = True
        yield self
        self.runs = False


@pytest.fixture(scope="module")
def story() -> Story:
    return load_story(resources.shipped("config") / "demo" / "story.yaml")


def played(stage: Stage, story: Story, product: Product, until: str) -> str:
    """Play in a thread until the words come up on the screen, then stop it and return all it said."""
    stream, stop = io.StringIO(), threading.Event()
    thread = threading.Thread(
        target=play, args=(stage, story, product), kwargs={"stop": stop, "stream": stream}, daemon=True
    )
    thread.start()
    assert eventually(lambda: until in stream.getvalue(), at_most_s=15)
    assert product.runs
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    return stream.getvalue()


def test_a_demo_runs_to_its_end_and_stays_until_it_is_stopped(
    tmp_path: Path, story: Story, sqlite_store: SqlStore
) -> None:
    product = Product(sqlite_store)
    with Stage(tmp_path / "demo", story, play_s=1) as stage:
        said = played(stage, story, product, "The story is told")
    assert "Starting afresh" in said
    assert stage.server.url in said
    assert "0 events" in said
    assert said.endswith("Stopped. The next demo starts afresh.\n")
    assert not product.runs


def test_a_demo_that_is_stopped_in_the_middle_sums_up_and_is_not_gone_on_with(
    tmp_path: Path, story: Story, sqlite_store: SqlStore
) -> None:
    with Stage(tmp_path / "demo", story, play_s=600) as stage:
        said = played(stage, story, Product(sqlite_store), "kept without an alert")
    assert "0 events" in said
    assert "The story is told" not in said
    with Stage(tmp_path / "demo", story, play_s=600) as again:
        assert not again.resumed
