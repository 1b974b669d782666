"""What becomes of calls whose caller is ended: what isn't a read of a file."""

import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.verdict import Outcome
from support import killing, repeats
from support.judging import Judge
from support.killing import ENDED, Ended, Scene
from support.waiting import until

pytestmark = pytest.mark.kernel

PAYLOAD = b"what must not arrive"
TIMES = repeats.times(20, emulated=2)
EXECUTIONS = repeats.times(300, emulated=50)
FAULTS = -signal.SIGSEGV

EXEC_OFTEN = """
import os, sys
for _ in range(int(sys.argv[2])):
    child = os.posix_spawn(sys.argv[1], ["image"], {})
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
SEND = """
import os, socket, sys
payload = {!r}
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        made = socket.socket()
        {}
        made.send(payload)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
ATTACH = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
child = os.fork()
if child == 0:
    libc.ptrace(16, int(sys.argv[1]), 0, 0)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container."""
    with killing.scene(judge) as made:
        yield made


def faulting(folder: Path) -> Path:
    """Return a program whose first instruction faults, on each kind of processor."""
    machine = {"x86_64": 62, "aarch64": 183}[__import__("platform").machine()]
    start, page = 0x400000, 0x1000
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\2\1\1",
        *(2, machine, 1, start + page // 2, 64, 0, 0, 64, 56, 1, 64, 0, 0),
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, page, page, page)
    path = folder / "image"
    path.write_bytes((header + load).ljust(page, b"\0"))
    path.chmod(0o755)
    return path


def test_a_new_image_runs_no_instruction(scene: Scene, tmp_path: Path) -> None:
    """A program that may not run dies before its first instruction, which would have faulted."""
    image = faulting(tmp_path)
    on = "evt.type in (execve, execveat)"
    condition = f"proc.exepath = {image} and evt.rawres = 0"
    scene.order(condition, on=on, kill=frozenset())
    ran = scene.python(EXEC_OFTEN, str(image), "1")
    assert ran.output.split() == [b"%d" % FAULTS]
    scene.order(condition, on=on)
    ended = scene.python(EXEC_OFTEN, str(image), str(EXECUTIONS))
    assert ended.output.split() == [b"%d" % ENDED] * EXECUTIONS
    assert scene.counted() == {Outcome.KILLED: EXECUTIONS}


@pytest.mark.parametrize(
    "connects",
    [
        pytest.param("made.connect(('127.0.0.1', int(sys.argv[1])))", id="plain"),
        pytest.param(
            "made.setblocking(False); made.connect_ex(('127.0.0.1', int(sys.argv[1])));"
            " made.setblocking(True)",
            id="without waiting",
        ),
        pytest.param(
            "made.setsockopt(6, 30, 1); made.connect(('127.0.0.1', int(sys.argv[1])))",
            id="with the first payload",
        ),
    ],
)
def test_no_payload_arrives(scene: Scene, connects: str) -> None:
    """Who connects where nobody may dies before the first byte of payload."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        on = "evt.type = connect"
        scene.order(f"fd.sport = {port} and proc.entered = true", on=on)
        source = SEND.format(PAYLOAD, connects)
        ended = scene.python(source, str(port), str(TIMES))
        assert ended.output.split() == [b"%d" % ENDED] * TIMES
        arrived = b""
        for _ in range(TIMES):
            try:
                taken, _peer = server.accept()
            except TimeoutError:
                break
            with taken:
                arrived += taken.recv(100)
    assert arrived == b""


def test_whom_a_killed_tracer_attached_to_goes_on(scene: Scene) -> None:
    """The target isn't left stopped, whether it is continued before the tracer is gone or after."""
    scene.order("evt.arg.request = PTRACE_ATTACH", on="evt.type = ptrace")
    with scene.start("sleep", "1000") as target:
        try:
            stat = Path(f"/proc/{target.pid}/stat")
            until(lambda: "sleep" in stat.read_text(), "the target to run")
            for _ in range(TIMES):
                ended = scene.python(ATTACH, str(target.pid))
                assert ended == Ended(0, b"%d\n" % ENDED)
                until(lambda: state(stat) == "T", "the target to be left stopped")
                assert scene.told() == [Outcome.KILLED]
                until(lambda: state(stat) == "S", "the target to go on")
        finally:
            target.kill()


def state(stat: Path) -> str:
    """Return a process's state as /proc tells it."""
    return stat.read_text().rpartition(")")[2].split()[0]
