"""Polls and stores feeds with the package `reader`, and prints how long that took, in a process of its own.

`python -m tests.bench.reader_side DATABASE` reads URLs from its input up to an empty line; then, each time it is told
to go on by a further line, updates all feeds and prints seconds and counts as JSON.
"""

import importlib
import json
import sys
import time
from typing import Any

from tests.bench.rig import COMPARED

WORKERS = 8


def main() -> None:
    sys.path.append(str(COMPARED))
    # Its own copy of feedparser looks for sgmllib under its older name.
    sys.modules["sgmllib"] = importlib.import_module("feedparser_sgmllib")
    package: Any = importlib.import_module("reader")
    reader = package.make_reader(sys.argv[1])
    for line in iter(sys.stdin.readline, "\n"):
        reader.add_feed(line.strip())
    for _ in iter(sys.stdin.readline, ""):
        wall, cpu = time.perf_counter(), time.process_time()
        reader.update_feeds(workers=WORKERS, scheduled=False)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        failed = sum(feed.last_exception is not None for feed in reader.get_feeds())
        took |= {"entries": reader.get_entry_counts().total, "failed": failed, "version": package.__version__}
        print(json.dumps(took), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
