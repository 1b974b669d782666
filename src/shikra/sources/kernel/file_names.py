"""
Which names a file has for a container's first process.

In: containers as they start and end, and calls on files that the probe couldn't name so: their
mount isn't one that the first process began with. Out: names, by the mounts that it began with.
Where those can't be told any more, since they changed before they were read, there is none.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from shikra.sources.kernel import identify, mounts, records, state

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
        proc: Path = Path("/proc"),
    ) -> None:
        """Know no container."""
        self._told = told
        self._identified = identified
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

    def of(self, call: records.CallRecord) -> tuple[bytes, ...]:
        """Return what the first process calls a file that the probe told the inner path of."""
        known = self._mounts.get(call.container)
        inner = call.inner
        return () if known is None or inner is None else known.names(call.device, inner)

    def _read(self, pid: int, mount_event: int) -> mounts.Mounts | None:
        with _held(self._proc / str(pid) / "root") as root:
            with (self._proc / str(pid) / "mountinfo").open("rb") as file:
                text = file.read(_MAX_BYTES)
            # Asked afterwards: what is as it was at the start was so all the time.
            is_as_first = self._identified(root).mount_event == mount_event
        return mounts.Mounts(text) if is_as_first and len(text) < _MAX_BYTES else None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
