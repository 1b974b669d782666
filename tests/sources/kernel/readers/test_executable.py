"""Fields on the process's executable."""

import pytest

from shikra.model import process
from shikra.model.value import Value
from support.kernel_records import WALL_NS, call_event

SECOND = 1_000_000_000
EXE = process.Executable(
    device=8,
    inode=42,
    changed_ns=WALL_NS + 2 * SECOND,
    modified_ns=WALL_NS + SECOND,
    is_writable=True,
    is_upper_layer=True,
    is_lower_layer=False,
    is_from_memfd=False,
)
UNKNOWN = process.Executable(device=8, inode=42)


@pytest.mark.parametrize(
    ("executable", "field", "value"),
    [
        pytest.param(EXE, "proc.is_exe_writable", True, id="writable"),
        pytest.param(EXE, "proc.is_exe_upper_layer", True, id="written since"),
        pytest.param(EXE, "proc.is_exe_lower_layer", False, id="not of the image"),
        pytest.param(EXE, "proc.is_exe_from_memfd", False, id="not in memory"),
        pytest.param(EXE, "proc.exe_ino", 42, id="inode"),
        pytest.param(EXE, "proc.exe_ino.ctime", WALL_NS + 2 * SECOND, id="changed"),
        pytest.param(EXE, "proc.exe_ino.mtime", WALL_NS + SECOND, id="modified"),
        pytest.param(UNKNOWN, "proc.exe_ino", 42, id="inode alone"),
        pytest.param(UNKNOWN, "proc.is_exe_upper_layer", None, id="layer not told"),
        pytest.param(UNKNOWN, "proc.exe_ino.ctime", None, id="time not told"),
        pytest.param(None, "proc.exe_ino", None, id="nothing told"),
        pytest.param(None, "proc.is_exe_from_memfd", None, id="nothing told of memory"),
    ],
)
def test_the_executable_is_told(
    executable: process.Executable | None, field: str, value: Value
) -> None:
    """What isn't known of the executable has no value."""
    caller = process.Process(id=1, pid=7, executable=executable)
    assert call_event(process_of=caller).fields[field] == value


@pytest.mark.parametrize(
    ("start", "namespace", "until_start", "since_namespace"),
    [
        pytest.param(5, 1, 3 * SECOND, SECOND, id="changed before the start"),
        pytest.param(1, 1, None, SECOND, id="changed after the start"),
        pytest.param(5, 4, 3 * SECOND, None, id="older than the namespace"),
        pytest.param(5, 0, 3 * SECOND, None, id="namespace's start not known"),
    ],
)
def test_durations_have_their_order(
    start: int, namespace: int, until_start: Value, since_namespace: Value
) -> None:
    """A duration has a value only where its beginning is before its end."""
    caller = process.Process(id=1, pid=7, executable=EXE, start_time_ns=start * SECOND)
    event = call_event(
        process_of=caller, time_ns=9 * SECOND, pid_namespace_start_ns=namespace * SECOND
    )
    assert event.fields["proc.exe_ino.ctime_duration_proc_start"] == until_start
    assert event.fields["proc.exe_ino.ctime_duration_pidns_start"] == since_namespace
    told = WALL_NS + namespace * SECOND if namespace else None
    assert event.fields["proc.pidns_init_start_ts"] == told
