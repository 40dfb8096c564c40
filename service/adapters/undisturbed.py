"""Work on many small values, while Python does not look for garbage among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Python from looking for garbage meanwhile: to go through a large service takes up to half the time there is.

    It concerns the whole process, so it is for short work of which next to nothing is garbage.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
