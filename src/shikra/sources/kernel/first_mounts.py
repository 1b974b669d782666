"""
The mounts that a container's first process began with.

In: containers as they start and end. Out: the names that the first process has for a file, by its
device and its path there. Mounts that can't be told any more, since they changed before they were
read, give no name.
"""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from shikra.sources.kernel import identify, libbpf, mounts, rooted, state

_MAX_BYTES = 1 << 20  # of a list of mounts


class Told(Protocol):
    """What the probe knows of containers."""

    def first(self, key: int) -> state.FirstProcess | None:
        """Return what it keeps of a container's first process."""
        ...


class _Began(msgspec.Struct, frozen=True):
    pid: int
    mounts: mounts.Mounts
    digest: int  # of the list of mounts


class FirstMounts:
    """Of each container."""

    def __init__(
        self,
        told: Told,
        identified: Callable[[int], identify.Identity],
        proc: Path = Path("/proc"),
    ) -> None:
        """Know no container."""
        self._told = told
        self._identified = identified
        self._proc = proc
        self._began: dict[int, _Began] = {}
        self.unknown = 0  # containers whose mounts at the start couldn't be told

    def began(self, key: int, pid: int) -> frozenset[bytes]:
        """Read the mounts of a container's first process, and return where they are."""
        first = self._told.first(key)
        found = None
        if first is not None:
            with contextlib.suppress(OSError, libbpf.LibbpfError):
                found = self._read(pid, first.mount_event)
        if found is None:
            self.unknown += 1
            return frozenset()
        self._began[key] = found
        return found.mounts.places

    def whole(self, key: int) -> Mapping[int, bytes]:
        """Return where a container's first process has file systems as a whole, by device."""
        began = self._began.get(key)
        return {} if began is None else began.mounts.whole()

    def ended(self, key: int) -> None:
        """Forget a container."""
        self._began.pop(key, None)

    def names(self, key: int, device: int, path: bytes) -> tuple[bytes, ...]:
        """Return what a container's first process calls a file."""
        began = self._began.get(key)
        return () if began is None else began.mounts.names(device, path)

    def are_where_they_were(self, key: int) -> bool:
        """Whether the mounts that a container began with are still at the same paths."""
        began = self._began.get(key)
        with contextlib.suppress(OSError):
            return began is not None and hash(self._list(began.pid)) == began.digest
        return False

    def _read(self, pid: int, mount_event: int) -> _Began | None:
        with rooted.root_of(pid, self._proc) as root:
            text = self._list(pid)
            # Asked afterwards: what is as it was at the start was so all the time.
            is_as_first = self._identified(root).mount_event == mount_event
        if not is_as_first or len(text) == _MAX_BYTES:
            return None
        return _Began(pid, mounts.Mounts(text), hash(text))

    def _list(self, pid: int) -> bytes:
        with (self._proc / str(pid) / "mountinfo").open("rb") as file:
            return file.read(_MAX_BYTES)
