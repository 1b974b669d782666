"""The mounts that a container's first process began with."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shikra.sources.kernel import first_mounts, identify, libbpf, state

KEY, PID, EVENT, DEVICE = 99, 7, 1000, 5
MOUNTINFO = b"1 0 0:5 / /mnt/secrets ro - tmpfs tmpfs rw\n"


class Told:
    """One container."""

    def first(self, key: int) -> state.FirstProcess | None:
        """Return its first process, which began with the mounts of this event."""
        first = state.FirstProcess(first_pid=PID, exe_device=0, exe_inode=0, mount_event=EVENT)
        return first if key == KEY else None


def mounts_of(proc: Path, mount_event: int = EVENT) -> first_mounts.FirstMounts:
    """Return what there is to know where the mounts are as of this event by now."""

    def identified(descriptor: int) -> identify.Identity:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink()
        assert opened == proc / str(PID) / "root"
        return identify.Identity(0, 0, mount_event, 0, 1)

    return first_mounts.FirstMounts(Told(), identified, proc)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Return a /proc with the process in it."""
    (tmp_path / str(PID) / "root").mkdir(parents=True)
    (tmp_path / str(PID) / "mountinfo").write_bytes(MOUNTINFO)
    return tmp_path


def test_a_file_is_named_by_the_mounts_at_the_start(proc: Path) -> None:
    """What was mounted when the container began names the file, as long as the container lives."""
    mounts = mounts_of(proc)
    assert mounts.began(KEY, PID) == {b"/mnt/secrets"}
    assert mounts.names(KEY, DEVICE, b"/key") == (b"/mnt/secrets/key",)
    assert mounts.names(KEY + 1, DEVICE, b"/key") == ()
    assert mounts.unknown == 0
    mounts.ended(KEY)
    assert mounts.names(KEY, DEVICE, b"/key") == ()


@pytest.mark.parametrize(
    ("values", "mount_event"),
    [
        pytest.param({}, EVENT + 1, id="mounts that have changed meanwhile"),
        pytest.param({"key": KEY + 1}, EVENT, id="a container that the probe knows no more"),
        pytest.param({"pid": PID + 1}, EVENT, id="a process that is gone"),
    ],
)
def test_what_is_not_of_the_start_names_nothing(
    proc: Path, values: Mapping[str, int], mount_event: int
) -> None:
    """Mounts that may not be those of the start are no ground for a name, and counted."""
    mounts = mounts_of(proc, mount_event)
    key = values.get("key", KEY)
    assert mounts.began(key, values.get("pid", PID)) == frozenset()
    assert mounts.names(key, DEVICE, b"/key") == ()
    assert not mounts.are_where_they_were(key)
    assert mounts.unknown == 1


def test_a_kernel_that_refuses_to_be_asked_names_nothing(proc: Path) -> None:
    """Where the probe can't be asked, nothing is known, and that is counted."""

    def refused(_descriptor: int) -> identify.Identity:
        raise libbpf.LibbpfError("run identify: Operation not permitted")

    mounts = first_mounts.FirstMounts(Told(), refused, proc)
    assert mounts.began(KEY, PID) == frozenset()
    assert mounts.unknown == 1


def test_a_mount_whose_path_changes_is_seen(proc: Path) -> None:
    """Mounts are where they were until the kernel lists another path for one."""
    mounts = mounts_of(proc)
    mounts.began(KEY, PID)
    assert mounts.are_where_they_were(KEY)
    (proc / str(PID) / "mountinfo").write_bytes(MOUNTINFO.replace(b"/mnt", b"/srv"))
    assert not mounts.are_where_they_were(KEY)
