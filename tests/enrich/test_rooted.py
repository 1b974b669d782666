"""Files of a container are read inside of it alone, whatever its owner made of them."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from shikra.enrich import rooted
from shikra.enrich.rooted import Unreadable
from support.processes import write_process

PID = 700
OUTSIDE = b"outside"
INSIDE = b"inside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give the root of a process, beside a file that is none of its business."""
    (tmp_path / "passwd").write_bytes(OUTSIDE)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_bytes(OUTSIDE)
    return write_process(tmp_path, PID, cgroup="/pod/the-id")


def read(root: Path, path: str = "etc/passwd") -> bytes:
    """Read as enrichment does."""
    with rooted.process(PID, b"the-id", root.parent) as process:
        return rooted.read(process, path)


def test_a_file_is_read(root: Path) -> None:
    """A regular file gives its bytes."""
    (root / "etc/passwd").write_bytes(INSIDE)
    assert read(root) == INSIDE


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/real", id="absolute"),
        pytest.param("../real", id="relative"),
        pytest.param("../../../../../../../../real", id="past the root"),
        pytest.param("/etc/../../../real", id="absolute, past the root"),
    ],
)
def test_a_link_leads_nowhere_but_inside(root: Path, target: str) -> None:
    """A symbolic link means what it means to the container's own processes."""
    (root / "real").write_bytes(INSIDE)
    (root / "etc/passwd").symlink_to(target)
    assert read(root) == INSIDE


def test_a_linked_directory_leads_nowhere_but_inside(root: Path) -> None:
    """A directory on the way may be a link, too."""
    (root / "etc").rmdir()
    (root / "etc").symlink_to(root.parent)
    with pytest.raises(FileNotFoundError):
        read(root)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _directory(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path must be short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def _device(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("making a device needs root")
    os.mknod(path, 0o020666, os.makedev(1, 5))  # /dev/zero


@pytest.mark.parametrize("make", [_fifo, _directory, _socket, _device])
def test_only_regular_files_are_opened(root: Path, make: Callable[[Path], None]) -> None:
    """A pipe doesn't hang, a device isn't touched."""
    make(root / "etc/passwd")
    with pytest.raises(Unreadable, match="not a regular file"):
        read(root)


def test_a_loop_of_links_ends(root: Path) -> None:
    """Links that lead to each other are an error."""
    (root / "etc/passwd").symlink_to("passwd")
    with pytest.raises(OSError, match="passwd"):
        read(root)


def test_a_huge_file_is_cut(root: Path) -> None:
    """Of a file of many gigabytes the beginning is read."""
    with (root / "etc/passwd").open("wb") as file:
        file.write(INSIDE)
        file.truncate(1 << 36)
    found = read(root)
    assert len(found) == rooted.MAX_BYTES
    assert found.startswith(INSIDE)


@pytest.mark.parametrize("name", ["version", "self/environ", "kcore"])
def test_a_file_of_proc_is_none(name: str) -> None:
    """What the kernel makes up isn't read, though it looks like a regular file."""
    with rooted.process(os.getpid(), b"") as process, pytest.raises((Unreadable, OSError)):
        rooted.read(process, f"proc/{name}")


def test_a_magic_link_is_refused() -> None:
    """A link through which /proc leads into another root isn't followed."""
    with (
        rooted.process(os.getpid(), b"") as process,
        pytest.raises(OSError, match="symbolic links"),
    ):
        rooted.read(process, "proc/thread-self/root/etc/passwd")


def test_a_pid_of_somebody_else_is_refused(root: Path) -> None:
    """A pid that was given to a process of another container says nothing of this one."""
    (root / "etc/passwd").write_bytes(INSIDE)
    with (
        pytest.raises(Unreadable, match="another one"),
        rooted.process(PID, b"other-id", root.parent),
    ):
        pass


def test_a_process_that_is_gone_is_an_error(root: Path) -> None:
    """A pid that nobody has gives FileNotFoundError."""
    with pytest.raises(FileNotFoundError), rooted.process(PID + 1, b"", root.parent):
        pass


def test_no_descriptor_is_left(root: Path) -> None:
    """Whatever happens, everything that was opened is closed."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  Path would open it, too
    _fifo(root / "etc/passwd")
    for _ in range(3):
        with pytest.raises(Unreadable):
            read(root)
        with pytest.raises(FileNotFoundError):
            read(root, "etc/absent")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  as above
