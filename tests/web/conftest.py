"""A site with a story in it, served on loopback by the real server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from service import resources
from service.adapters.maps import Cartographer
from service.adapters.parse import ParseWorker
from service.adapters.rulefiles import RuleBook
from service.adapters.store import SqlStore
from service.bootstrap.curating import EventDesk
from service.bootstrap.operators import OperatorDesk
from service.bootstrap.readers import ReaderDesk
from service.bootstrap.returned import ReturnedMail
from service.bootstrap.rules import RuleDesk
from service.core.rules import RuleIndex
from service.pipeline.endpoints import Endpoints
from service.pipeline.readers import Readers
from service.pipeline.websub import Callback
from service.ports.store import Store
from service.settings import Settings
from service.web import create_app, serve
from tests.standins import BellEngine, HandClock, PlainRenderer, ScriptedJudge
from tests.web.story import NOW, Told, tell

MAPS = Cartographer(resources.shipped("config") / "map" / "countries.json")


@dataclass
class TestSite:
    """The port's promises, with a clock that is moved by hand."""

    __test__ = False

    store: Store
    settings: Settings
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))
    wrong: Sequence[str] = ()
    outage_since: datetime | None = None
    parser: ParseWorker = field(default_factory=ParseWorker)
    engine: BellEngine = field(default_factory=BellEngine)
    maps: Cartographer = field(default_factory=lambda: MAPS)
    rule_desk: RuleDesk = field(init=False)
    coming: Readers = field(init=False)

    def __post_init__(self) -> None:
        folder = self.settings.data_dir / "config"
        (folder / "rules").mkdir(parents=True, exist_ok=True)
        tokens = (f"token-{n}-0123456789abcdef" for n in count(1))
        self.coming = Readers(
            store=self.store,
            renderer=PlainRenderer(),
            engine=self.engine,
            make_token=lambda: next(tokens),
            mark=str.upper,
        )
        self.rule_desk = RuleDesk(
            store=lambda: self.store,
            clock=self.clock,
            book=RuleBook([folder]),
            folder=folder / "rules",
            judge=ScriptedJudge,
        )

    @property
    def callback(self) -> Callback:
        step = timedelta(minutes=5)
        return Callback(store=self.store, parser=self.parser, engine=self.engine, clock=self.clock, min_interval=step)

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(store=self.store, renderer=PlainRenderer(), engine=self.engine)

    @property
    def desk(self) -> RuleDesk:
        return self.rule_desk

    @property
    def events(self) -> EventDesk:
        return EventDesk(
            store=lambda: self.store,
            clock=self.clock,
            renderer=PlainRenderer,
            engine=self.engine,
            rules=self.rules,
        )

    @property
    def readers(self) -> ReaderDesk:
        return ReaderDesk(
            readers=lambda: self.coming,
            clock=self.clock,
            rules=lambda: self.rule_desk.current,
            secret=lambda: "a-secret-of-the-house",
        )

    @property
    def returned_mail(self) -> ReturnedMail:
        return ReturnedMail(self.store, self.clock, None)

    def rules(self) -> RuleIndex:
        return RuleIndex(self.rule_desk.current.rules)

    @property
    def operators(self) -> OperatorDesk:
        return OperatorDesk(store=lambda: self.store, clock=self.clock, shared=self.settings.operator_token)

    def ready(self) -> Sequence[str]:
        return self.wrong

    def rule_errors(self) -> int:
        return 2


@pytest.fixture
def site(sqlite_store: SqlStore, tmp_path: Path) -> Iterator[TestSite]:
    made = TestSite(sqlite_store, Settings(data_dir=tmp_path))
    yield made
    made.parser.close()


@pytest.fixture
def told(site: TestSite) -> Told:
    return tell(site.store)


@pytest.fixture
def client(site: TestSite) -> Iterator[httpx.Client]:
    """A browser, as far as headers go, that follows no redirect by itself."""
    with serve(create_app(site), "127.0.0.1", 0) as server, httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.headers["Accept"] = "text/html"
        yield browser
