"""A container is found by the name of its cgroup."""

from pathlib import Path

import pytest

from shikra.sources.kernel import cgroups
from shikra.sources.kernel.cgroups import Hierarchy

ID = b"3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
OTHER = b"f" * 64
POD = b"/kubepods/burstable/pod1fd9fb6f-9d1e-4f5c-a06a-0b7a4b8b3c6d/"
SLICE = b"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1fd9.slice/"

HYBRID = b"4:memory:/kubepods/x\n2:cpu,cpuacct:/y\n0::/z\n"


@pytest.mark.parametrize(
    ("path", "leaf"),
    [
        pytest.param(POD + ID, ID, id="cgroupfs driver"),
        pytest.param(
            SLICE + b"cri-containerd-" + ID + b".scope",
            b"cri-containerd-" + ID + b".scope",
            id="systemd driver",
        ),
        pytest.param(b"/docker/" + ID, ID, id="docker"),
        pytest.param(b"/docker/" + ID + b"/init.scope", ID, id="a cgroup inside"),
        pytest.param(b"/docker/" + ID + b"/kubepods/" + OTHER, ID, id="a container inside"),
        pytest.param(b"/user.slice/session-1.scope", None, id="session"),
        pytest.param(b"/" + ID[:63], None, id="too short"),
        pytest.param(b"/" + ID.upper(), None, id="upper case"),
        pytest.param(b"/", None, id="root"),
    ],
)
def test_the_outermost_container_on_the_path_counts(path: bytes, leaf: bytes | None) -> None:
    """Runtimes name a container's cgroup by its id; what lies inside belongs to it."""
    found = cgroups.container_in(path)
    assert (found.leaf if found else None) == leaf


def test_the_name_above_is_kept() -> None:
    """The name of the cgroup above holds the pod's id."""
    found = cgroups.container_in(POD + ID)
    assert found is not None
    assert found.parent == b"pod1fd9fb6f-9d1e-4f5c-a06a-0b7a4b8b3c6d"


@pytest.mark.parametrize(
    ("text", "hierarchy", "path"),
    [
        pytest.param(HYBRID, Hierarchy.MEMORY, b"/kubepods/x", id="v1"),
        pytest.param(HYBRID, Hierarchy.DEFAULT, b"/z", id="v2"),
        pytest.param(b"0::/a:b\n", Hierarchy.DEFAULT, b"/a:b", id="a colon in the name"),
        pytest.param(b"0::/\n", Hierarchy.MEMORY, b"", id="no such hierarchy"),
        pytest.param(b"", Hierarchy.DEFAULT, b"", id="nothing"),
    ],
)
def test_the_path_is_that_of_the_chosen_hierarchy(
    text: bytes, hierarchy: Hierarchy, path: bytes
) -> None:
    """Paths of other hierarchies aren't looked at."""
    assert cgroups.path_in(text, hierarchy) == path


def test_the_hierarchy_is_v2_only_where_it_is_alone(tmp_path: Path) -> None:
    """A v2 that is mounted beside v1 isn't chosen."""
    (tmp_path / "unified").mkdir()
    (tmp_path / "unified" / "cgroup.controllers").touch()
    assert cgroups.chosen(tmp_path) is Hierarchy.MEMORY
    (tmp_path / "cgroup.controllers").touch()
    assert cgroups.chosen(tmp_path) is Hierarchy.DEFAULT


def test_the_key_is_the_inode_of_the_folder(tmp_path: Path) -> None:
    """A cgroup's id is its folder's inode; one that is gone has none."""
    (tmp_path / "memory" / "a").mkdir(parents=True)
    key = cgroups.key_of(b"/a", Hierarchy.MEMORY, tmp_path)
    assert key == (tmp_path / "memory" / "a").stat().st_ino
    assert cgroups.key_of(b"/gone", Hierarchy.MEMORY, tmp_path) == 0


@pytest.mark.parametrize(
    ("top", "is_below"),
    [
        pytest.param("/tests", True, id="further up"),
        pytest.param("tests/one", True, id="directly above"),
        pytest.param("/tests/one/inner", True, id="itself"),
        pytest.param("/tests/other", False, id="beside"),
        pytest.param("/gone", False, id="not there"),
        pytest.param("/", True, id="the root"),
    ],
)
@pytest.mark.parametrize("is_v2", [True, False], ids=["v2", "v1"])
def test_a_cgroup_lies_below_those_on_its_path(
    top: str, is_below: bool, is_v2: bool, tmp_path: Path
) -> None:
    """Only what is at a path or below it is; a path that isn't there has nothing below it."""
    if is_v2:
        (tmp_path / "cgroup.controllers").touch()
    root = tmp_path if is_v2 else tmp_path / "memory"
    inner, other = root / "tests/one/inner", root / "tests/other"
    inner.mkdir(parents=True)
    other.mkdir()
    assert cgroups.lies_below(inner.stat().st_ino, top, tmp_path) is is_below
