"""Wake-ups within one process: a bell for each step, rung once the transaction that made the work has committed."""

from collections.abc import Callable, Sequence

from service.ports.store import Step, Transaction


class InlineEngine:
    """Keeps ports.store.Engine's promise. A bell nobody hangs up is not missed: the tick rings all of them anyway."""

    def __init__(self) -> None:
        self._bells: dict[Step, Callable[[], None]] = {}

    def hang(self, step: Step, bell: Callable[[], None]) -> None:
        """Ring this bell when the step is woken. It must return at once."""
        self._bells[step] = bell

    def wake(self, tx: Transaction, step: Step, ids: Sequence[int]) -> None:
        """Ring the step's bell after the commit. Without ids there is nothing to wake for."""
        if ids and step in self._bells:
            tx.after_commit(self._bells[step])
