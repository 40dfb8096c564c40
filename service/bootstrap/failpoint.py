"""Named moments at which a crash is worst. `TOCSIN_FAILPOINT=after_answer:3` kills us there the third time; for tests.

after_claim, after_connect, after_send (all is written, no answer read), after_answer (the far side took it),
before_commit (how it went is not written down yet) and after_commit. Unset, as everywhere else, nothing happens.
"""

import os
import signal
import threading
from collections.abc import Callable


def failpoint(said: str) -> Callable[[str], None]:
    """Return what is to be called at each moment with its name."""
    wanted, _, nth = said.partition(":")
    if not wanted:
        return lambda _name: None
    left = [int(nth or 1)]
    lock = threading.Lock()

    def at(name: str) -> None:
        with lock:
            left[0] -= name == wanted
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return at
