"""Fields on what was read and written."""

import socket
from typing import Any

import pytest

from support.kernel_records import call_event

LENGTHS = ("", ".in", ".out", ".file", ".net", ".net.out")


@pytest.mark.parametrize(
    ("kind", "values", "lengths"),
    [
        pytest.param(
            "sendto",
            {"socket_family": socket.AF_INET, "result": 9},
            (9, None, 9, None, 9, 9),
            id="sent",
        ),
        pytest.param(
            "sendto",
            {"socket_family": socket.AF_UNIX, "result": 9},
            (9, None, 9, None, None, None),
            id="sent to a neighbour",
        ),
        pytest.param(
            "sendto", {"socket_family": socket.AF_INET, "result": -11}, (None,) * 6, id="failed"
        ),
        pytest.param("openat", {"result": 3}, (None,) * 6, id="neither"),
    ],
)
def test_lengths_are_of_what_went_through(
    kind: str, values: dict[str, Any], lengths: tuple[int | None, ...]
) -> None:
    """What went in or out is counted in bytes, by direction and by what it went through."""
    fields = call_event(kind, **values).fields
    assert tuple(fields[f"evt.buflen{which}"] for which in LENGTHS) == lengths


def test_the_beginning_of_data_is_told() -> None:
    """What was received is told as it is, and nothing of what has no data."""
    assert call_event("recvfrom", data=b"\xca\xfe").fields["evt.buffer"] == b"\xca\xfe"
    assert call_event("openat").fields["evt.buffer"] is None


@pytest.mark.parametrize(
    ("kind", "flags", "direction"),
    [
        pytest.param("sendmsg", (True, False, True, False), b"write", id="write"),
        pytest.param("connect", (False, False, False, False), None, id="neither"),
    ],
)
def test_calls_read_or_write(kind: str, flags: tuple[bool, ...], direction: bytes | None) -> None:
    """Which calls move data, and which wait, is as Falco has it."""
    fields = call_event(kind).fields
    names = ("evt.is_io", "evt.is_io_read", "evt.is_io_write", "evt.is_wait")
    assert tuple(fields[name] for name in names) == flags
    assert fields["evt.io_dir"] == direction


@pytest.mark.parametrize(
    ("kind", "name", "is_log"),
    [
        pytest.param("sendto", b"/dev/log", True, id="log"),
        pytest.param("sendto", b"/run/x", False, id="another socket"),
        pytest.param("connect", b"/dev/log", False, id="only connected"),
    ],
)
def test_the_system_log_is_recognised(kind: str, name: bytes, is_log: bool) -> None:
    """What is sent to the system log's socket is told from the rest."""
    fields = call_event(kind, socket_family=socket.AF_UNIX, name=name).fields
    assert fields["evt.is_syslog"] is is_log
