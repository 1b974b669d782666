"""
Know a container before its first instruction.

In: processes that a runtime's helper made. Out: each that becomes a container is told as started
as soon as its mounts are as it will see them, so that it is asked about and guarded by the time
it executes its program; one that never does is told as ended. What the runtime makes in another
manner (a pid namespace that several containers share) is told when it has executed, by the probe.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from shikra.app.pipeline.mount_watch import MountWatch
from shikra.enforce.guard import volumes
from shikra.model.clock import Clock
from shikra.sources.kernel import cgroups, procfs
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted

LOOK_SECONDS = 1.0
MOST = 256
"""Containers that are made at the same time; of others the probe tells."""

News = ContainerStarted | ContainerEnded


class _Made(msgspec.Struct, frozen=True):
    """A process that may become a container's first."""

    pid: int
    mounts: int  # its list of mounts


class Coming:
    """Containers that are being made; ``close`` must follow."""

    def __init__(
        self,
        take: Callable[[News], None],
        knows: Callable[[int], bool],
        clock: Clock,
        proc: Path = Path("/proc"),
    ) -> None:
        """Tell of them to whoever takes what the probe tells, but of none that is known."""
        self._take = take
        self._knows = knows
        self._clock = clock
        self._proc = proc
        self._hierarchy = cgroups.chosen()
        self._host_namespace = procfs.host_mount_namespace(proc)
        self._host_root = procfs.host_root(proc)
        self._watch = MountWatch()
        self._made: dict[int, _Made] = {}  # by list of mounts
        self._told: dict[int, int] = {}  # their first processes, by container

    def made(self, pid: int) -> None:
        """Wait for the mounts of a process that a runtime's helper has made."""
        if len(self._made) >= MOST:
            return
        with contextlib.suppress(OSError):  # it is gone
            if self._stat(pid, "ns/mnt").st_ino != self._host_namespace:
                opened = self._watch.add(pid, self._proc)
                self._made[opened] = _Made(pid, opened)

    def started(self, key: int) -> None:
        """Take note that the probe has told of a container, which tells of its end too."""
        self._told.pop(key, None)

    async def run(self) -> None:
        """Look at mounts as they change, until cancelled."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._watch.fileno(), self.look)
        try:
            while True:
                await self._clock.sleep(LOOK_SECONDS)
                self.tidy()
        finally:
            loop.remove_reader(self._watch.fileno())

    def look(self) -> None:
        """Tell of those whose mounts are complete."""
        for opened in self._watch.changed():
            made = self._made.get(opened)
            if made is not None and self._is_apart(made.pid):
                self._drop(made)
                self._tell(made.pid)

    def tidy(self) -> None:
        """Forget processes that have ended."""
        for made in [one for one in self._made.values() if not self._lives(one.pid)]:
            self._drop(made)
        for key in [key for key, pid in self._told.items() if not self._lives(pid)]:
            del self._told[key]
            self._take(ContainerEnded(key))

    def close(self) -> None:
        """Watch nothing any more."""
        for made in list(self._made.values()):
            self._drop(made)
        self._watch.close()

    def _is_apart(self, pid: int) -> bool:
        """
        Whether a process has a root of its own, and the old one isn't there any more.

        A runtime changes it after all mounts, and then unmounts what it was.
        """
        try:
            root = self._stat(pid, "root")
            if (root.st_dev, root.st_ino) == self._host_root:
                return False
            listed = (self._proc / str(pid) / "mountinfo").read_bytes()
        except OSError:
            return False
        return sum(mount.place == b"/" for mount in volumes.mounts(listed)) == 1

    def _tell(self, pid: int) -> None:
        entry = procfs.read(pid, self._proc)
        path = cgroups.path_in(entry.cgroups, self._hierarchy) if entry else b""
        key = cgroups.key_of(path, self._hierarchy)
        if not key or self._knows(key):
            return
        name = cgroups.named(path)
        self._take(
            ContainerStarted(
                key=key,
                cgroup_name=name.leaf,
                cgroup_parent_name=name.parent,
                first_pid=pid,
            )
        )
        self._told[key] = pid

    def _stat(self, pid: int, name: str) -> os.stat_result:
        return (self._proc / str(pid) / name).stat()

    def _lives(self, pid: int) -> bool:
        return (self._proc / str(pid)).exists()

    def _drop(self, made: _Made) -> None:
        del self._made[made.mounts]
        self._watch.drop(made.mounts)
