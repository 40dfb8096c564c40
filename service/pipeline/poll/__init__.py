"""Feeds in, new and changed entries stored: claim what is due → fetch → parse → store with the validators.

- step: the step, and what it knows of the network; rounds: which requests are under way; settle: one answer, stored
- hub: whether its hub has kept its word
- after: what a feed's row says afterwards
"""

from service.pipeline.poll.settle import PolledFeed
from service.pipeline.poll.step import Poll

__all__ = ["Poll", "PolledFeed"]
