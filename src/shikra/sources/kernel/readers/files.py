"""
Fields on the descriptor that a call is about, and on paths.

A file's name is the event's path, so the copy of an event under the file's real path reads that.
What is only known of a socket stands in ``sockets``.
"""

import os
import stat
from collections.abc import Callable

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers import sockets

_ON_FILE = "file"
_ON_DIRECTORY = "directory"
_TYPE_CHARACTERS = {
    _ON_FILE: b"f",
    _ON_DIRECTORY: b"d",
    "pipe": b"p",
    sockets.IPV4: b"4",
    sockets.IPV6: b"6",
    sockets.UNIX: b"u",
}


def descriptor(event: Event) -> int | None:
    """Return the number of the descriptor that the call is about."""
    call: records.CallRecord = event.data.call
    if event.type in events.OPENS:
        return call.result if call.result >= 0 else None
    if event.type in sockets.CALLS:
        return _signed_32(call.argument(0))
    return None


def kind(event: Event) -> str | None:
    """Return what the descriptor is; of an open that failed, what was asked for: a file."""
    if event.type in sockets.CALLS:
        return sockets.family(event.data.call)
    if event.type not in events.OPENS:
        return None
    mode = event.data.call.file_mode
    if stat.S_ISDIR(mode):
        return _ON_DIRECTORY
    return "pipe" if stat.S_ISFIFO(mode) and event.real_path is None else _ON_FILE


def name(event: Event) -> bytes | None:
    """Return the path of a file, or both ends of a connection."""
    if event.type in sockets.CALLS:
        return sockets.name(event.data.call)
    return event.path


def type_character(event: Event) -> bytes | None:
    """Return the kind in one character."""
    found = kind(event)
    return None if found is None else _TYPE_CHARACTERS[found]


def _kind(event: Event, _argument: str | None) -> Value:
    found = kind(event)
    return found.encode() if found else None


def _raw_name(event: Event, _argument: str | None) -> Value:
    raw: bytes | None = event.data.call.name
    return raw if event.type in events.OPENS else name(event)


def _directory(event: Event) -> bytes | None:
    if event.path is None or kind(event) == _ON_DIRECTORY:
        return event.path
    above, slash, _ = event.path.rpartition(b"/")
    return above or slash or None


def _filename(event: Event, _argument: str | None) -> Value:
    if event.path is None or kind(event) == _ON_DIRECTORY:
        return None
    return event.path.rpartition(b"/")[2]


def _in_container(event: Event, text: bytes | None) -> bytes | None:
    return None if text is None else event.container.id.encode() + b":" + text


def _unique(event: Event, _argument: str | None) -> Value:
    number = descriptor(event)
    return None if number is None else b"%d%d" % (event.data.call.tid, number)


def _device(event: Event) -> int | None:
    call: records.CallRecord = event.data.call
    return call.device if event.type in events.OPENS and call.result >= 0 else None


def _major(event: Event, _argument: str | None) -> Value:
    device = _device(event)
    return None if device is None else os.major(device)


def _minor(event: Event, _argument: str | None) -> Value:
    device = _device(event)
    return None if device is None else os.minor(device)


def _inode(event: Event, _argument: str | None) -> Value:
    call: records.CallRecord = event.data.call
    return call.inode or None if kind(event) is not None else None


def _raw_path(event: Event, _argument: str | None) -> Value:
    raw: bytes | None = event.data.call.name
    return raw if event.type in events.OPENS else None


def _layer(read: Callable[[records.CallRecord], int]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        call: records.CallRecord = event.data.call
        return bool(read(call)) if call.has_layer else None

    return reader


def _signed_32(register: int) -> int:
    low = register & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


READERS: Readers = {
    "fd.num": lambda event, _: descriptor(event),
    "fd.type": _kind,
    "fd.typechar": lambda event, _: type_character(event),
    "fd.name": lambda event, _: name(event),
    "fd.nameraw": _raw_name,
    "fd.realpath": lambda event, _: event.real_path,
    "fd.directory": lambda event, _: _directory(event),
    "fd.filename": _filename,
    "fd.containername": lambda event, _: _in_container(event, name(event)),
    "fd.containerdirectory": lambda event, _: _in_container(event, _directory(event)),
    "fd.uid": _unique,
    "fd.dev": lambda event, _: _device(event),
    "fd.dev.major": _major,
    "fd.dev.minor": _minor,
    "fd.ino": _inode,
    "fd.is_upper_layer": _layer(lambda call: call.is_upper_layer),
    "fd.is_lower_layer": _layer(lambda call: call.is_lower_layer),
    "fs.path.name": lambda event, _: event.path,
    "fs.path.nameraw": _raw_path,
}
