"""Feeds added, one or many, and given out."""

from pathlib import Path

from service.adapters.opml import Listed, read_opml, write_opml
from service.bootstrap.parts import Parts
from service.core.errors import BadInput
from service.core.feed import Feed
from service.pipeline import manage
from service.ports.store import Transaction

AT_ONCE = 200
"""Of many feeds so many are written in one transaction: fast, and nobody waits long for it."""


class Feeding(Parts):
    """A Tocsin that takes feeds in."""

    def add_feed(
        self,
        url: str,
        *,
        country: str | None = None,
        lang: str | None = None,
        topic: str | None = None,
        priority: bool = False,
        source: manage.FeedSource = "cli",
        nth: int = 0,
    ) -> Feed:
        """Add a feed, due at once unless it is a late one of many. Raises BadInput."""
        said = {"country": country, "lang": lang, "topic": topic}
        with self.store.write() as tx:
            return manage.add_feed(tx, url, now=self.clock.now(), **said, priority=priority, source=source, nth=nth)

    def import_feeds(self, path: Path) -> tuple[int, int, list[BadInput]]:
        """Add the feeds of an OPML file. Return how many were new, how many known, and what was refused, by place.

        Raises BadInput where the file cannot be read at all.
        """
        try:
            listed = read_opml(path.read_bytes(), file=str(path))
        except OSError as error:
            raise BadInput(f"cannot read: {error.strerror}", file=str(path), hint="give an OPML file") from error
        with self.store.read() as tx:
            known = {feed.url for feed in tx.feeds.all()}
        faults: list[BadInput] = []
        added: set[str] = set()
        for start in range(0, len(listed), AT_ONCE):
            with self.store.write() as tx:
                for nth, item in enumerate(listed[start : start + AT_ONCE], start):
                    done = self._take_in(tx, item, nth, file=str(path))
                    if isinstance(done, BadInput):
                        faults.append(done)
                    else:
                        added |= {done.url} - known
        return len(added), len(listed) - len(added) - len(faults), faults

    def _take_in(self, tx: Transaction, item: Listed, nth: int, *, file: str) -> Feed | BadInput:
        said = {"country": item.country, "lang": item.lang, "topic": item.topic}
        try:
            return manage.add_feed(
                tx, item.url, now=self.clock.now(), **said, priority=item.priority, source="opml", nth=nth
            )
        except BadInput as error:
            return BadInput(error.message, hint=error.hint, code=error.code, file=file)

    def export_feeds(self) -> str:
        """Return all feeds as OPML."""
        with self.store.read() as tx:
            return write_opml(tx.feeds.all(), title="Tocsin feeds", now=self.clock.now())
