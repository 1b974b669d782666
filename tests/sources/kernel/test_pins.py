"""Which maps a probe may go on with, and where they may be kept; for real: tests/kernel."""

from pathlib import Path

import pytest

from shikra.sources.kernel import btf, pins
from support import probes

SIZES = {"processes": 16384}


@pytest.mark.parametrize(
    ("folder", "can"),
    [
        pytest.param("/sys/fs/bpf/shikra", True, id="below it"),
        pytest.param("/sys/fs/bpf", True, id="itself"),
        pytest.param("/sys/fs/cgroup/shikra", False, id="another file system"),
        pytest.param("/var/lib/shikra", False, id="a disk"),
    ],
)
def test_only_a_bpf_file_system_keeps_anything(folder: str, can: bool, tmp_path: Path) -> None:
    """What is mounted last at the nearest place above counts."""
    mounts = tmp_path / "mounts"
    lines = ("/dev/a / ext4", "sysfs /sys sysfs", "c /sys/fs/cgroup cgroup2", "b /sys/fs/bpf bpf")
    mounts.write_text("".join(f"{line} rw 0 0\n" for line in lines))
    assert pins.can_be_at(Path(folder), mounts) is can


def test_other_sizes_are_another_version() -> None:
    """A probe whose maps hold more doesn't go on with smaller ones."""
    types = btf.Btf.of_object(probes.built().read_bytes())
    same = pins.version_of(types, SIZES)
    assert pins.version_of(types, dict(SIZES)) == same
    assert pins.version_of(types, {"processes": 1}) != same


def test_what_isnt_there_is_removed_too(tmp_path: Path) -> None:
    """Nothing kept is nothing to let go of."""
    assert pins.remove(tmp_path / "nowhere") == 0
    (tmp_path / "lineage-0").mkdir()
    (tmp_path / "lineage-0" / pins.HOOKS[0]).touch()
    assert pins.remove(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
