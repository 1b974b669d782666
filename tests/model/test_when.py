"""How times are written."""

import time
from collections.abc import Callable

import pytest

from shikra.model import when

ZONE = "XXX-02:00"  # two hours east of Greenwich


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the time zone."""
    monkeypatch.setenv("TZ", ZONE)
    time.tzset()


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        pytest.param(when.local_time, "18:17:57.000000042", id="local time"),
        pytest.param(when.local_iso_8601, "2016-08-04T18:17:57.000000042+0200", id="local ISO"),
        pytest.param(when.local_date_time, "2016-08-04 18:17:57.000000042", id="local date"),
        pytest.param(when.utc_iso_8601, "2016-08-04T16:17:57.000000042+0000", id="ISO"),
        pytest.param(when.utc, "2016-08-04T16:17:57.000000042Z", id="universal time"),
    ],
)
def test_time_is_written_to_the_nanosecond(write: Callable[[int], str], expected: str) -> None:
    """No digit of the time is lost, and local time is the machine's."""
    assert write(1_470_327_477_000_000_042) == expected


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        pytest.param(0, "1970-01-01T00:00:00.000000000Z", id="the epoch"),
        pytest.param(-1, "1969-12-31T23:59:59.999999999Z", id="a clock before the epoch"),
        pytest.param(2**64 - 1, "2554-07-21T23:34:33.709551615Z", id="the last that fits"),
    ],
)
def test_a_clock_that_is_far_off_can_be_written(time_ns: int, expected: str) -> None:
    """A clock that was set wrong gives a wrong time, not a failure."""
    assert when.utc(time_ns) == expected
