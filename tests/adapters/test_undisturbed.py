"""Work during which Python does not look for garbage."""

import gc
import sys
from threading import Event, Thread

from service.adapters.undisturbed import undisturbed

PATIENCE_S = 0.2


def test_garbage_is_looked_for_again_however_two_threads_meet() -> None:
    """One that begins at the very moment at which another ends does not leave it off for good."""
    begun, leave, left = Event(), Event(), Event()

    def first() -> None:
        with undisturbed():
            begun.set()
            leave.wait()
        left.set()

    def pause_at_the_worst_moment(_frame: object, event: str, called: object) -> None:
        if event == "c_call" and called is gc.disable:
            leave.set()
            left.wait(PATIENCE_S)

    def second() -> None:
        begun.wait()
        sys.setprofile(pause_at_the_worst_moment)
        with undisturbed():
            sys.setprofile(None)

    threads = [Thread(target=first), Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert gc.isenabled()
    finally:
        gc.enable()
