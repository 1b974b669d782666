"""Fields on what the caller's standard input, output and error are at the moment of the call."""

import socket
import stat
from collections.abc import Mapping

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers import sockets
from shikra.sources.kernel.readers.wrap import circumstances

_NAMES = {"proc.stdin": 0, "proc.stdout": 1, "proc.stderr": 2}
_FAMILIES: Mapping[int, str] = {
    socket.AF_UNIX: sockets.UNIX,
    socket.AF_INET: sockets.IPV4,
    socket.AF_INET6: sockets.IPV6,
    socket.AF_NETLINK: "netlink",
}


def _kind(stream: records.Stream) -> str | None:
    if not stream.mode:
        return None
    if stat.S_ISSOCK(stream.mode):
        return _FAMILIES.get(stream.family, "unknown")
    if stat.S_ISDIR(stream.mode):
        return "directory"
    if stat.S_ISFIFO(stream.mode):
        return "pipe"
    return "file" if stat.S_IFMT(stream.mode) else "unknown"


def _type(descriptor: int) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        found = _kind(circumstances(event).stream(descriptor))
        return None if found is None else found.encode()

    return reader


def _name(descriptor: int) -> Reader:
    return lambda event, _argument: circumstances(event).stream(descriptor).name


READERS: Readers = {
    **{f"{name}.type": _type(descriptor) for name, descriptor in _NAMES.items()},
    **{f"{name}.name": _name(descriptor) for name, descriptor in _NAMES.items()},
}
