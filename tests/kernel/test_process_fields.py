"""Fields of real processes: of one that is older than the source, and of one that isn't."""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model import clock, event
from shikra.model.value import Value
from shikra.sources.kernel import cgroups, source
from shikra.sources.kernel.readers import READERS
from support import probes
from support.waiting import until

pytestmark = pytest.mark.kernel

PATIENCE_S = 10
PROGRAM = """
import os, sys
for line in sys.stdin:
    descriptor = os.open(line.strip(), os.O_RDONLY)
    os.close(descriptor)
"""
"""Opens what it is told to."""
INTERPRETER = Path(sys.executable).resolve()
EXE = INTERPRETER.stat()
OLD, NEW = "an older process", "a new process"


class Opener:
    """A process in a cgroup of its own, which opens files when it is told to."""

    def __init__(self, folder: Path, name: str) -> None:
        """Start it, with an environment and a directory."""
        self.name = name
        script = f'echo $$ > {folder}/cgroup.procs; exec "$@"'
        self.process = subprocess.Popen(  # noqa: S603  our own program
            ["/bin/sh", "-c", script, "sh", sys.executable, "-S", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/usr",
            env={"MARK": name, "EMPTY": ""},
            start_new_session=True,
        )
        exe = Path(f"/proc/{self.process.pid}/exe")
        until(lambda: exe.resolve() == INTERPRETER, "the program to run")

    def open(self, path: str) -> None:
        """Let it open a file."""
        assert self.process.stdin is not None
        self.process.stdin.write(path.encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """End it."""
        self.process.communicate()


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[str, event.Event]]:
    """Return the event of an open by each of the two."""
    root = cgroups.MOUNT
    if cgroups.chosen() is cgroups.Hierarchy.MEMORY:
        root /= "memory"
    folder = root / f"shikra-test-fields-{os.getpid()}"
    folder.mkdir()
    openers = [Opener(folder, OLD)]
    settings = source.Settings(probe_object=probes.built())
    try:
        with source.KernelSource.open(settings, clock.SystemClock(), READERS) as kernel:
            openers.append(Opener(folder, NEW))
            kernel.watch(frozenset({"openat", "open"}))
            cgroup = folder.stat().st_ino
            yield {each.name: _opened(kernel, cgroup, each) for each in openers}
    finally:
        for each in openers:
            each.end()
        deadline = time.monotonic() + PATIENCE_S
        while folder.exists() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # its last process is just ending
                folder.rmdir()


def _opened(kernel: source.KernelSource, cgroup: int, opener: Opener) -> event.Event:
    opener.open("/etc/hostname")
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        select.select([kernel.fileno()], [], [], 0.1)
        for item in kernel.drain(4096):
            is_event = isinstance(item, event.Event) and item.path == b"/etc/hostname"
            if is_event and item.data.call.cgroup == cgroup:  # type: ignore[union-attr]
                return item  # type: ignore[return-value]
    pytest.fail("the event didn't come")


@pytest.mark.parametrize("which", [OLD, NEW])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("proc.env[EMPTY]", b"", id="an empty variable"),
        pytest.param("proc.env[NONE]", None, id="no such variable"),
        pytest.param("proc.cwd", b"/usr", id="directory"),
        pytest.param("proc.exe_ino", EXE.st_ino, id="inode of the executable"),
        pytest.param("proc.exe_ino.ctime", EXE.st_ctime_ns, id="its change"),
        pytest.param("proc.exe_ino.mtime", EXE.st_mtime_ns, id="its content's change"),
        pytest.param("proc.is_exe_from_memfd", False, id="not in memory"),
        pytest.param(
            "proc.is_exe_writable", os.access(INTERPRETER, os.W_OK), id="root may write it"
        ),
        pytest.param("proc.nthreads", 1, id="threads"),
        pytest.param("proc.stdin.type", b"pipe", id="standard input"),
        pytest.param("proc.stdout.name", b"/dev/null", id="standard output"),
        pytest.param("proc.is_sid_leader", True, id="leads its session"),
        pytest.param("evt.arg[flags]", b"O_RDONLY|O_CLOEXEC", id="flags"),
        pytest.param("evt.arg[name]", b"/etc/hostname", id="name"),
        pytest.param("evt.is_open_exec", False, id="created no program"),
    ],
)
def test_a_field_is_told(
    opened: dict[str, event.Event], which: str, field: str, value: Value
) -> None:
    """What is asked of an open is the same of a process that was there before."""
    assert opened[which].fields[field] == value


@pytest.mark.parametrize("which", [OLD, NEW])
def test_a_process_and_its_creators_are_known(opened: dict[str, event.Event], which: str) -> None:
    """Its own environment, its session, its parent, and what it may do, are told."""
    fields = opened[which].fields
    assert fields["proc.env[MARK]"] == which.encode()
    assert fields["proc.sname"] == fields["proc.name"] == fields["proc.pgid.name"]
    assert fields["proc.ppid"] == os.getpid()
    assert fields["proc.aname[1]"] == fields["proc.pname"]
    capabilities = fields["thread.cap_effective"]
    assert isinstance(capabilities, bytes)
    assert b"CAP_SYS_ADMIN" in capabilities.split()
    creators = fields["proc.aenv"]
    assert isinstance(creators, tuple)
    assert len(creators) == len(fields["proc.apid"])  # type: ignore[arg-type]
