"""Fields on creators."""

import pytest

from shikra.model import process
from shikra.model.value import Value
from support.kernel_records import call_event

POD = 9
INIT = process.Process(id=1, pid=1, name=b"systemd", start_time_ns=1)
SHIM = process.Process(
    id=2,
    pid=20,
    vpid=20,
    name=b"shim",
    exepath=b"/usr/bin/shim",
    arguments=(b"shim", b"-v"),
    creator=INIT,
    start_time_ns=40,
)
RUNC = process.Process(id=3, pid=30, name=b"runc", creator=SHIM, is_runtime=True)
APP = process.Process(
    id=4, pid=40, name=b"app", creator=RUNC, container=POD, is_first=True, in_init_tree=True
)
SH = process.Process(id=5, pid=50, name=b"sh", creator=APP, container=POD, had_terminal=True)
CAT = process.Process(id=6, pid=60, name=b"cat", creator=SH, container=POD)


@pytest.mark.parametrize(
    ("of", "field", "value"),
    [
        pytest.param(CAT, "proc.pname", b"sh", id="parent"),
        pytest.param(APP, "proc.pname", b"shim", id="past the runtime's helper"),
        pytest.param(APP, "proc.ppid", 20, id="parent's pid"),
        pytest.param(APP, "proc.pvpid", 20, id="parent's pid inside"),
        pytest.param(APP, "proc.pexe", b"shim", id="parent's first argument"),
        pytest.param(APP, "proc.pexepath", b"/usr/bin/shim", id="parent's executable"),
        pytest.param(APP, "proc.pcmdline", b"shim -v", id="parent's command line"),
        pytest.param(APP, "proc.ppid.duration", 60, id="parent running for"),
        pytest.param(INIT, "proc.pname", None, id="no parent"),
        pytest.param(CAT, "proc.aname", (b"sh", b"app", b"shim", b"systemd"), id="all"),
        pytest.param(CAT, "proc.aname[0]", b"cat", id="0 is the process"),
        pytest.param(CAT, "proc.aname[1]", b"sh", id="1 is the parent"),
        pytest.param(CAT, "proc.aname[3]", b"shim", id="3, past the helper"),
        pytest.param(CAT, "proc.aname[9]", None, id="too far"),
        pytest.param(INIT, "proc.aname", (), id="none"),
        pytest.param(CAT, "proc.apid", (50, 40, 20, 1), id="pids"),
        pytest.param(CAT, "proc.acmdline[3]", b"shim -v", id="a command line"),
        pytest.param(CAT, "proc.aargs[3]", b"-v", id="arguments"),
        pytest.param(CAT, "proc.aexepath[3]", b"/usr/bin/shim", id="an executable"),
        pytest.param(CAT, "proc.lineage", (b"sh", b"app"), id="up to the container's start"),
        pytest.param(APP, "proc.lineage", (), id="the container's start itself"),
        pytest.param(SHIM, "proc.lineage", (b"systemd",), id="on the host"),
        pytest.param(SH, "proc.below_terminal", True, id="has a terminal"),
        pytest.param(CAT, "proc.below_terminal", True, id="a creator has one"),
        pytest.param(CAT, "proc.loginshellid", 50, id="the oldest shell"),
        pytest.param(SH, "proc.loginshellid", 50, id="a shell itself"),
        pytest.param(APP, "proc.loginshellid", None, id="no shell"),
        pytest.param(APP, "proc.below_terminal", False, id="nobody in the container has one"),
    ],
)
def test_creators_are_told(of: process.Process, field: str, value: Value) -> None:
    """Creators are counted from the nearest; a runtime's helpers aren't among them."""
    assert call_event(process_of=of, time_ns=100).fields[field] == value
