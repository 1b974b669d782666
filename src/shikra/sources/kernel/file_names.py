"""
Which names a file has beside the one that the probe walked.

In: a call on a file of which the probe says that it may have other names. Out: names, by the
mounts that the container's first process began with, by inodes, where rules name that file or
a directory that it is in, and by following the name as opened, where that is what is left.
"""

import struct
from collections.abc import Iterator
from typing import Protocol

from shikra.model.event import FileName, NameKind
from shikra.sources.kernel import known_files, paths, records


class Mounted(Protocol):
    """Names by mounts."""

    def names(self, key: int, device: int, path: bytes) -> tuple[bytes, ...]:
        """Return what a container's first process calls a file."""
        ...


class Known(Protocol):
    """Names by inodes."""

    def names(self, file: known_files.File) -> tuple[bytes, ...]:
        """Return what rules call a file or a directory."""
        ...


class Followed(Protocol):
    """A name by links."""

    def name(self, call: records.CallRecord) -> bytes | None:
        """Return where the name as opened leads by now, if another file may have been opened."""
        ...


class FileNames:
    """Puts together what is known of a file."""

    def __init__(self, mounted: Mounted, known: Known, followed: Followed) -> None:
        """Ask these."""
        self._mounted = mounted
        self._known = known
        self._followed = followed

    def of(self, call: records.CallRecord) -> Iterator[FileName]:
        """Yield what the first process calls the file of a call, then what else it may be."""
        inner = call.inner
        if inner is not None:
            for name in self._mounted.names(call.container, call.device, inner):
                yield FileName(NameKind.REAL, name)
        for name in self._by_inodes(call, inner or b""):
            yield FileName(NameKind.INODE, name)
        if call.root is not None and call.name is not None:
            yield FileName(NameKind.REAL, call.root.rstrip(b"/") + paths.normalise(call.name))
        led = self._followed.name(call)
        if led is not None:
            yield FileName(NameKind.RESOLVED, led)

    def _by_inodes(self, call: records.CallRecord, inner: bytes) -> Iterator[bytes]:
        """Yield the names of the file, and of the directories it is in, with what follows there."""
        parts = inner.split(b"/")
        for depth, inode in enumerate(_inodes(call) or (call.inode,)):
            below = b"".join(b"/" + part for part in parts[len(parts) - depth :])
            for name in self._known.names(known_files.File(call.container, call.device, inode)):
                yield name.rstrip(b"/") + below


def _inodes(call: records.CallRecord) -> tuple[int, ...]:
    text = call.inodes or b""
    return struct.unpack(f"<{len(text) // 8}Q", text)
