"""The fast clock runs three days in a minute and a half, ends at the present, and never goes back."""

from datetime import UTC, datetime, timedelta

from service.cli.demo.clock import Course, FastClock, Keeper
from tests.cli.demo.waiting import eventually

START = datetime(2026, 11, 19, tzinfo=UTC)
COURSE = Course(start=START, end=START + timedelta(days=3), speed=2880)


class Hands:
    """A monotonic clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def free(clock: FastClock) -> FastClock:
    clock.allow(START + timedelta(days=999))
    return clock


def test_it_runs_at_normal_speed_until_released_then_fast_then_normal() -> None:
    hands = Hands()
    clock = free(FastClock(COURSE, START, monotonic=hands))
    hands.at += 2
    assert clock.now() == START + timedelta(seconds=2)
    clock.release()
    hands.at += 10
    assert clock.now() == START + timedelta(seconds=2 + 10 * 2880)
    hands.at += 80
    assert clock.now() - COURSE.end == timedelta(seconds=2 / 2880)
    hands.at += 5
    assert clock.at_end()
    assert clock.now() - COURSE.end == timedelta(seconds=5 + 2 / 2880)


def test_it_never_passes_what_was_written_down() -> None:
    hands = Hands()
    clock = FastClock(COURSE, START, monotonic=hands)
    clock.release()
    hands.at += 60
    assert clock.now() == START
    ceiling = clock.ahead(0.5)
    clock.allow(ceiling)
    assert START < clock.now() < ceiling


def test_starting_again_where_it_was_written_down_is_never_earlier_than_what_was_seen() -> None:
    hands = Hands()
    saved: list[datetime] = []
    seen = START
    for life in range(20):
        clock = FastClock(COURSE, saved[-1] if saved else START, monotonic=hands)
        keeper = Keeper(clock, saved.append)
        keeper.keep()
        clock.release()
        for _ in range(life):
            hands.at += 0.21
            assert clock.now() >= seen
            seen = clock.now()
            keeper.keep()
        hands.at += 1  # the kill comes before the next keeping


def test_a_clock_that_starts_after_the_end_runs_at_normal_speed() -> None:
    hands = Hands()
    late = COURSE.end + timedelta(hours=1)
    clock = free(FastClock(COURSE, late, monotonic=hands))
    clock.release()
    hands.at += 3
    assert clock.now() == late + timedelta(seconds=3)


def test_a_full_disk_holds_the_clock_and_is_told() -> None:
    said: list[OSError] = []
    full = OSError(28, "No space left on device")

    def save(_: datetime) -> None:
        if not said:
            said.append(full)
            return
        raise full

    clock = FastClock(COURSE, START)
    keeper = Keeper(clock, save)
    keeper.start()
    clock.release()
    assert eventually(lambda: keeper.error is full)
    held = clock.now()
    keeper.stop()
    assert clock.now() <= clock.ahead(0)
    assert held <= clock.now()
