"""The names that a file has beside the one that was walked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shikra.model.event import FileName, NameKind
from shikra.sources.kernel import file_names, identify, known_files, state
from support.kernel_records import call

KEY, PID, EVENT, DEVICE = 99, 7, 1000, 5
SHADOW = known_files.File(KEY, DEVICE, 42)
MOUNTINFO = b"1 0 0:5 / /mnt/secrets ro - tmpfs tmpfs rw\n"


class Told:
    """One container."""

    def first(self, key: int) -> state.FirstProcess | None:
        """Return its first process, which began with the mounts of this event."""
        first = state.FirstProcess(first_pid=PID, exe_device=0, exe_inode=0, mount_event=EVENT)
        return first if key == KEY else None


def names(proc: Path, mount_event: int = EVENT) -> file_names.FileNames:
    """Return what there is to know where the mounts are as of this event by now."""

    def identified(descriptor: int) -> identify.Identity:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink()
        assert opened == proc / str(PID) / "root"
        return identify.Identity(0, 0, mount_event, 0, 1)

    return file_names.FileNames(Told(), identified, known, proc)


def known(file: known_files.File) -> tuple[bytes, ...]:
    """Know one file by its inode."""
    return (b"/etc/shadow",) if file == SHADOW else ()


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Return a /proc with the process in it."""
    (tmp_path / str(PID) / "root").mkdir(parents=True)
    (tmp_path / str(PID) / "mountinfo").write_bytes(MOUNTINFO)
    return tmp_path


def told(known: file_names.FileNames, **values: Any) -> list[FileName]:
    """Return the names of a file at this path of its file system."""
    return list(known.of(call(**{"container": KEY, "device": DEVICE, "inner": b"/key"} | values)))


def test_a_file_is_named_by_the_mounts_at_the_start(proc: Path) -> None:
    """What was mounted when the container began names the file."""
    found = names(proc)
    found.began(KEY, PID)
    assert told(found) == [FileName(NameKind.REAL, b"/mnt/secrets/key")]
    assert found.unknown == 0


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
    found = names(proc, mount_event)
    found.began(values.get("key", KEY), values.get("pid", PID))
    assert told(found) == []
    assert found.unknown == 1


def test_a_file_of_another_container_has_no_name(proc: Path) -> None:
    """Each container has its own mounts, and none once it has ended."""
    found = names(proc)
    found.began(KEY, PID)
    assert told(found, container=KEY + 1) == []
    found.ended(KEY)
    assert told(found) == []


def test_a_file_that_rules_name_has_their_name_too(proc: Path) -> None:
    """Whatever a file is called, its inode tells; the first process's name comes first."""
    found = names(proc)
    found.began(KEY, PID)
    by_mounts = FileName(NameKind.REAL, b"/mnt/secrets/key")
    by_inode = FileName(NameKind.INODE, b"/etc/shadow")
    assert told(found, inode=SHADOW.inode) == [by_mounts, by_inode]
    assert told(found, inode=SHADOW.inode, inner=None) == [by_inode]
