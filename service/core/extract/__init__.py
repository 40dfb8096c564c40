"""The facts of a report, each with the words it came from.

In two steps, because core looks nothing up: `place_names` says which names to look up, `extract` gets what was found.
Inside: `pages` (reading), `numbers` and `toll`, `weapon`, `sides`, `names` and `places`, `when`, `talks`, `assemble`.
"""

from service.core.extract.assemble import extract, place_names

__all__ = ["extract", "place_names"]
