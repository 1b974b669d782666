"""Who comes into a container by setns() alone is in it, and outside again when he leaves."""

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.model.kernel_tables import ContainerBits
from support import judging
from support.judging import Judge, Said
from support.waiting import until

pytestmark = pytest.mark.kernel

NOTHING, MAY, SURELY = Said.NOTHING, Said.MAY, Said.SURELY
ENTERED = "proc.entered = true"
IN_CONTAINER = "container.id != host"
BY_SHELL = "proc.lineage intersects (sh)"
ON_MARKED = "evt.type in (open, openat) and evt.rawres = -20"
"""Calls that are marked by how they fail: what a name means depends on where it is looked up."""

VISIT = """
import ctypes, threading
def mark():
    try: os.open("/dev/null/x", 0)
    except NotADirectoryError: pass
libc = ctypes.CDLL(None, use_errno=True)
NEWNS, FS = 0x20000, 0x200
home = os.open("/proc/self/ns/mnt", 0)
there = os.open("/proc/{pid}/ns/mnt", 0)
def enter(): assert libc.setns(there, NEWNS) == 0
def leave(): assert libc.setns(home, NEWNS) == 0
def child(then):
    if not os.fork(): then(); os._exit(0)
    os.wait()
def thread(then):
    started = threading.Thread(target=then); started.start(); started.join()
def alone(then): assert libc.unshare(FS) == 0; enter(); then()
"""


@pytest.fixture
def container(judge: Judge) -> Iterator[int]:
    """Return the first process of a container: a mount namespace, a cgroup with such a name."""
    folder = judge.folder.parent / secrets.token_hex(32)
    folder.mkdir()
    line = f"echo $$ > {folder}/cgroup.procs; exec unshare --mount sleep 1000"
    with subprocess.Popen(["/bin/sh", "-c", line]) as first:  # noqa: S603  the line above
        try:
            until(lambda: _is_known(judge, folder), "the container to be known")
            yield first.pid
        finally:
            first.terminate()
    with contextlib.suppress(OSError):
        until(lambda: not (folder / "cgroup.procs").read_text(), "the container to end")
        folder.rmdir()


def _is_known(judge: Judge, folder: Path) -> bool:
    judge.events()
    return folder.stat().st_ino in judge.containers


@pytest.mark.parametrize(
    ("source", "marks"),
    [
        pytest.param("mark()", [(NOTHING, NOTHING, SURELY)], id="a neighbour"),
        pytest.param("enter(); mark()", [(SURELY, SURELY, NOTHING)], id="a visitor"),
        pytest.param(
            "enter(); mark(); leave(); mark()",
            [(SURELY, SURELY, NOTHING), (NOTHING, NOTHING, MAY)],
            id="who leaves again",
        ),
        pytest.param(
            "enter(); child(mark)", [(SURELY, SURELY, NOTHING)], id="a child of a visitor"
        ),
        pytest.param(
            "enter(); child(lambda: (leave(), mark()))",
            [(NOTHING, NOTHING, MAY)],
            id="a child that leaves",
        ),
        pytest.param(
            "child(enter); mark()", [(NOTHING, NOTHING, SURELY)], id="the creator of a visitor"
        ),
        pytest.param(
            "thread(lambda: alone(mark)); mark()",
            [(MAY, MAY, MAY), (MAY, MAY, MAY)],
            id="a thread, and its process",
        ),
        pytest.param(
            "thread(lambda: alone(lambda: child(mark))); child(mark)",
            [(SURELY, SURELY, NOTHING), (NOTHING, NOTHING, SURELY)],
            id="a child of a thread, and one of its process",
        ),
    ],
)
def test_a_visitor_is_in_the_container(
    judge: Judge, container: int, source: str, marks: list[tuple[Said, ...]]
) -> None:
    """He has entered, the container's bits are his, and lineage begins where he came in."""
    judge.load(ENTERED, IN_CONTAINER, BY_SHELL, "evt.rawres < 0", on=ON_MARKED)
    inside = ContainerBits(matched=1 << judge.bit(IN_CONTAINER))
    judge.kernel.tell_container(0, ContainerBits(matched=0))
    for key in judge.containers:
        judge.kernel.tell_container(key, inside)
    judge.run(VISIT.format(pid=container) + source, *judging.BY_SHELL)
    assert [said[:3] for _, said in judge.verdicts()] == marks


def test_user_space_knows_where_a_visitor_is(judge: Judge, container: int) -> None:
    """Each call is told of the process as it was then: inside, or outside again."""
    judge.load("evt.rawres < 0", on=ON_MARKED)
    judge.run(VISIT.format(pid=container) + "mark(); enter(); mark(); leave(); mark()")
    callers = [item.process for item in judge.events() if item.process]
    (key,) = {each.container for each in callers if each.container}
    assert [(each.container, each.has_entered) for each in callers] == [
        (0, False),
        (key, True),
        (0, False),
    ]
