"""The demo's folder is only ever emptied when it is a demo's, and a killed demo goes on where it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.cli.demo.folder import MARKER, DemoFolder, DemoState, fresh_course, resumes
from service.core.errors import BadConfig, Unavailable

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
STATE = DemoState(
    start=NOW - timedelta(days=3),
    end=NOW + timedelta(seconds=90),
    speed=2880.0,
    position=NOW - timedelta(days=1),
    saved_at=NOW,
    port=40001,
    web_port=40002,
    secret="whsec_AAAA",
    begun=True,
)


def test_a_course_covers_whole_days_and_ends_at_the_present() -> None:
    course = fresh_course(NOW, play_s=90, days=3)
    assert course.start == datetime(2026, 11, 19, tzinfo=UTC)
    assert course.end == NOW + timedelta(seconds=90)
    assert course.position(course.start, 90) - course.end < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [
        (None, False),
        (STATE, True),
        (replace(STATE, begun=False), False),
        (replace(STATE, stopped=True), False),
        (replace(STATE, position=STATE.end), True),
        (replace(STATE, position=STATE.end, saved_at=NOW - timedelta(hours=1)), False),
    ],
    ids=["none", "killed", "never begun", "stopped", "killed just after its end", "ended an hour before"],
)
def test_only_a_demo_that_was_cut_off_goes_on(state: DemoState | None, goes_on: bool) -> None:  # noqa: FBT001
    assert resumes(state, NOW)[0] is goes_on


def test_state_survives_being_written_and_read(tmp_path: Path) -> None:
    with DemoFolder(tmp_path / "demo") as folder:
        folder.save(STATE)
        assert folder.load() == STATE


def test_unreadable_state_counts_as_none(tmp_path: Path) -> None:
    with DemoFolder(tmp_path / "demo") as folder:
        (folder.path / "demo.json").write_text('{"start": "20')
        assert folder.load() is None


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("four years of work")
    with pytest.raises(BadConfig, match=r"thesis\.txt"), DemoFolder(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadConfig, match="is a file"), DemoFolder(tmp_path / "file"):
        pass


def test_clearing_keeps_the_folder_its_marker_and_what_links_point_to(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with DemoFolder(tmp_path / "demo") as folder:
        (folder.path / "mailbox").mkdir()
        (folder.path / "mailbox" / "1.eml").touch()
        (folder.path / "link").symlink_to(outside)
        folder.clear()
        assert {path.name for path in folder.path.iterdir()} == {MARKER, "demo.lock"}
    assert (outside / "kept").exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        DemoFolder(tmp_path / "demo"),
        pytest.raises(Unavailable, match="another demo is running"),
        DemoFolder(tmp_path / "demo"),
    ):
        pass
