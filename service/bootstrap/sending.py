"""How messages leave: the channels, and the step that gives them what is due."""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from service.adapters.channels import Channels
from service.bootstrap.failpoint import failpoint
from service.pipeline.deliver import Deliver
from service.pipeline.endpoints import Endpoints
from service.ports.store import Store
from service.ports.world import Clock
from service.settings import FAILPOINT, Settings


class Made(Protocol):
    """What the step is made of."""

    @property
    def settings(self) -> Settings: ...  # noqa: D102  the name says it
    @property
    def store(self) -> Store: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def channels(self) -> Channels: ...  # noqa: D102
    @property
    def endpoints(self) -> Endpoints: ...  # noqa: D102
    @property
    def lease(self) -> timedelta: ...  # noqa: D102


def make_channels(settings: Settings, *, user_agent: str, now: Callable[[], datetime]) -> Channels:
    """Return email and webhooks as the settings want them."""
    return Channels(
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        mail_dir=settings.data_dir / "mail",
        bounces_to=settings.bounces_to,
        dkim_key=settings.dkim_key,
        dkim_selector=settings.dkim_selector,
        dkim_domain=settings.dkim_domain,
        allow_nets=tuple(str(net) for net in settings.allow_nets),
        user_agent=user_agent,
        now=now,
        stage=failpoint(os.environ.get(FAILPOINT, "")),
    )


def make_deliver(made: Made) -> Deliver:
    """Return the step."""
    return Deliver(
        store=made.store,
        sender=made.channels,
        clock=made.clock,
        jitter=random.random,
        batch=made.settings.deliver_batch,
        lease=made.lease,
        longest_wish=timedelta(seconds=made.settings.retry_after_max_s),
        closed=made.endpoints.closed,
        failpoint=failpoint(os.environ.get(FAILPOINT, "")),
    )
