"""
Find a container in the path of a cgroup.

In: a line set of /proc/PID/cgroup. Out: the outermost component that is named as runtimes name a
container's: 64 hexadecimal digits at its end, but for ``.scope`` (systemd's driver). The probe
looks for the same.
"""

import enum
import os
import re
from pathlib import Path

import msgspec

MOUNT = Path("/sys/fs/cgroup")
_CGROUP2_MAGIC = 0x63677270  # linux/magic.h
_CONTAINER = re.compile(rb"[0-9a-f]{64}(\.scope)?$")


class Hierarchy(enum.Enum):
    """Whose ids are the keys of containers; the value is the probe's name for it."""

    DEFAULT = "HIERARCHY_DEFAULT"  # cgroup v2
    MEMORY = "HIERARCHY_MEMORY"  # the memory controller of v1


class CgroupName(msgspec.Struct, frozen=True):
    """A cgroup by the last two components of its path."""

    leaf: bytes
    parent: bytes
    path: bytes  # from the hierarchy's root


def chosen(mount: Path = MOUNT) -> Hierarchy:
    """Return v2 where it is all there is, else v1: ids of the two must not be mixed."""
    return Hierarchy.DEFAULT if (mount / "cgroup.controllers").exists() else Hierarchy.MEMORY


def path_in(cgroups: bytes, hierarchy: Hierarchy) -> bytes:
    """Return a process's path in this hierarchy."""
    for line in cgroups.splitlines():
        number, _, rest = line.partition(b":")
        controllers, _, path = rest.partition(b":")
        match hierarchy:
            case Hierarchy.DEFAULT:
                if number == b"0":
                    return path
            case Hierarchy.MEMORY:
                if b"memory" in controllers.split(b","):
                    return path
    return b""


def named(path: bytes) -> CgroupName:
    """Return the name of the cgroup at this path."""
    above, _, leaf = path.rpartition(b"/")
    return CgroupName(leaf, above.rpartition(b"/")[2], path)


def container_in(path: bytes) -> CgroupName | None:
    """Return the outermost container on the path."""
    parts = path.split(b"/")
    for index, part in enumerate(parts):
        if _CONTAINER.search(part):
            return named(b"/".join(parts[: index + 1]))
    return None


def key_of(path: bytes, hierarchy: Hierarchy, mount: Path = MOUNT) -> int:
    """Return the id of the cgroup at this path; 0 if it is gone. It is its inode's number."""
    try:
        return (_root(hierarchy, mount) / os.fsdecode(path.lstrip(b"/"))).stat().st_ino
    except OSError:
        return 0


def lies_below(key: int, top: str, mount: Path = MOUNT) -> bool:
    """Whether the cgroup of this id is the one at this path, or below it."""
    root = _root(chosen(mount), mount) / top.lstrip("/")
    return any(Path(folder).stat().st_ino == key for folder, _, _ in os.walk(root))


def _root(hierarchy: Hierarchy, mount: Path) -> Path:
    return mount if hierarchy is Hierarchy.DEFAULT else mount / "memory"
