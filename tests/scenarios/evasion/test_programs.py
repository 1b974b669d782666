"""Ways to run a program, or to be a process, that hide which, each done for real in a container."""

from collections.abc import Mapping

import pytest

from support import ground
from support.ground import Ground
from support.pods import Pids, Pods
from support.sensor import Sensor

pytestmark = pytest.mark.containers

READ = "Vault secret read"
CREDENTIAL = "/mnt/secrets/db-password"
CAT = "/usr/bin/cat"


def trick(name: str) -> str:
    """Return the command line of a trick that doesn't execute anything else."""
    return f"python3 /tricks/programs.py {name}"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        pytest.param(
            "from_memory",
            {"proc.exepath": "memfd:app", "proc.cmdline": f"memfd:app {CREDENTIAL}"},
            id="a program without a file",
        ),
        pytest.param(
            "unlinked",
            {"proc.exepath": "/srv/unlinked/app", "proc.cmdline": f"app {CREDENTIAL}"},
            id="a program whose file is gone",
        ),
        pytest.param(
            "by_the_loader",
            {"proc.cmdline": f"ld-linux-x86-64 {CAT} {CREDENTIAL}"},
            id="through the loader",
        ),
        pytest.param(
            "by_a_link",
            {"proc.exepath": CAT, "proc.cmdline": f"python3 {CREDENTIAL}"},
            id="through a link with the application's name",
        ),
        pytest.param(
            "renamed_copy",
            {"proc.exepath": "/srv/renamed_copy/python3", "proc.cmdline": f"python3 {CREDENTIAL}"},
            id="a copy with the application's name",
        ),
        pytest.param(
            "no_arguments",
            {"proc.exe": "", "proc.exepath": "/usr/bin/bash", "proc.cmdline": "bash"},
            id="without a first argument",
        ),
        pytest.param(
            "from_a_thread",
            {"proc.exepath": CAT, "proc.cmdline": f"cat {CREDENTIAL}"},
            id="executed from another thread than the first",
        ),
        pytest.param(
            "renamed", {"proc.cmdline": trick("renamed")}, id="renamed to the application's name"
        ),
        pytest.param(
            "far_descendant",
            {"proc.cmdline": trick("far_descendant"), "proc.lineage": ["python3"] * 40},
            id="after forty forks",
        ),
        pytest.param(
            "orphan",
            {"proc.cmdline": trick("orphan"), "proc.lineage": ["python3"] * 2},
            id="adopted by the first process",
        ),
        pytest.param(
            "first_of_a_namespace",
            {"proc.cmdline": f"cat {CREDENTIAL}", "proc.lineage": ["python3"]},
            id="first of a pid namespace of its own",
        ),
    ],
)
def test_another_way_to_be_is_a_stranger_still(
    place: Ground, shikra: Sensor, name: str, fields: Mapping[str, object]
) -> None:
    """Whoever came in from outside is told of as what it is."""
    before = len(shikra.of(place.container.id, READ))
    place.do("programs", name)
    told = {**fields, "proc.entered": True, "fd.realpath": place.secret}
    shikra.expect(place.container.id, READ, told, after=before)


@pytest.mark.parametrize(
    "pids",
    [
        pytest.param(Pids.PODS, id="the pod's, where the pause container is process 1"),
        pytest.param(Pids.HOSTS, id="the host's"),
    ],
)
def test_a_stranger_in_a_shared_pid_namespace_is_told(
    pods: Pods, shikra: Sensor, pids: Pids
) -> None:
    """Where containers see other processes, the application is silent and a stranger isn't."""
    with ground.running(pods, pids=pids) as place:
        assert place.container.exec("cat", "/proc/1/comm").stdout != b"python3\n"
        place.container.exec("cat", CREDENTIAL)
        told = {"proc.cmdline": f"cat {CREDENTIAL}", "proc.entered": True}
        shikra.expect(place.container.id, READ, told)
        assert len(shikra.of(place.container.id, READ)) == 1


def test_a_container_in_a_container_is_the_outer_one(place: Ground, shikra: Sensor) -> None:
    """What has a cgroup and namespaces of its own inside a container belongs to that container."""
    before = len(shikra.of(place.container.id, READ))
    place.do("programs", "in_a_container_of_its_own")
    told = {"proc.cmdline": f"cat {CREDENTIAL}", "proc.entered": True}
    shikra.expect(place.container.id, READ, told, after=before)


def test_who_is_in_the_mount_namespace_alone_is_told(place: Ground, shikra: Sensor) -> None:
    """A process of the host, in none of the container's cgroups, is a stranger in it."""
    place.enter_mounts("head", "-c3", CREDENTIAL)
    told = {"proc.cmdline": f"head -c3 {CREDENTIAL}", "proc.entered": True}
    shikra.expect(place.container.id, READ, told)


def test_the_application_is_silent_meanwhile(place: Ground, shikra: Sensor) -> None:
    """The container's own first process reads the secret on and on, and nobody is told."""
    before = len(shikra.of(place.container.id, READ))
    place.container.exec("head", "-c1", CREDENTIAL)
    shikra.expect(
        place.container.id, READ, {"proc.cmdline": f"head -c1 {CREDENTIAL}"}, after=before
    )
    told = shikra.of(place.container.id, READ)
    assert [one for one in told if not one["output_fields"]["proc.entered"]] == []
