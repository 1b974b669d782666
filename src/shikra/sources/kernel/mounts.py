"""
By which names a process reaches a file, told from the mounts that it has.

In: the file ``/proc/PID/mountinfo`` (proc(5)), a device, and a path within its file system. Out:
paths. A file system, or a part of one, that is mounted at several places gives several.
"""

import os
import re
from collections.abc import Iterator

import msgspec

MAX_NAMES = 4

_LINE = re.compile(rb"\d+ \d+ (?P<major>\d+):(?P<minor>\d+) (?P<root>\S+) (?P<place>\S+) ")
_ESCAPE = re.compile(rb"\\([0-7]{3})")  # of blanks and the like


class Mount(msgspec.Struct, frozen=True):
    """A directory or a file of a file system, and where it is seen."""

    device: int  # as stat(2) gives it
    root: bytes  # within the file system
    place: bytes


class Mounts:
    """The mounts of a process."""

    def __init__(self, mountinfo: bytes) -> None:
        """Read them; a line that isn't as expected is left out."""
        self._by_device: dict[int, list[Mount]] = {}
        found = tuple(filter(None, map(_mount, mountinfo.splitlines())))
        self.places = frozenset(mount.place for mount in found)
        for mount in found:
            self._by_device.setdefault(mount.device, []).append(mount)
        for mounts in self._by_device.values():
            mounts.sort(key=lambda mount: -len(mount.root))

    def whole(self) -> dict[int, bytes]:
        """Return the places of file systems that are mounted once, and as a whole."""
        return {
            device: mounts[0].place
            for device, mounts in self._by_device.items()
            if len(mounts) == 1 and mounts[0].root == b"/" != mounts[0].place
        }

    def names(self, device: int, path: bytes) -> tuple[bytes, ...]:
        """Return the names of a file, the one of the smallest part mounted first."""
        found = dict.fromkeys(self._names(device, path))
        return tuple(found)[:MAX_NAMES]

    def _names(self, device: int, path: bytes) -> Iterator[bytes]:
        for mount in self._by_device.get(device, ()):
            rest = _below(mount.root, path)
            if rest is not None:
                yield mount.place.rstrip(b"/") + rest or b"/"


def _below(root: bytes, path: bytes) -> bytes | None:
    """Return what follows on a directory in a path below it, with its slash."""
    if root == b"/":
        return b"" if path == b"/" else path
    if path == root or path.startswith(root + b"/"):
        return path[len(root) :]
    return None


def _mount(line: bytes) -> Mount | None:
    found = _LINE.match(line)
    if found is None:
        return None
    device = os.makedev(int(found["major"]), int(found["minor"]))
    return Mount(device, _unescaped(found["root"]), _unescaped(found["place"]))


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), text)
