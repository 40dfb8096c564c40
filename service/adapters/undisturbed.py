"""Work on many small values, while Python does not look for garbage among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_SWITCHING = Lock()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Python from looking for garbage meanwhile: to go through a large service takes up to half the time there is.

    It concerns the whole process, so it is for short work of which next to nothing is garbage. Threads may overlap: who
    switched it off switches it on. To look and to switch is one act, or two that meet would leave it off for good.
    """
    with _SWITCHING:
        was_on = gc.isenabled()
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            with _SWITCHING:
                gc.enable()
