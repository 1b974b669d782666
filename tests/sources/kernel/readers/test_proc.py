"""Fields on the calling process."""

import pytest

from shikra.model import process
from shikra.model.value import Value
from support.kernel_records import WALL_NS, call_event

SECOND = 1_000_000_000
CALLER = process.Process(
    id=1,
    pid=70,
    vpid=7,
    name=b"cat",
    exepath=b"/usr/bin/cat",
    arguments=(b"/bin/cat", b"-n", b"/etc/shadow"),
    start_time_ns=5 * SECOND,
    has_entered=True,
    is_inferred=True,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("proc.name", b"cat", id="name"),
        pytest.param("proc.exe", b"/bin/cat", id="first argument"),
        pytest.param("proc.exepath", b"/usr/bin/cat", id="executable"),
        pytest.param("proc.args", b"-n /etc/shadow", id="arguments"),
        pytest.param("proc.args[0]", b"-n", id="one argument"),
        pytest.param("proc.args[2]", None, id="an argument that isn't there"),
        pytest.param("proc.cmdline", b"cat -n /etc/shadow", id="command line"),
        pytest.param("proc.exeline", b"/bin/cat -n /etc/shadow", id="with the first argument"),
        pytest.param("proc.cmdnargs", 2, id="number of arguments"),
        pytest.param("proc.cmdlenargs", 13, id="their length"),
        pytest.param("proc.pid", 70, id="pid"),
        pytest.param("proc.vpid", 7, id="pid inside"),
        pytest.param("proc.duration", 3 * SECOND, id="running for"),
        pytest.param("proc.pid.ts", WALL_NS + 5 * SECOND, id="started"),
        pytest.param("proc.tty", 34816, id="terminal"),
        pytest.param("proc.entered", True, id="entered"),
        pytest.param("proc.in_init_tree", False, id="not of the tree"),
        pytest.param("proc.exe_is_init", False, id="another executable"),
        pytest.param("proc.lineage_inferred", True, id="guessed"),
    ],
)
def test_the_process_is_told(field: str, value: Value) -> None:
    """What exec fixed comes from the process, what may change from the call."""
    event = call_event(process_of=CALLER, time_ns=8 * SECOND, tty=34816)
    assert event.fields[field] == value


def test_without_a_process_there_is_no_value() -> None:
    """An event without a process has none of these."""
    event = call_event()
    event.process = None
    for field in ("proc.name", "proc.args", "proc.duration", "proc.pname", "proc.aname"):
        assert event.fields[field] is None


@pytest.mark.parametrize(
    ("container", "values", "start", "duration"),
    [
        pytest.param(5, {"pid": 70, "vpid": 7}, WALL_NS + 2 * SECOND, 6 * SECOND, id="its own"),
        pytest.param(5, {"pid": 70, "vpid": 70}, None, None, id="the host's pid namespace"),
        pytest.param(0, {"pid": 70, "vpid": 7}, None, None, id="no container"),
    ],
)
def test_a_container_starts_with_its_pid_namespace(
    container: int, values: dict[str, int], start: Value, duration: Value
) -> None:
    """A container is as old as its pid namespace, where it has one."""
    caller = process.Process(id=1, pid=70, container=container)
    event = call_event(
        process_of=caller, time_ns=8 * SECOND, pid_namespace_start_ns=2 * SECOND, **values
    )
    fields = event.fields
    assert (fields["container.start_ts"], fields["container.duration"]) == (start, duration)
