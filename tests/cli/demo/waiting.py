"""Waiting on a condition instead of sleeping."""

import threading
from collections.abc import Callable


def eventually(holds: Callable[[], bool], *, at_most_s: float = 5.0) -> bool:
    """Wait until it holds; False if it does not in time."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.02) for _ in range(int(at_most_s / 0.02))) or holds()
