"""What every part of a Tocsin stands on: its settings and clock, its database, and the files it reads."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from service import resources
from service.adapters.engine.inline import InlineEngine
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.maps import Cartographer
from service.adapters.store import SqlStore, open_store, upgrade
from service.bootstrap.clock import SystemClock
from service.core.report import Place
from service.ports.world import Clock
from service.settings import Settings


class Ground:
    """One Tocsin, or as much of it as a command needs. Each part is made when first asked for, closed at the end.

    `durable` False trades safety against power loss for speed, for stores that are thrown away.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, durable: bool = True) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.engine = InlineEngine()
        self._durable = durable
        self._closing = ExitStack()
        self._applied: object = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @cached_property
    def store(self) -> SqlStore:
        """The database, its tables up to date."""
        upgrade(self.settings.database_url)
        store = open_store(self.settings.database_url, durable=self._durable)
        self._closing.callback(store.close)
        return store

    @cached_property
    def config(self) -> Sequence[Path]:
        """Where config files are looked for, the operator's folder first."""
        return resources.folders("config", self.settings.config_dir)

    @cached_property
    def templates(self) -> Sequence[Path]:
        """Where templates are looked for, the operator's folder first."""
        return resources.folders("templates", self.settings.templates_dir)

    @cached_property
    def gazetteer(self) -> SqliteGazetteer:
        """The names of places."""
        gazetteer = SqliteGazetteer(resources.gazetteer())
        self._closing.callback(gazetteer.close)
        return gazetteer

    @cached_property
    def maps(self) -> Cartographer:
        """What draws maps, after the operator's borders or the shipped ones."""
        atlas = next(file for folder in self.config if (file := folder / "map" / "countries.json").is_file())
        return Cartographer(atlas, towns=self._towns)

    def _towns(self, box: tuple[float, float, float, float], limit: int) -> Sequence[Place]:
        """Open the gazetteer with the first map: who only sends needs none."""
        return self.gazetteer.towns(box, limit)
