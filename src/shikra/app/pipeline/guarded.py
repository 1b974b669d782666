"""
Look for the volumes of a container that are to be guarded.

In: the pid of a container's first process, paths that rules name. Out: orders for the guard, with
what they need held open, and the places that can't be guarded. What was unmounted or covered in
the meantime is found by another device there, and is unguarded too.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shikra.enforce.guard import messages, volumes
from shikra.sources.kernel import rooted

_MAX_BYTES = 1 << 20  # of a list of mounts
_FIRST_OF_HOST = 1


class Prepared(msgspec.Struct, frozen=True):
    """An order, and the descriptors beside it."""

    order: messages.GuardVolume
    descriptors: tuple[int, ...]


class Looked(msgspec.Struct, frozen=True):
    """What there is in a container."""

    prepared: tuple[Prepared, ...]
    unguarded: tuple[bytes, ...]
    seen: frozenset[int]  # file systems in memory, by device


@contextlib.contextmanager
def looked(
    container: int, pid: int, named: frozenset[bytes], proc: Path = Path("/proc")
) -> Iterator[Looked]:
    """Hold what is to be guarded while the block lasts; raise ``OSError`` if it is gone."""
    own, of_host = _mounts(proc, pid), _mounts(proc, _FIRST_OF_HOST)
    found = volumes.volumes(own, of_host, named)
    unguarded = list(found.unguarded)
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(rooted.root_of(pid, proc))
        namespace = _kept(stack, os.open(proc / str(pid) / "ns/mnt", os.O_RDONLY | os.O_CLOEXEC))
        prepared = []
        for volume in found.volumes:
            parts = _parts(stack, root, volume)
            if not parts:
                unguarded += [mount.place for mount in volume.mounts]
                continue
            order = messages.GuardVolume(container, volume.device, tuple(parts.values()))
            prepared.append(Prepared(order, (namespace, *parts)))
        there = tuple(place for place in unguarded if _is_there(root, place))
        yield Looked(tuple(prepared), there, volumes.seen(own, of_host))


def _is_there(root: int, path: bytes) -> bool:
    with contextlib.suppress(OSError), rooted.found(root, path):
        return True
    return False


def _parts(
    stack: contextlib.ExitStack, root: int, volume: volumes.Volume
) -> dict[int, tuple[bytes, ...]]:
    """Return a directory, or a single file, for each part of a volume, and where it is seen."""
    places: dict[bytes, list[bytes]] = {}
    for mount in volume.mounts:
        places.setdefault(mount.root, []).append(mount.place)
    parts = {}
    for at in places.values():
        for place in at:
            held = _held(stack, root, place, volume.device)
            if held is not None:
                parts[held] = tuple(each.rstrip(b"/") for each in at)
                break
    return parts


def _held(stack: contextlib.ExitStack, root: int, place: bytes, device: int) -> int | None:
    """Hold what is at a place, unless it was unmounted, or something else covers it."""
    with contextlib.ExitStack() as trying, contextlib.suppress(OSError):
        held = trying.enter_context(rooted.found(root, place))
        if os.fstat(held).st_dev == device:
            stack.push(trying.pop_all())
            return held
    return None


def _mounts(proc: Path, pid: int) -> tuple[volumes.Mount, ...]:
    with (proc / str(pid) / "mountinfo").open("rb") as file:
        return volumes.mounts(file.read(_MAX_BYTES))


def _kept(stack: contextlib.ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor
