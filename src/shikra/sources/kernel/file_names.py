"""
Which names a file has beside the one that the probe walked.

In: containers as they start and end, and calls on files of which the probe says that they may
have other names. Out: names, by the mounts that the container's first process began with, and by
the file's inode, where rules name that file. Mounts that can't be told any more, since they
changed before they were read, give no name.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from shikra.model import event
from shikra.sources.kernel import identify, known_files, mounts, records, rooted, state

_MAX_BYTES = 1 << 20  # of a list of mounts


class Told(Protocol):
    """What the probe knows of containers."""

    def first(self, key: int) -> state.FirstProcess | None:
        """Return what it keeps of a container's first process."""
        ...


class FileNames:
    """The mounts that each container began with."""

    def __init__(
        self,
        told: Told,
        identified: Callable[[int], identify.Identity],
        known: Callable[[known_files.File], tuple[bytes, ...]],
        proc: Path = Path("/proc"),
    ) -> None:
        """Know no container; ``known`` tells by which names rules know a file."""
        self._told = told
        self._identified = identified
        self._known = known
        self._proc = proc
        self._mounts: dict[int, mounts.Mounts] = {}
        self.unknown = 0  # containers whose mounts at the start couldn't be told

    def began(self, key: int, pid: int) -> None:
        """Read the mounts of a container's first process."""
        first = self._told.first(key)
        found = None
        if first is not None:
            with contextlib.suppress(OSError):
                found = self._read(pid, first.mount_event)
        if found is None:
            self.unknown += 1
        else:
            self._mounts[key] = found

    def ended(self, key: int) -> None:
        """Forget a container."""
        self._mounts.pop(key, None)

    def of(self, call: records.CallRecord) -> Iterator[event.FileName]:
        """Yield what the first process calls the file of a call, then what rules may call it."""
        mounted, inner = self._mounts.get(call.container), call.inner
        if mounted is not None and inner is not None:
            for name in mounted.names(call.device, inner):
                yield event.FileName(event.NameKind.REAL, name)
        for name in self._known(known_files.File(call.container, call.device, call.inode)):
            yield event.FileName(event.NameKind.INODE, name)

    def _read(self, pid: int, mount_event: int) -> mounts.Mounts | None:
        with rooted.root_of(pid, self._proc) as root:
            with (self._proc / str(pid) / "mountinfo").open("rb") as file:
                text = file.read(_MAX_BYTES)
            # Asked afterwards: what is as it was at the start was so all the time.
            is_as_first = self._identified(root).mount_event == mount_event
        return mounts.Mounts(text) if is_as_first and len(text) < _MAX_BYTES else None
