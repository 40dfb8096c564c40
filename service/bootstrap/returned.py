"""Taking in mail that came back, from a pipe or from a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.adapters.returned import MailDir, read_notice, read_returned
from service.pipeline.returned import Taken, take
from service.ports.store import Store
from service.ports.world import Clock


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """Takes it in. `maildir` is where the mail server drops it, if it does."""

    store: Store
    clock: Clock
    maildir: Path | None

    def take(self, mail: bytes, *, to: str = "") -> Taken:
        """Take in one mail. `to` is the envelope's recipient, where it is known."""
        return take(self.store, read_returned(mail, to=to), now=self.clock.now())

    def told(self, notices: Sequence[Mapping[str, object]]) -> list[Taken]:
        """Take in what a mail provider's hook says: all of it, or nothing and raise BadInput."""
        read = [read_notice(notice) for notice in notices]
        return [take(self.store, one, now=self.clock.now()) for one in read]

    def look(self) -> int:
        """Take in what waits in the folder. Return how many."""
        if self.maildir is None:
            return 0
        folder = MailDir(self.maildir)
        taken = 0
        for name, mail in folder.waiting():
            self.take(mail)
            folder.taken(name)
            taken += 1
        return taken
