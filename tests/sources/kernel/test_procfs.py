"""What /proc says of a process is read with bounds."""

import os
from pathlib import Path

import pytest

from shikra.model import process
from shikra.sources.kernel import procfs


def test_this_process_is_read() -> None:
    """A living process gives its parent, its command line and its executable."""
    entry = procfs.read(os.getpid())
    assert entry is not None
    assert entry.parent_pid == os.getppid()
    assert entry.exepath == os.fsencode(Path("/proc/self/exe").readlink())
    assert entry.arguments
    assert b":/" in entry.cgroups
    assert entry.environment is not None
    assert b"PATH=" in entry.environment
    exe = Path("/proc/self/exe").stat()
    assert entry.executable == process.Executable(
        device=exe.st_dev,
        inode=exe.st_ino,
        changed_ns=exe.st_ctime_ns,
        modified_ns=exe.st_mtime_ns,
    )


def test_an_environment_that_is_closed_is_not_known(tmp_path: Path) -> None:
    """What may not be read is told from what is empty; the rest is read all the same."""
    entry = procfs.read(7, _fake(tmp_path, b"7 (x) S 1 7\n", b"x\0"))
    assert entry is not None
    assert entry.environment is None
    (tmp_path / "7" / "environ").write_bytes(b"")
    entry = procfs.read(7, tmp_path)
    assert entry is not None
    assert entry.environment == b""


def test_a_long_environment_is_cut(tmp_path: Path) -> None:
    """No more than 4,096 bytes are kept, and it is said that there was more."""
    root = _fake(tmp_path, b"7 (x) S 1 7\n", b"x\0")
    (root / "7" / "environ").write_bytes(b"A=" + b"y" * 5000)
    entry = procfs.read(7, root)
    assert entry is not None
    assert entry.environment is not None
    assert (len(entry.environment), entry.is_environment_cut) == (4096, True)


def test_a_process_that_is_gone_is_none(tmp_path: Path) -> None:
    """A process that ended meanwhile is no mistake."""
    assert procfs.read(7, tmp_path) is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        pytest.param(b"cat", b"cat", id="plain"),
        pytest.param(b"a) S 99 (b", b"a) S 99 (b", id="brackets and numbers in the name"),
        pytest.param(b"a b\n", b"a b\n", id="blanks"),
        pytest.param(b"0123456789abcdefgh", b"0123456789abcde", id="too long"),
    ],
)
def test_a_hostile_name_hides_nothing(tmp_path: Path, name: bytes, read: bytes) -> None:
    """Whatever the process calls itself, the numbers behind its name are read."""
    entry = procfs.read(7, _fake(tmp_path, b"7 (" + name + b") S 42 7 7 0\n", b"x\0"))
    assert entry is not None
    assert (entry.name, entry.parent_pid) == (read, 42)


def test_a_long_command_line_is_cut(tmp_path: Path) -> None:
    """No more than 4,096 bytes are kept, and it is said that there was more."""
    entry = procfs.read(7, _fake(tmp_path, b"7 (x) S 1 7\n", b"y" * 131072))
    assert entry is not None
    assert len(entry.arguments) == 4096
    assert entry.is_cut


def _fake(root: Path, stat: bytes, cmdline: bytes) -> Path:
    folder = root / "7"
    folder.mkdir()
    (folder / "stat").write_bytes(stat)
    (folder / "cmdline").write_bytes(cmdline)
    (folder / "cgroup").write_bytes(b"0::/\n")
    return root


def test_the_hosts_mount_namespace_needs_no_right_to_the_first_process(tmp_path: Path) -> None:
    """Where the first process is closed, a kernel thread tells, and in the end this process."""
    for pid in ("2", "self"):
        (tmp_path / pid / "ns").mkdir(parents=True)
        (tmp_path / pid / "ns" / "mnt").touch()
    kthread = (tmp_path / "2" / "ns" / "mnt").stat().st_ino
    assert procfs.host_mount_namespace(tmp_path) == kthread
    (tmp_path / "2" / "ns" / "mnt").unlink()
    own = (tmp_path / "self" / "ns" / "mnt").stat().st_ino
    assert procfs.host_mount_namespace(tmp_path) == own
