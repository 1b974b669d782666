"""
Which mounts of a container can be guarded: file systems in memory that are its own.

In: what ``/proc/PID/mountinfo`` (proc(5)) says of the container's first process and of the host.
Out: mounts, or why one can't be guarded. Guarding a file system that others use would make the
kubelet, the runtime and ourselves wait for the guard.
"""

import os
import re

import msgspec

_LINE = re.compile(
    rb"\d+ \d+ (?P<major>\d+):(?P<minor>\d+) (?P<root>\S+) (?P<place>\S+) .*? - (?P<kind>\S+) "
)
_ESCAPE = re.compile(rb"\\([0-7]{3})")  # of blanks and the like
_IN_MEMORY = b"tmpfs"
_SYSTEM_PLACES = frozenset(
    {b"/", b"/dev", b"/dev/shm", b"/run", b"/run/lock", b"/run/shm", b"/tmp", b"/var", b"/var/run"}
)
_SYSTEM_FOLDERS = (b"/sys/", b"/proc/", b"/dev/", b"/run/user/")


class Mount(msgspec.Struct, frozen=True):
    """A directory of a file system, and where a process sees it."""

    device: int  # as stat(2) gives it
    root: bytes  # within the file system
    place: bytes
    kind: bytes  # of the file system


class Volume(msgspec.Struct, frozen=True):
    """A file system of one container, by all places where its first process sees it."""

    device: int
    mounts: tuple[Mount, ...]


class Found(msgspec.Struct, frozen=True):
    """What there is to guard in a container."""

    volumes: tuple[Volume, ...]
    unguarded: tuple[bytes, ...]  # places that rules name and that can't be guarded


def mounts(mountinfo: bytes) -> tuple[Mount, ...]:
    """Read the mounts of a process, lowest first; a line that isn't as expected is left out."""
    return tuple(filter(None, map(_mount, mountinfo.splitlines())))


def volumes(own: tuple[Mount, ...], of_host: tuple[Mount, ...], named: frozenset[bytes]) -> Found:
    """Return the volumes that hold what is at these paths, or below them."""
    systems = {mount.device for mount in of_host if _is_systems(mount.place)}
    found: dict[int, None] = {}
    unguarded: dict[bytes, None] = {}
    for path in sorted(named):
        for place, mount in _holding(own, path).items():
            if mount.kind == _IN_MEMORY and mount.device not in systems:
                found[mount.device] = None
            else:
                unguarded[place] = None
    return Found(
        tuple(
            Volume(device, tuple(mount for mount in own if mount.device == device))
            for device in found
        ),
        tuple(unguarded),
    )


def seen(own: tuple[Mount, ...], of_host: tuple[Mount, ...]) -> frozenset[int]:
    """
    Return the file systems in memory that a container sees, by device.

    Left out is what it sees where the host does, below whatever folder: a part of the host's tree
    is mounted in it, as in the kubelet's and drivers' own pods, and in those that watch the node.
    """
    systems = {mount.device for mount in of_host if _is_systems(mount.place)}
    at: dict[int, list[bytes]] = {}
    for mount in of_host:
        at.setdefault(mount.device, []).append(mount.place)
    return frozenset(
        mount.device
        for mount in own
        if mount.kind == _IN_MEMORY
        and mount.device not in systems
        and not any(mount.place.endswith(place) for place in at.get(mount.device, ()))
    )


def _holding(own: tuple[Mount, ...], path: bytes) -> dict[bytes, Mount]:
    """Return the mount that a path is on, and those below it: of several at one place the last."""
    above: Mount | None = None
    holding: dict[bytes, Mount] = {}
    for mount in own:
        if is_below(mount.place, path):
            holding[mount.place] = mount
        elif is_below(path, mount.place) and (
            above is None or len(mount.place) >= len(above.place)
        ):
            above = mount
    if above is not None and path not in holding:
        holding[path] = above
    return holding


def is_below(path: bytes, directory: bytes) -> bool:
    """Whether a path is a directory, or leads below it."""
    return path == directory or path.startswith(directory.rstrip(b"/") + b"/")


def _is_systems(place: bytes) -> bool:
    return place in _SYSTEM_PLACES or place.startswith(_SYSTEM_FOLDERS)


def _mount(line: bytes) -> Mount | None:
    found = _LINE.match(line)
    if found is None:
        return None
    device = os.makedev(int(found["major"]), int(found["minor"]))
    return Mount(device, _unescaped(found["root"]), _unescaped(found["place"]), found["kind"])


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), text)
