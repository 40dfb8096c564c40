"""Makes what `make bench` installs for comparison importable, after everything of our own."""

import sys

import pytest

from tests.authority import Authority
from tests.bench.rig import COMPARED

sys.path.append(str(COMPARED))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
