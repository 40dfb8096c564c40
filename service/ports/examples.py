"""Labelled examples: what operators say entries report."""

from typing import Protocol

from service.core.example import Example


class ExampleStore(Protocol):
    """What was said of entries, one word on each; the latest counts."""

    def keep(self, example: Example) -> None:
        """Keep it, in place of what was said of the entry before."""
        ...

    def all(self) -> list[Example]:
        """Return all of them, oldest word first."""
        ...

    def forget(self, act_id: int) -> int:
        """Forget what came with an act that was undone. Return how many."""
        ...
