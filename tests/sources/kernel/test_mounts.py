"""Names of a file by the mounts of a process."""

import os
from pathlib import Path

import pytest

from shikra.sources.kernel.mounts import MAX_NAMES, Mounts

ROOT, DISK, SECRETS = os.makedev(0, 50), os.makedev(254, 1), os.makedev(0, 300)
MOUNTINFO = rb"""1 0 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/x
2 1 0:22 / /proc rw - proc proc rw
3 1 254:1 /pods/7/hosts /etc/hosts rw - ext4 /dev/vda rw
4 1 254:1 /pods/7/data /srv/my\040data rw - ext4 /dev/vda rw
5 1 254:1 /pods/7/data/sub /srv/sub rw - ext4 /dev/vda rw
6 1 0:300 / /mnt/secrets ro - tmpfs tmpfs rw
damaged
"""


@pytest.mark.parametrize(
    ("device", "path", "names"),
    [
        pytest.param(ROOT, b"/etc/shadow", (b"/etc/shadow",), id="the root"),
        pytest.param(ROOT, b"/", (b"/",), id="the root itself"),
        pytest.param(SECRETS, b"/..data/key", (b"/mnt/secrets/..data/key",), id="a file system"),
        pytest.param(SECRETS, b"/", (b"/mnt/secrets",), id="a mount's own directory"),
        pytest.param(DISK, b"/pods/7/hosts", (b"/etc/hosts",), id="a file that is mounted"),
        pytest.param(
            DISK, b"/pods/7/data/x", (b"/srv/my data/x",), id="a part, where there is a blank"
        ),
        pytest.param(
            DISK,
            b"/pods/7/data/sub/x",
            (b"/srv/sub/x", b"/srv/my data/sub/x"),
            id="mounted twice: the smaller part first",
        ),
        pytest.param(DISK, b"/pods/7/database", (), id="a neighbour of what is mounted"),
        pytest.param(DISK, b"/etc/shadow", (), id="what isn't mounted"),
        pytest.param(os.makedev(0, 51), b"/x", (), id="an unknown file system"),
    ],
)
def test_a_file_has_a_name_for_each_mount_it_is_in(
    device: int, path: bytes, names: tuple[bytes, ...]
) -> None:
    """Where its file system is mounted, there is the file."""
    assert Mounts(MOUNTINFO).names(device, path) == names


def test_the_places_of_all_mounts_are_told() -> None:
    """Where something is mounted is known, whatever it is."""
    assert b"/srv/my data" in Mounts(MOUNTINFO).places
    assert b"/proc" in Mounts(MOUNTINFO).places


def test_names_are_bounded() -> None:
    """However often something is mounted, no more than four names are told."""
    lines = b"".join(b"%d 1 0:9 / /m/%d rw - tmpfs tmpfs rw\n" % (n, n) for n in range(10))
    assert len(Mounts(lines).names(9, b"/x")) == MAX_NAMES


def test_what_the_kernel_says_of_this_process_is_understood() -> None:
    """A file that is there is found by its device and its path."""
    mounts = Mounts(Path("/proc/self/mountinfo").read_bytes())
    assert b"/proc/version" in mounts.names(Path("/proc").stat().st_dev, b"/version")


def test_a_file_system_that_is_mounted_once_and_whole_has_one_place() -> None:
    """Neither parts of one count, nor one that is mounted twice, nor the root."""
    twice = b"7 1 0:301 / /a rw - tmpfs tmpfs rw\n8 1 0:301 / /b rw - tmpfs tmpfs rw\n"
    found = Mounts(MOUNTINFO + twice).whole()
    assert found == {SECRETS: b"/mnt/secrets", os.makedev(0, 22): b"/proc"}
