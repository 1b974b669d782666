"""
Notice at once that the mounts of a process change.

In: pids. Out: which of their lists of mounts (``/proc/PID/mountinfo``) changed, by a descriptor
that an event loop may wait for. A list belongs to the mount namespace that its process was in.
"""

import os
import select
from pathlib import Path

_EDGES = select.EPOLLET | select.EPOLLIN | select.EPOLLPRI
"""
A list can be read always, and the kernel tells of a change only whoever asks first: an outer loop
that asks would take it away from us. So every waking counts, and none is asked about.
"""


class MountWatch:
    """Lists of mounts; ``close`` must follow."""

    def __init__(self) -> None:
        """Watch none."""
        self._changes = select.epoll()

    def fileno(self) -> int:
        """Return what is readable when a list has changed."""
        return self._changes.fileno()

    def add(self, pid: int, proc: Path = Path("/proc")) -> int:
        """Watch a process's list, and return it; raise ``OSError`` if the process is gone."""
        opened = os.open(proc / str(pid) / "mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._changes.register(opened, _EDGES)
        return opened

    def drop(self, opened: int) -> None:
        """Watch a list no more."""
        self._changes.unregister(opened)
        os.close(opened)

    def changed(self) -> list[int]:
        """Return the lists that may have changed; one that was just added is among them."""
        return [opened for opened, _ in self._changes.poll(0)]

    def close(self) -> None:
        """Watch nothing any more; lists that are still watched stay open."""
        self._changes.close()
