"""The kernel's events, live, of processes in a cgroup that the test made."""

import contextlib
import ctypes
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shikra.model import clock, event
from shikra.sources.kernel import cgroups, source
from support.flooded import CALLS, RARE, URGENT, flood, only
from support.waiting import until

pytestmark = pytest.mark.kernel
PATIENCE_S = 10
ROOT = Path(__file__).resolve().parents[3]


class Watched:
    """A source, and a cgroup whose processes' events it gives."""

    def __init__(self, kernel: source.KernelSource, folder: Path) -> None:
        """Watch the processes in this cgroup."""
        self.kernel = kernel
        self._folder = folder
        self._cgroup = folder.stat().st_ino

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a program in the cgroup."""
        procs = self._folder / "cgroup.procs"
        return subprocess.Popen(  # noqa: S603  the test's own commands
            ["/bin/sh", "-c", f'echo $$ > {procs}; exec "$@"', "sh", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def until(self, wanted: Callable[[event.Event], bool]) -> event.Event:
        """Return the first event of the cgroup that is wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            select.select([self.kernel.fileno()], [], [], 0.1)
            for item in self.kernel.drain(4096):
                if isinstance(item, event.Event) and self._is_ours(item) and wanted(item):
                    return item
        pytest.fail("the event didn't come")

    def _is_ours(self, item: event.Event) -> bool:
        return bool(item.data.call.cgroup == self._cgroup)


@pytest.fixture(scope="module")
def kernel(probe_object: Path) -> Iterator[source.KernelSource]:
    """Return a source with nothing watched."""
    settings = source.Settings(probe_object=probe_object)
    with source.KernelSource.open(settings, clock.SystemClock(), {}) as opened:
        yield opened


@pytest.fixture
def watched(kernel: source.KernelSource) -> Iterator[Watched]:
    """Return the source and an empty cgroup of the hierarchy that it looks at."""
    root = cgroups.MOUNT
    if cgroups.chosen() is cgroups.Hierarchy.MEMORY:
        root /= "memory"
    folder = root / f"shikra-test-source-{os.getpid()}"
    folder.mkdir()
    try:
        yield Watched(kernel, folder)
    finally:
        kernel.watch(frozenset())
        deadline = time.monotonic() + PATIENCE_S
        while folder.exists() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # its last process is just ending
                folder.rmdir()


def test_an_open_is_seen_with_its_names(watched: Watched, tmp_path: Path) -> None:
    """A file that is opened through a symlink has the name asked for and its real path."""
    secret, link = tmp_path / "secret", tmp_path / "link"
    secret.touch()
    link.symlink_to(secret)
    watched.kernel.watch(frozenset({"openat", "open"}))
    watched.start("cat", str(link)).wait()
    seen = watched.until(lambda item: item.path == bytes(link))
    assert seen.real_path == bytes(secret)
    assert seen.data.call.result >= 0
    assert seen.process is not None
    assert seen.process.arguments == (b"cat", bytes(link))
    assert os.getpid() in [each.pid for each in seen.process.ancestors()]
    assert abs(seen.time_ns - time.time_ns()) < PATIENCE_S * 1_000_000_000


def test_a_failed_open_is_seen(watched: Watched, tmp_path: Path) -> None:
    """A file that isn't there gives an event with the name and the error."""
    absent = bytes(tmp_path / "absent")
    watched.kernel.watch(frozenset({"openat", "open"}))
    watched.start("cat", str(tmp_path / "x" / ".." / "absent")).wait()
    seen = watched.until(lambda item: item.path == absent)
    assert seen.data.call.result == -2
    assert seen.real_path is None


def test_an_exec_is_seen_as_the_new_image(watched: Watched) -> None:
    """An exec's event has the name and arguments of what runs now."""
    watched.kernel.watch(frozenset({"execve", "execveat"}))
    watched.start("sleep", "0").wait()
    seen = watched.until(lambda item: item.process is not None and item.process.name == b"sleep")
    assert seen.type == "execve"
    assert seen.process is not None
    assert seen.process.exepath.endswith((b"/sleep", b"/busybox", b"/coreutils"))


def test_a_connection_is_seen_with_both_ends(watched: Watched) -> None:
    """A connection's event has the address that was connected to."""
    watched.kernel.watch(frozenset({"connect"}))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
        watched.start(sys.executable, "-c", program).wait()
        seen = watched.until(lambda item: item.data.call.remote_port == port)
    assert seen.data.call.remote_address[:4] == bytes((127, 0, 0, 1))
    assert seen.data.call.local_port


def test_what_is_not_watched_is_not_seen(watched: Watched, tmp_path: Path) -> None:
    """Only what was asked for comes; asking again changes it at once."""
    (tmp_path / "file").touch()
    watched.kernel.watch(frozenset({"connect"}))
    watched.start("cat", str(tmp_path / "file")).wait()
    watched.kernel.watch(frozenset({"execve"}))
    watched.start("cat", str(tmp_path / "file")).wait()
    first = watched.until(lambda _: True)
    assert first.type == "execve"


def test_nothing_is_lost_and_every_reason_is_told(kernel: source.KernelSource) -> None:
    """Each reason has a count a CPU, and the ring isn't full."""
    losses = kernel.losses()
    assert "ring_full" in losses
    assert {len(counts) for counts in losses.values()} == {len(losses["ring_full"])}
    assert all(0 <= use.used_bytes < use.size_bytes for use in kernel.rings().values())
    assert kernel.counters()["record_short"] == 0
    assert kernel.counters()["record_unknown"] == 0


def test_an_urgent_event_finds_its_process_under_a_flood(probe_object: Path) -> None:
    """While calls are lost, who makes an urgent one is known, with all that it was given."""
    settings = source.Settings(probe_object=probe_object, ring_bytes=mmap.PAGESIZE)
    cpu = min(os.sched_getaffinity(0))
    with source.KernelSource.open(settings, clock.SystemClock(), {}) as kernel:
        kernel.load(kernel.pack(only(RARE, URGENT, urgent=frozenset({1}))))
        flood(cpu, open_by_handle_at=CALLS)
        pid = flood(cpu, open_by_handle_at=CALLS, pivot_root=1)
        events = [item for item in kernel.drain(1 << 20) if isinstance(item, event.Event)]
        assert kernel.losses()["ring_full"][cpu] >= CALLS
    (urgent,) = [each for each in events if each.type == URGENT]
    assert urgent.process is not None
    assert urgent.process.pid == pid
    assert urgent.process.arguments[-2:] == (b"pivot_root", b"1")


@pytest.mark.parametrize(
    "flooding",
    [
        pytest.param("", id="at rest"),
        pytest.param(
            "opened.watch(frozenset({'openat'}))\n"
            "while not sum(opened.losses()['ring_full']): subprocess.run(['/bin/true'])\n",
            id="with a full ring",
        ),
    ],
)
def test_a_sensor_that_is_killed_leaves_nothing_behind(
    probe_object: Path, tmp_path: Path, flooding: str
) -> None:
    """When the process is killed, its programs leave the kernel, and the next one starts clean."""
    program = (
        "import mmap, signal, subprocess, sys\n"
        "from pathlib import Path\n"
        "from shikra.model import clock\n"
        "from shikra.sources.kernel import source\n"
        "settings = source.Settings(probe_object=Path(sys.argv[1]), ring_bytes=mmap.PAGESIZE)\n"
        "opened = source.KernelSource.open(settings, clock.SystemClock(), {})\n"
        f"{flooding}"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    child = subprocess.Popen(  # noqa: S603  the program above
        [sys.executable, "-c", program, str(probe_object)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        loaded = _programs_of(child.pid)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert len(loaded) > 1
    until(lambda: _are_gone(loaded), "the programs to be gone", PATIENCE_S)
    settings = source.Settings(probe_object=probe_object)
    with source.KernelSource.open(settings, clock.SystemClock(), {}) as again:
        again.watch(frozenset({"openat"}))
        (tmp_path / "file").touch()
        subprocess.run(["/bin/cat", str(tmp_path / "file")], check=True)  # noqa: S603
        opens = [item for item in again.drain(1 << 20) if isinstance(item, event.Event)]
        assert bytes(tmp_path / "file") in [each.path for each in opens]
        assert sum(again.losses()["ring_full"]) == 0


def _programs_of(pid: int) -> set[int]:
    """Return the ids of the programs that a process holds."""
    found = set()
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        for line in info.read_text().splitlines():
            if line.startswith("prog_id:"):
                found.add(int(line.split()[1]))
    return found


def _are_gone(programs: set[int]) -> bool:
    """Say whether the kernel has none of these programs any more."""
    library = ctypes.CDLL("libbpf.so.1", use_errno=True)
    for program in programs:
        fd = library.bpf_prog_get_fd_by_id(program)
        if fd >= 0:
            os.close(fd)
            return False
    return True
