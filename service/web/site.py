"""What the pages need of the house."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from service.bootstrap.curating import EventDesk
from service.bootstrap.operators import OperatorDesk
from service.bootstrap.readers import ReaderDesk
from service.bootstrap.returned import ReturnedMail
from service.bootstrap.rules import RuleDesk
from service.core.rules import RuleIndex
from service.pipeline.endpoints import Endpoints
from service.pipeline.websub import Callback
from service.ports.store import Store
from service.ports.world import Cartographer, Clock
from service.settings import Settings


class Site(Protocol):
    """One running Tocsin, as far as the pages see it."""

    @property
    def store(self) -> Store:
        """Where everything is."""
        ...

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        ...

    @property
    def clock(self) -> Clock:
        """The one source of the time."""
        ...

    @property
    def callback(self) -> Callback:
        """Where hubs ask and tell us."""
        ...

    @property
    def endpoints(self) -> Endpoints:
        """What is done about webhook endpoints."""
        ...

    @property
    def desk(self) -> RuleDesk:
        """What may be done with watch rules."""
        ...

    @property
    def events(self) -> EventDesk:
        """What may be done to events."""
        ...

    @property
    def operators(self) -> OperatorDesk:
        """Who may change things."""
        ...

    @property
    def readers(self) -> ReaderDesk:
        """What may be done for readers and by them."""
        ...

    @property
    def returned_mail(self) -> ReturnedMail:
        """What takes in mail that comes back."""
        ...

    @property
    def maps(self) -> Cartographer:
        """What draws maps."""
        ...

    def rules(self) -> RuleIndex:
        """Return the watch rules as they stand now."""
        ...

    @property
    def outage_since(self) -> datetime | None:
        """When our own network went down, as this process sees it; None while it is up."""
        ...

    def ready(self) -> Sequence[str]:
        """Return a sentence for each thing that keeps the service from its work, such as migrations not done."""
        ...

    def rule_errors(self) -> int:
        """Return how many things are wrong with the watch rules; the rest of them is in force."""
        ...
