"""Fields on the event itself."""

import os

import pytest

from shikra.model.value import Value
from support.kernel_records import call_event


@pytest.mark.parametrize(
    ("result", "name", "failed"),
    [
        pytest.param(0, b"SUCCESS", False, id="zero"),
        pytest.param(3, b"SUCCESS", False, id="descriptor"),
        pytest.param(-2, b"ENOENT", True, id="error"),
        pytest.param(-512, b"ERESTARTSYS", True, id="interrupted"),
        pytest.param(-4000, b"4000", True, id="no known error"),
    ],
)
def test_results_have_names(result: int, name: bytes, failed: bool) -> None:
    """A result is SUCCESS or the error's name, and the number as it was."""
    fields = call_event(result=result).fields
    assert fields["evt.res"] == name
    assert fields["evt.rawres"] == result
    assert fields["evt.failed"] is failed


@pytest.mark.parametrize(
    ("is_via_ring", "via"),
    [pytest.param(False, b"syscall", id="call"), pytest.param(True, b"io_uring", id="ring")],
)
def test_events_say_how_they_were_asked_for(is_via_ring: bool, via: bytes) -> None:
    """What came through a ring is of the same type, and says so."""
    event = call_event("openat", is_via_ring=is_via_ring)
    assert (event.type, event.fields["evt.via"]) == ("openat", via)


CREATES = os.O_WRONLY | os.O_CREAT


@pytest.mark.parametrize(
    ("kind", "values", "reads", "writes", "creates"),
    [
        pytest.param("open", {"arguments": (0, os.O_RDONLY)}, True, False, False, id="open"),
        pytest.param("openat", {"arguments": (0, 0, os.O_RDWR)}, True, True, False, id="both"),
        pytest.param("openat", {"arguments": (0, 0, CREATES)}, False, True, True, id="created"),
        pytest.param(
            "openat", {"arguments": (0, 0, CREATES), "result": -13}, False, True, False, id="failed"
        ),
        pytest.param(
            "openat",
            {"arguments": (0, 0, 0xDEAD_0000_0000_0000 | os.O_RDONLY)},
            True,
            False,
            False,
            id="rubbish above 32 bits",
        ),
        pytest.param("openat2", {"open_flags": os.O_WRONLY}, False, True, False, id="openat2"),
        pytest.param("creat", {}, False, True, True, id="creat"),
        pytest.param(
            "open_by_handle_at", {"arguments": (0, 0, 0)}, True, False, False, id="by handle"
        ),
        pytest.param("connect", {"arguments": (0, 0, 2)}, False, False, False, id="no open"),
        pytest.param("openat", {"arguments": (0, 0, 3)}, False, False, False, id="neither"),
    ],
)
def test_opens_say_what_for(
    kind: str, values: dict[str, Value], reads: bool, writes: bool, creates: bool
) -> None:
    """Whether a file was opened for reading or writing follows from the flags of each call."""
    fields = call_event(kind, **values).fields
    assert fields["evt.is_open_read"] is reads
    assert fields["evt.is_open_write"] is writes
    assert fields["evt.is_open_create"] is creates


@pytest.mark.parametrize(
    ("kind", "values", "executable"),
    [
        pytest.param("open", {"arguments": (0, CREATES, 0o755)}, True, id="created so"),
        pytest.param("openat", {"arguments": (0, 0, CREATES, 0o601)}, True, id="for others"),
        pytest.param("openat", {"arguments": (0, 0, CREATES, 0o644)}, False, id="created plain"),
        pytest.param("openat", {"arguments": (0, 0, 0, 0o755)}, False, id="not created"),
        pytest.param("creat", {"arguments": (0, 0o700)}, True, id="creat"),
        pytest.param("connect", {"arguments": (0, CREATES, 0o755)}, False, id="no open"),
        pytest.param("openat2", {"arguments": (0, 0, CREATES, 0o700)}, True, id="mode from memory"),
    ],
)
def test_programs_that_are_written_are_known(
    kind: str, values: dict[str, Value], executable: bool | None
) -> None:
    """Whether a file is created that may be executed follows from flags and mode."""
    assert call_event(kind, **values).fields["evt.is_open_exec"] is executable


def test_types_can_be_asked_for() -> None:
    """An event is 1 for its own type and 0 for others."""
    fields = call_event("openat").fields
    assert (fields["evt.type.is[openat]"], fields["evt.type.is[open]"]) == (1, 0)


def test_time_is_counted_from_the_first_event() -> None:
    """Relative time has seconds and the rest of them."""
    fields = call_event(time_ns=3_000_000_005).fields
    names = ("evt.reltime", "evt.reltime.s", "evt.reltime.ns")
    assert [fields[name] for name in names] == [3_000_000_005, 3, 5]
    assert fields["evt.outputtime"] == fields["evt.time"]


def test_the_rest_is_told() -> None:
    """Type, category, number, processor and source are the event's."""
    fields = call_event("connect", cpu=5).fields
    names = ("evt.type", "syscall.type", "evt.category", "evt.num", "evt.cpu", "evt.source")
    assert [fields[name] for name in names] == [b"connect", b"connect", b"net", 1, 5, b"syscall"]
    assert fields["evt.hostname"]
