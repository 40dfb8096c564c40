"""What tests of several files in this folder open once."""

import pytest

from service.adapters.gazetteer import SqliteGazetteer


@pytest.fixture(scope="session")
def gazetteer() -> SqliteGazetteer:
    """Return all places there are."""
    return SqliteGazetteer()
