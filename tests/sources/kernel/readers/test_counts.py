"""Fields that are 1 for some events."""

import socket
from typing import Any

import pytest

from support.kernel_records import call_event

SORTS = ("file", "net", "memory", "other")


@pytest.mark.parametrize(
    ("kind", "values", "sort"),
    [
        pytest.param("openat", {}, "file", id="open"),
        pytest.param("connect", {"socket_family": socket.AF_INET}, "net", id="connect"),
        pytest.param("connect", {}, "net", id="connect of no socket"),
        pytest.param("sendto", {"socket_family": socket.AF_UNIX}, "net", id="unix"),
        pytest.param("sendto", {}, "other", id="sendto of no socket"),
        pytest.param("execve", {}, "other", id="exec"),
    ],
)
def test_a_failure_counts_for_one_sort(kind: str, values: dict[str, Any], sort: str) -> None:
    """A call that failed counts once, and one that didn't has no value."""
    failed = call_event(kind, result=-13, **values).fields
    found = {each: failed[f"evt.count.error.{each}"] for each in SORTS}
    assert found == {each: 1 if each == sort else None for each in SORTS}
    assert failed["evt.count.error"] == 1
    succeeded = call_event(kind, result=0, **values).fields
    assert [succeeded[f"evt.count.error.{each}"] for each in SORTS] == [None] * 4
    assert succeeded["evt.count.error"] is None


def test_every_event_counts() -> None:
    """Each event is one, the end of a call, and no report of a thread."""
    fields = call_event().fields
    names = ("evt.count", "evt.count.exit", "evt.count.procinfo", "evt.count.threadinfo")
    assert [fields[name] for name in names] == [1, 1, 0, 0]


def test_the_counter_grows() -> None:
    """Each event that reads the counter gets the next number."""
    first, second = (call_event().fields["util.cnt"] for _ in range(2))
    assert isinstance(first, int)
    assert second == first + 1
