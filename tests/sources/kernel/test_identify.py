"""What the probe sees of a file of ours."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import identify, libbpf, probe

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def identified(probe_object: Path) -> Iterator[identify.Identifier]:
    """Return the probe's eyes; nothing is attached."""
    with probe.Probe(libbpf.Libbpf(), probe_object.read_bytes(), {}) as loaded:
        yield identify.Identifier(loaded)


def test_a_file_is_what_stat_says_on_a_plain_file_system(
    identified: identify.Identifier, tmp_path: Path
) -> None:
    """Device, inode and the mount namespace of a file are told."""
    descriptor = os.open(tmp_path, os.O_PATH)
    found, told = identified(descriptor), os.fstat(descriptor)
    os.close(descriptor)
    assert (found.device, found.inode) == (told.st_dev, told.st_ino)
    assert found.mount_namespace == Path("/proc/self/ns/mnt").stat().st_ino
    assert found.is_found


def test_a_closed_descriptor_is_nothing(identified: identify.Identifier) -> None:
    """What isn't open isn't found."""
    assert not identified(1 << 20).is_found
