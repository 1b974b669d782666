"""Fields on what the caller may use, and uses."""

from typing import Any

import pytest

from shikra.model.value import Value
from support.kernel_records import call_event

USED = {
    "pid": 7,
    "tid": 7,
    "memory_size_pages": 100,
    "memory_resident_pages": 20,
    "memory_swapped_pages": 3,
    "threads": 5,
    "descriptor_limit": 1024,
    "faults_major": 2,
    "faults_minor": 9,
    "cwd": b"/srv",
}


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        pytest.param({}, "proc.vmsize", 400, id="size"),
        pytest.param({}, "proc.vmrss", 80, id="resident"),
        pytest.param({}, "proc.vmswap", 12, id="swapped"),
        pytest.param({}, "thread.vmsize", 400, id="of the main thread"),
        pytest.param({}, "thread.vmrss.b", 81920, id="in bytes"),
        pytest.param({"tid": 8}, "thread.vmsize", 0, id="of another thread"),
        pytest.param({"tid": 8}, "proc.vmsize", 400, id="of its process"),
        pytest.param({}, "thread.pfmajor", 2, id="major faults"),
        pytest.param({}, "thread.pfminor", 9, id="minor faults"),
        pytest.param({}, "proc.fdlimit", 1024, id="descriptors"),
        pytest.param({}, "proc.nthreads", 5, id="threads"),
        pytest.param({}, "proc.nchilds", 4, id="threads but the main one"),
        pytest.param({}, "proc.cwd", b"/srv", id="directory"),
        pytest.param({"cwd": None}, "proc.cwd", None, id="directory that isn't told"),
        pytest.param(
            {"cap_effective": 1 << 21 | 1},
            "thread.cap_effective",
            b"CAP_CHOWN CAP_SYS_ADMIN",
            id="capabilities",
        ),
        pytest.param(
            {"cap_permitted": 1 << 40 | 1 << 63},
            "thread.cap_permitted",
            b"CAP_CHECKPOINT_RESTORE",
            id="a capability without a name",
        ),
        pytest.param({}, "thread.cap_inheritable", b"", id="no capability"),
    ],
)
def test_circumstances_are_told(values: dict[str, Any], field: str, value: Value) -> None:
    """Each is the caller's at the moment of the call."""
    assert call_event(**USED | values).fields[field] == value
