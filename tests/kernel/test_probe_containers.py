"""What the probe tells of containers: which are born, who belongs to them, who came in."""

import shutil
import subprocess

import pytest

from support import probes, runc
from support.pods import Pods, Spec
from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.containers

INSIDE = {"in_init_tree"}
APPLICATION = {"in_init_tree", "exe_is_init"}
BUSYBOX = b"/usr/bin/busybox"


def born(seen: Seen, pid: int) -> Told:
    """Return the record of the container whose first process has this pid."""
    return next(each for each in seen.of("container") if each.pid == pid)


def execs(seen: Seen, container: Told) -> list[Told]:
    """Return the images that started in this container."""
    return [each for each in seen.of("exec") if each.container == container.container]


def with_argument(records: list[Told], argument: bytes) -> Told:
    """Return the image whose command line ends in this argument."""
    return next(each for each in records if each.arguments.endswith(b"\0" + argument + b"\0"))


@pytest.fixture(scope="module")
def lived(watch: Watch, pods: Pods) -> tuple[Seen, int, str]:
    """
    Watch the life of a container without a runtime's daemon.

    Its first process is a shell that starts others and then executes another file; meanwhile
    somebody enters, in three ways.
    """
    script = (
        "cp /bin/busybox /tmp/busybox-app; sh -c '(sleep 1002 &)'; sleep 1001 &"
        " exec /tmp/busybox-app sleep 1000"
    )
    with watch.watching() as seen, runc.running(pods.engine, "sh", "-c", script) as container:
        container.exec("sh", "-c", "true; cat /etc/entered")
        container.exec("/tmp/busybox-app", "cat", "/etc/imitated")  # noqa: S108  inside it
        nsenter = [str(shutil.which("nsenter")), "-t", str(container.pid), "-m"]
        subprocess.run([*nsenter, "cat", "/etc/mounts"], check=False)  # noqa: S603  our own
        pid, name = container.pid, container.id
    return seen, pid, name


def test_a_container_is_born_once(lived: tuple[Seen, int, str]) -> None:
    """A container is told once, with its cgroup's name, before its first process's image."""
    seen, pid, name = lived
    container = born(seen, pid)
    assert container.cgroup_name == name.encode()
    assert sum(each.cgroup_name == name.encode() for each in seen.of("container")) == 1
    first = execs(seen, container)[0]
    assert container.process == first.process
    assert (first.pid, first.vpid) == (pid, 1)
    assert (first.cgroup, first.cgroup_name) == (container.container, name.encode())
    assert first.mount_namespace == container.mount_namespace
    assert seen.records.index(container) < seen.records.index(first)


def test_the_first_process_is_marked(watch: Watch, lived: tuple[Seen, int, str]) -> None:
    """The first process is marked, also after it executed another file, and nobody else is."""
    seen, pid, _ = lived
    images = execs(seen, born(seen, pid))
    firsts = [each for each in images if "is_first" in watch.lineage(each)]
    assert [each.pid for each in firsts] == [pid, pid]
    assert [each.exepath for each in firsts] == [BUSYBOX, b"/tmp/busybox-app"]
    assert all(watch.lineage(each) == {*APPLICATION, "is_first"} for each in firsts)


def test_what_the_first_process_creates_is_its_tree(
    watch: Watch, lived: tuple[Seen, int, str]
) -> None:
    """Whatever the first process creates is in its tree, adopted or not."""
    seen, pid, _ = lived
    images = execs(seen, born(seen, pid))
    for argument in (b"1001", b"1002"):
        assert watch.lineage(with_argument(images, argument)) >= INSIDE


@pytest.mark.parametrize(
    ("path", "lineage"),
    [
        pytest.param(b"/etc/entered", {"entered"}, id="another program"),
        pytest.param(b"/etc/imitated", {"entered", "exe_is_init"}, id="the same program"),
        pytest.param(b"/etc/mounts", {"entered"}, id="by the mount namespace alone"),
    ],
)
def test_who_comes_from_outside_has_entered(
    watch: Watch, lived: tuple[Seen, int, str], path: bytes, lineage: set[str]
) -> None:
    """Who comes in from outside has entered, and isn't of the tree, whatever he runs."""
    seen, pid, _ = lived
    container = born(seen, pid)
    image = with_argument(execs(seen, container), path)
    assert watch.lineage(image) == lineage
    call = next(each for each in seen.calls("open", "openat") if each.name == path)
    assert (call.container, watch.lineage(call)) == (container.container, lineage)


def test_the_runtime_is_marked(watch: Watch, lived: tuple[Seen, int, str]) -> None:
    """A runtime's processes are marked as such until the container's own image runs."""
    seen, pid, _ = lived
    container = born(seen, pid)
    by_process = {each.process: each for each in (*seen.of("fork"), *seen.of("exec"))}
    image = execs(seen, container)[0]
    creators = []
    while image.creator in by_process:
        image = by_process[image.creator]
        creators.append(image)
    assert creators[-1].arguments.startswith(b"runc\0")
    assert all(watch.lineage(each) == {"runtime"} for each in creators)


def test_a_pod_has_two_containers(watch: Watch, pods: Pods) -> None:
    """In a pod the pause container and the other are two, each with its first process."""
    with watch.watching() as seen, pods.pod("watched") as pod:
        main = pod.run(Spec(image=pods.engine.busybox_image()))
        main.exec("cat", "/etc/hostname")
    containers = [
        each for each in seen.of("container") if pod.uid in each.cgroup_parent_name.decode()
    ]
    assert {each.cgroup_name.decode() for each in containers} == {pod.id, main.id}
    image = with_argument(execs(seen, born(seen, main.pid)), b"/etc/hostname")
    assert watch.lineage(image) == {"entered", "exe_is_init"}


def test_a_container_is_forgotten(watch: Watch, lived: tuple[Seen, int, str]) -> None:
    """When the first process is gone, nothing of its container is kept."""
    seen, pid, _ = lived
    assert born(seen, pid).container not in watch.containers()


def test_who_enters_a_container_that_was_not_found_is_not_its_first_process(pods: Pods) -> None:
    """Of a container older than the probe, which nobody told it of, nobody is the application."""
    with runc.running(pods.engine) as container:
        younger = Watch(probes.built().read_bytes())
        try:
            with younger.watching() as seen:
                container.exec("sh", "-c", "true; cat /etc/entered")
            entered = with_argument(seen.of("exec"), b"/etc/entered")
            flags = younger.flags("process_flag", "PROCESS_", entered.flags)
        finally:
            younger.close()
    assert not any(each.cgroup_name == container.id.encode() for each in seen.of("container"))
    assert {"entered", "inferred"} <= flags
    assert not flags & {"in_init_tree", "is_first", "exe_is_init"}


@pytest.mark.parametrize("moment", ["createContainer", "startContainer"])
def test_a_hook_is_not_the_first_process_for_long(watch: Watch, pods: Pods, moment: str) -> None:
    """A hook that the runtime runs inside ends before the first process, which then is the one."""
    command = ("sh", "-c", "sleep 1003; true")
    hooks = {moment: ("/bin/busybox", "true")}
    with watch.watching() as seen, runc.running(pods.engine, *command, hooks=hooks) as container:
        container.exec("cat", "/etc/entered")
        pid = container.pid
    own = execs(seen, born(seen, pid))
    first = next(each for each in own if each.pid == pid)
    assert watch.lineage(first) == {*APPLICATION, "is_first"}
    assert watch.lineage(with_argument(own, b"1003")) == APPLICATION
    assert "entered" in watch.lineage(with_argument(own, b"/etc/entered"))
