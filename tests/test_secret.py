"""The key that signs links outlives restarts, is nobody else's to read, and is one however many start at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.bootstrap import App
from service.bootstrap.secret import NAME, secret_key
from service.core.errors import BadConfig
from service.settings import load


def test_what_the_operator_gives_counts_and_nothing_is_written(tmp_path: Path) -> None:
    assert secret_key("given by the operator", tmp_path) == "given by the operator"
    assert list(tmp_path.iterdir()) == []


def test_without_one_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    made = secret_key("", folder)
    assert len(made) >= 43
    assert secret_key("", folder) == made
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600


def test_those_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret_key("", tmp_path), range(32)))) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_damaged_key_is_named_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    """Another key would make every link already sent worthless without a word."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(BadConfig, match="key"):
        secret_key("", tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_the_app_has_it(tmp_path: Path) -> None:
    with App(load(environ={}, flags={"data_dir": tmp_path})) as app:
        assert app.secret_key == (tmp_path / NAME).read_text().strip()
