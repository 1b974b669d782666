"""Volumes of a container, looked for in its first process."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app.pipeline import guarded
from support import tmpfs
from support.waiting import until

pytestmark = pytest.mark.kernel

SECRETS = b"/mnt/shikra-secrets"


@pytest.fixture
def volume() -> Iterator[Path]:
    """Mount a volume."""
    with tmpfs.mounted() as place:
        yield place


@pytest.fixture
def pid(volume: Path) -> Iterator[int]:
    """Run a process that sees the volume elsewhere, and a folder that is none."""
    script = (
        "mount -t tmpfs shikra-test /mnt && mkdir /mnt/shikra-secrets /mnt/folder"
        f" && mount --bind {volume} /mnt/shikra-secrets && exec sleep 600"
    )
    line = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    with subprocess.Popen(line) as process:  # noqa: S603  constants and a temporary name
        until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", "the mounts")
        yield process.pid
        process.kill()


def test_a_volume_is_found_with_what_is_needed_to_guard_it(volume: Path, pid: int) -> None:
    """Its device, its place, the mount namespace, and a directory of it."""
    with guarded.looked(9, pid, frozenset({SECRETS})) as looked:
        (prepared,) = looked.prepared
        assert looked.unguarded == ()
        order = prepared.order
        device = volume.stat().st_dev
        assert (order.container, order.device) == (9, device)
        assert order.places == ((os.fsencode(volume), SECRETS),)  # it sees the host's, too
        namespace, directory = prepared.descriptors
        assert os.fstat(namespace).st_ino == Path(f"/proc/{pid}/ns/mnt").stat().st_ino
        assert os.fstat(directory).st_dev == device


def test_a_place_that_is_there_and_not_guarded_is_told(pid: int) -> None:
    """One that isn't there is missed by nobody."""
    with guarded.looked(9, pid, frozenset({b"/etc", b"/no-such-folder"})) as looked:
        assert looked.prepared == ()
        assert looked.unguarded == (b"/etc",)


def test_a_container_that_has_ended_has_nothing() -> None:
    """That is an error of the system's."""
    with pytest.raises(FileNotFoundError), guarded.looked(9, 2**22 + 1, frozenset()):
        pass
