"""Enrichment of real containers in a real containerd."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shikra.enrich.containers import Containers
from shikra.enrich.cri import Cri
from shikra.enrich.users import Users
from shikra.model.clock import SystemClock
from shikra.model.container import Container, Knowledge
from support import pods as real
from support import runc
from support.pods import Bind, Pods, Spec

pytestmark = pytest.mark.containers

IMAGE = "registry.local/team/busybox:1.35"
SECONDS = 10


class World:
    """Containers of this test's containerd, and what was told of them."""

    def __init__(self, pods: Pods) -> None:
        """Ask nobody yet."""
        self.clock = SystemClock()
        self.runtime = Cri(pods.engine.socket, self.clock)
        self.settled: asyncio.Queue[int] = asyncio.Queue()
        self.containers = Containers([self.runtime], self.clock, changed=self.settled.put_nowait)

    def start(self, pid: int) -> int:
        """Announce the container of a process, as the kernel side does; return its key."""
        path = Path(f"/proc/{pid}/cgroup").read_text().splitlines()[0].partition("/")[2]
        parent, name = Path(path).parts[-2:]
        self.containers.started(pid, name.encode(), parent.encode(), pid)
        return pid

    async def known(self, key: int) -> Container:
        """Return what is known once the container isn't pending."""
        async with asyncio.timeout(SECONDS):
            while self.containers.get(key).knowledge is Knowledge.PENDING:
                await self.settled.get()
        return self.containers.get(key)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let it ask until the block ends."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.containers.run())
            try:
                yield
            finally:
                task.cancel()


async def test_a_container_and_its_pod_are_known(pods: Pods, tmp_path: Path) -> None:
    """Id, name, image, pod, labels, mounts and first process are the real ones, both at once."""
    world = World(pods)
    spec = Spec(
        image=pods.engine.busybox_image(IMAGE),
        name="api",
        mounts=(Bind(source=tmp_path, destination="/mnt/notes"),),
        is_privileged=True,
    )
    async with world.running():
        with pods.pod("api-7c9", labels={"app": "api"}) as pod:
            container = await asyncio.to_thread(pod.run, spec)
            found = await world.known(world.start(container.pid))
            assert found.knowledge is Knowledge.KNOWN
            assert (found.full_id, found.sandbox_id) == (container.id, pod.id)
            assert (found.runtime, found.name) == ("containerd", "api")
            assert (found.repository, found.tag) == ("registry.local/team/busybox", "1.35")
            assert found.digest.startswith("sha256:")
            assert len(found.image_id) == 64
            assert (found.namespace, found.pod_name, found.pod_uid) == (
                "test-dynamic",
                "api-7c9",
                pod.uid,
            )
            assert found.pod_labels["app"] == "api"
            assert found.first_pid == container.pid
            assert found.is_privileged
            assert [mount.destination for mount in found.mounts] == ["/mnt/notes"]


async def test_a_sandbox_is_known_as_one(pods: Pods) -> None:
    """The pod's own container has the pod's metadata and says what it is."""
    world = World(pods)
    async with world.running():
        with pods.pod("web", labels={"app": "web"}) as pod:
            found = await world.known(world.start(_sandbox_pid(pod)))
            assert found.is_sandbox
            assert (found.full_id, found.pod_name) == (pod.id, "web")
            assert found.pod_labels["app"] == "web"
            assert found.repository == "registry.local/pause"


async def test_containers_older_than_shikra_are_known(pods: Pods) -> None:
    """What ran before is known when the runtime has been asked."""
    world = World(pods)
    with pods.pod("old") as pod:
        container = await asyncio.to_thread(pod.run, Spec(image=pods.engine.busybox_image(IMAGE)))
        key = world.start(container.pid)
        async with world.running():
            found = await world.known(key)
            assert (found.knowledge, found.full_id) == (Knowledge.KNOWN, container.id)


async def test_a_container_that_is_removed_meanwhile_is_unknown(pods: Pods) -> None:
    """A container that died before it was asked for has its id, and nothing hangs."""
    world = World(pods)
    with pods.pod("short") as pod:
        container = await asyncio.to_thread(pod.run, Spec(image=pods.engine.busybox_image(IMAGE)))
        key = world.start(container.pid)
        await asyncio.to_thread(container.stop)
        await asyncio.to_thread(container.remove)
        world.containers.ended(key)
        async with world.running():
            found = await world.known(key)
            assert (found.knowledge, found.full_id) == (Knowledge.UNKNOWN, container.id)
            assert not world.runtime.failures


async def test_a_bare_container_has_its_id(pods: Pods) -> None:
    """A container of plain runc is unknown to every runtime, and known by its id."""
    world = World(pods)
    async with world.running():
        with runc.running(pods.engine) as bare:
            found = world.containers.get(world.start(bare.pid))
            assert found.knowledge is Knowledge.UNKNOWN
            assert (found.full_id, found.runtime, found.first_pid) == (bare.id, "runc", bare.pid)


def test_users_are_the_containers_own(pods: Pods) -> None:
    """Names come from the lists in the container's image."""
    users = Users(SystemClock(), wait_s=5)
    with pods.pod("users") as pod:
        box = _as_container(pod.run(Spec(image=pods.engine.busybox_image(IMAGE), user=10001)))
        found = users.user(box, 10001)
        assert found is not None
        assert (found.name, found.home) == (b"app", b"/srv/app")
        assert users.group(box, 10001) == b"app"
        assert not users.failures


@pytest.mark.parametrize(
    ("trap", "reason"),
    [
        pytest.param("mkfifo /etc/passwd", "not a regular file", id="a pipe"),
        pytest.param("mknod /etc/passwd c 1 5", "not a regular file", id="a device"),
        pytest.param("ln -s /proc/version /etc/passwd", "not on a file", id="the kernel's words"),
        pytest.param("ln -s /sys/kernel/notes /etc/passwd", "not on a file", id="a file of sysfs"),
        pytest.param("ln -s /proc/1/root/etc/group /etc/passwd", "ELOOP", id="a magic link"),
        pytest.param("ln -s /etc/passwd /etc/passwd", "ELOOP", id="a link to itself"),
        pytest.param("ln -s ../../../../../etc/hostname /etc/passwd", "", id="a way out"),
    ],
)
def test_a_container_that_sets_traps_learns_nothing(pods: Pods, trap: str, reason: str) -> None:
    """Whatever a container makes of its list, there is no name, no hang, and a reason."""
    users = Users(SystemClock(), wait_s=5)
    with pods.pod("traps") as pod:
        container = pod.run(Spec(image=pods.engine.busybox_image(IMAGE), is_privileged=True))
        made = container.exec("sh", "-c", f"rm /etc/passwd && {trap}")
        assert made.exit_code == 0, made.stderr
        assert users.user(_as_container(container), 10001) is None
        assert [key for key in users.failures if not key.startswith(reason)] == []
        assert bool(users.failures) == bool(reason)


def _as_container(container: real.Container) -> Container:
    return Container(
        key=container.pid,
        full_id=container.id,
        knowledge=Knowledge.UNKNOWN,
        first_pid=container.pid,
    )


def _sandbox_pid(pod: real.Pod) -> int:
    for procs in Path("/sys/fs/cgroup").glob(f"**/pod{pod.uid}/{pod.id}/cgroup.procs"):
        return int(procs.read_text().split()[0])
    raise LookupError(pod.id)
