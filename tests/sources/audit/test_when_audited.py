"""Kubernetes' times are read to the nanosecond."""

import pytest

from shikra.sources.audit.when_audited import parse, time_ns

NEW_YEAR_NS = 1_767_225_600_000_000_000


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2026-01-01T00:00:00Z", NEW_YEAR_NS, id="seconds"),
        pytest.param("2026-01-01T00:00:00.000001Z", NEW_YEAR_NS + 1_000, id="microseconds"),
        pytest.param("2026-01-01T00:00:00.123456789Z", NEW_YEAR_NS + 123_456_789, id="nanoseconds"),
        pytest.param("2026-01-01T02:00:00.5+02:00", NEW_YEAR_NS + 500_000_000, id="another zone"),
        pytest.param("2026-01-01t00:00:00z", NEW_YEAR_NS, id="small letters"),
        pytest.param("2026-13-01T00:00:00Z", None, id="a month too many"),
        pytest.param("2026-01-01T00:00:00", None, id="no zone"),
        pytest.param("2026-01-01 00:00:00Z", None, id="a blank"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_times_are_read(written: str, expected: int | None) -> None:
    """A time is read as RFC 3339 has it, or not at all."""
    assert parse(written) == expected


def test_the_request_has_a_time_too() -> None:
    """An event without the time of its stage has that of its request."""
    assert time_ns({"requestReceivedTimestamp": "2026-01-01T00:00:00Z"}) == NEW_YEAR_NS
    assert time_ns({"stageTimestamp": 7}) is None
