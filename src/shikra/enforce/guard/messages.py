"""
What the guard is told, and what it tells: one message each, with descriptors beside it.

In and out: msgspec structs on a socket that keeps messages apart. What is long is handed over as a
file in memory. The guard never waits for whoever listens: what there is no room for is counted.
"""

import array
import os
import socket
import struct
from collections.abc import Sequence

import msgspec

_ROOM_BYTES = 1 << 20
_MAX_BYTES = 1 << 16  # of a message; what is longer goes as a file
_MAX_DESCRIPTORS = 64
_INTS = struct.calcsize("i")


class Begin(msgspec.Struct, frozen=True, tag=True):
    """First of all. Beside it: the probe's maps, in the order of their names."""

    maps: tuple[str, ...]
    layout: bytes  # what their values look like, as whoever judges reads it


class UseRules(msgspec.Struct, frozen=True, tag=True):
    """Decide by these tables. Beside it: the tables."""

    generation: int


class UseModes(msgspec.Struct, frozen=True, tag=True):
    """Refuse what surely meets one of these conditions of a generation."""

    generation: int
    enforced: frozenset[int]
    includes_init: frozenset[int]  # of these: in a container's first process, too
    denied_late: frozenset[int]  # of these: refused where there is no time to decide
    executions: frozenset[int] = frozenset()  # of these: about executions, not opens


class GuardVolume(msgspec.Struct, frozen=True, tag=True):
    """
    Guard a volume of a container.

    Beside it: the container's mount namespace, and a directory for each part of the volume.
    The answer is ``Guarded``.
    """

    container: int
    device: int
    places: tuple[tuple[bytes, ...], ...]  # of each part, where the first process sees it


class Release(msgspec.Struct, frozen=True, tag=True):
    """Guard nothing of a container any more, or one volume less."""

    container: int
    device: int = 0  # 0: all


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Say that you are there: the answer is ``Pace`` and ``Counts``."""


class Finish(msgspec.Struct, frozen=True, tag=True):
    """Refuse nothing any more, tell what was only counted so far, with ``Counts``, and end."""


Order = Begin | UseRules | UseModes | GuardVolume | Release | Ask | Finish


class Guarded(msgspec.Struct, frozen=True, tag=True):
    """A volume is guarded from now on, or can't be."""

    container: int
    device: int
    trouble: str  # "": it is


class Denied(msgspec.Struct, frozen=True, tag=True):
    """An open, or an execution, was refused; or so many, and this is the last of them."""

    time_ns: int  # since boot
    pid: int
    process: int  # id of its record
    container: int
    generation: int
    conditions: frozenset[int]  # for which of the tables'
    name: bytes  # of the file
    is_execution: bool = False
    is_late: bool = False  # because there was no time to decide
    count: int = 1  # opens that it stands for
    is_flood: bool = False  # of others, for these conditions, only counts are told for a while


class Counts(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """What was done since the guard's start."""

    allowed: int = 0
    denied: int = 0
    held: int = 0  # what would be refused, in a process that is spared
    late: int = 0  # no time to decide
    unknown: int = 0  # by a process of which nothing is known
    failures: int = 0  # a mistake of ours: the open was allowed
    untold: int = 0  # reports for which there was no room; refusals are told later, as a count


class Pace(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """How long opens have waited for answers since the guard's start."""

    answered: tuple[int, ...] = ()  # by how long that took, as ``pace.BOUNDS_NS`` has it
    total_ns: int = 0
    slowest_ns: int = 0
    delayed_ns: int = 0  # it wanted to run, and wasn't let
    most_delayed_ns: int = 0  # between two reports


Report = Guarded | Denied | Counts | Pace

_ENCODER = msgspec.msgpack.Encoder()
_ORDERS: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_REPORTS: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


class ClosedError(Exception):
    """Nobody is at the other end any more."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a channel; neither ever waits."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_BYTES)
        end.setblocking(False)  # noqa: FBT003  its own order
    return ours, theirs


def send(end: socket.socket, message: Order | Report, descriptors: Sequence[int] = ()) -> bool:
    """Send a message; ``False`` if there is no room. Raise ``ClosedError`` at the end."""
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    try:
        end.sendmsg([_ENCODER.encode(message)], beside if descriptors else ())
    except BlockingIOError:
        return False
    except OSError as error:
        raise ClosedError from error
    return True


def take_order(end: socket.socket) -> tuple[Order, list[int]] | None:
    """Return the next order and the descriptors beside it, if there is one."""
    received = _receive(end)
    return None if received is None else (_ORDERS.decode(received[0]), received[1])


def take_report(end: socket.socket) -> Report | None:
    """Return the next report, if there is one."""
    received = _receive(end)
    return None if received is None else _REPORTS.decode(received[0])


def in_memory(data: bytes) -> int:
    """Return a descriptor of a file in memory that holds this."""
    descriptor = os.memfd_create("shikra", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(data)
    return descriptor


def from_memory(descriptor: int) -> bytes:
    """Return what a file in memory holds, and let go of it."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def _receive(end: socket.socket) -> tuple[bytes, list[int]] | None:
    beside_bytes = socket.CMSG_SPACE(_MAX_DESCRIPTORS * _INTS)
    try:
        data, beside, _, _ = end.recvmsg(_MAX_BYTES, beside_bytes, socket.MSG_CMSG_CLOEXEC)
    except BlockingIOError:
        return None
    except OSError as error:
        raise ClosedError from error
    if not data:
        raise ClosedError
    descriptors = array.array("i")
    for level, kind, more in beside:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(more[: len(more) - len(more) % _INTS])
    return data, descriptors.tolist()
