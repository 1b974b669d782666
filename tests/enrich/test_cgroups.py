"""Names of cgroups, as runtimes and both cgroup drivers make them."""

import pytest

from shikra.enrich.cgroups import Identity, identify

ID = "3028d36e796552aa3bc64abc4b7356c44f9406fdcc4f4cdf4c1aa9a1f7fb09db"
POD = "ccf04582-264f-4ea5-9386-71a040834210"
SLICE = "kubepods-burstable-podccf04582_264f_4ea5_9386_71a040834210.slice"


@pytest.mark.parametrize(
    ("parent", "name", "expected"),
    [
        pytest.param(f"pod{POD}", ID, Identity(ID, "", POD), id="kubelet with cgroupfs"),
        pytest.param(
            SLICE,
            f"cri-containerd-{ID}.scope",
            Identity(ID, "containerd", POD),
            id="containerd with systemd",
        ),
        pytest.param(SLICE, f"crio-{ID}.scope", Identity(ID, "cri-o", POD), id="cri-o"),
        pytest.param(SLICE, f"docker-{ID}.scope", Identity(ID, "docker", POD), id="dockershim"),
        pytest.param(
            SLICE.replace("-burstable", ""),
            f"cri-containerd-{ID}.scope",
            Identity(ID, "containerd", POD),
            id="a guaranteed pod's slice",
        ),
        pytest.param(
            "podd41d8cd98f00b204e9800998ecf8427e",
            ID,
            Identity(ID, "", "d41d8cd98f00b204e9800998ecf8427e"),
            id="a static pod's uid is a hash",
        ),
        pytest.param(
            "system.slice",
            f"{SLICE}:cri-containerd:{ID}",
            Identity(ID, "containerd", POD),
            id="systemd's path with the cgroupfs driver",
        ),
        pytest.param("docker", ID, Identity(ID, "docker"), id="docker with cgroupfs"),
        pytest.param(
            "system.slice", f"docker-{ID}.scope", Identity(ID, "docker"), id="docker with systemd"
        ),
        pytest.param(
            "machine.slice", f"libpod-{ID}.scope", Identity(ID, "podman"), id="podman with systemd"
        ),
        pytest.param(
            "libpod_parent", f"libpod-{ID}", Identity(ID, "podman"), id="podman with cgroupfs"
        ),
        pytest.param(
            f"libpod-{ID}.scope", "container", Identity(ID, "podman"), id="podman's inner cgroup"
        ),
        pytest.param(f"crio-{ID}.scope", "x", Identity(ID, "cri-o"), id="a cgroup made inside"),
        pytest.param("", "box", Identity("box", "runc"), id="plain runc at the root"),
        pytest.param("user.slice", "my.box-1", Identity("my.box-1", "runc"), id="plain runc below"),
        pytest.param("docker", "deadbeef", Identity("deadbeef", "docker"), id="a short id"),
        pytest.param("pod1", ID, Identity(ID, ""), id="a parent that only looks like a pod"),
        pytest.param("a:b", "c:d:e", Identity("c:d:e", "runc"), id="colons of somebody else"),
        pytest.param(f"pod{POD}", f"crio-conmon-{ID}.scope", None, id="cri-o's monitor"),
        pytest.param("machine.slice", f"libpod-conmon-{ID}.scope", None, id="podman's monitor"),
    ],
)
def test_a_cgroups_name_tells_the_container(
    parent: str, name: str, expected: Identity | None
) -> None:
    """Each runtime's way to name cgroups gives the container's id, runtime and pod."""
    assert identify(name.encode(), parent.encode()) == expected


def test_a_name_may_be_any_bytes() -> None:
    """A cgroup that somebody named with invalid UTF-8 still has an id."""
    assert identify(b"\xff\n", b"\xfe") == Identity("\N{REPLACEMENT CHARACTER}\n", "runc")
