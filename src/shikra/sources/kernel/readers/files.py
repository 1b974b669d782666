"""
Fields on the descriptor that a call is about.

A file's name is the event's path, so the copy of an event under the file's real path reads that.
What is only known of a socket stands in ``sockets``.
"""

import os
import stat
from collections.abc import Callable

from shikra.model.event import Event, Reader, Readers
from shikra.model.event_type import Meaning
from shikra.model.value import Value
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers import sockets
from shikra.sources.kernel.readers.wrap import circumstances, parameter

_ON_FILE = "file"
_ON_DIRECTORY = "directory"
_PIPE = "pipe"
_UNKNOWN = "unknown"
_MADE = {  # what calls make that has no name in a file system
    "memfd_create": "memfd",
    "userfaultfd": "userfaultfd",
    "io_uring_setup": "io_uring",
    "pidfd_open": "pidfd",
    "bpf": "bpf",
}
_TYPE_CHARACTERS = {
    _ON_FILE: b"f",
    _ON_DIRECTORY: b"d",
    _PIPE: b"p",
    _UNKNOWN: b"o",
    sockets.IPV4: b"4",
    sockets.IPV6: b"6",
    sockets.UNIX: b"u",
    "memfd": b"m",
    "userfaultfd": b"u",
    "io_uring": b"r",
    "pidfd": b"P",
    "bpf": b"b",
}


def descriptor(event: Event) -> int | None:
    """Return the number of the descriptor that the call is about."""
    call: records.CallRecord = event.data.call
    about = parameter(event, Meaning.OBJECT)
    if about is None or (about.at is None and call.result < 0):
        return None
    return call.descriptor


def kind(event: Event) -> str | None:
    """Return what the descriptor is; of an open that failed, what was asked for: a file."""
    call: records.CallRecord = event.data.call
    if parameter(event, Meaning.OBJECT) is None:
        return None
    if sockets.is_asked(event):
        return sockets.family(call)
    if event.type in _MADE:
        return _MADE[event.type] if call.result >= 0 else None
    return _kind_of_file(event, call.file_mode)


def _kind_of_file(event: Event, mode: int) -> str | None:
    if stat.S_ISDIR(mode):
        return _ON_DIRECTORY
    if stat.S_ISFIFO(mode) and event.real_path is None:
        return _PIPE
    if stat.S_IFMT(mode) or event.type in events.OPENS:
        return _ON_FILE
    return _UNKNOWN if mode else None  # the kernel's own: it has permissions and no type


def name(event: Event) -> bytes | None:
    """Return the path of a file, or both ends of a connection."""
    call: records.CallRecord = event.data.call
    if parameter(event, Meaning.OBJECT) is None:
        return None
    return sockets.name(call) if sockets.is_asked(event) else event.path


def type_character(event: Event) -> bytes | None:
    """Return the kind in one character."""
    found = kind(event)
    return None if found is None else _TYPE_CHARACTERS[found]


def _number(event: Event, _argument: str | None) -> Value:
    """Return the descriptor; of an open that failed, -1: rules on failed opens ask for that."""
    number = descriptor(event)
    return -1 if number is None and event.type in events.OPENS else number


def _kind(event: Event, _argument: str | None) -> Value:
    found = kind(event)
    return found.encode() if found else None


def _raw_name(event: Event, _argument: str | None) -> Value:
    raw: bytes | None = event.data.call.name
    if parameter(event, Meaning.OBJECT) and parameter(event, Meaning.NAME):
        return raw
    return name(event)


def _path(event: Event) -> bytes | None:
    """Return the path of the descriptor's file."""
    return None if sockets.is_asked(event) else name(event)


def _directory(event: Event) -> bytes | None:
    path = _path(event)
    if path is None or kind(event) == _ON_DIRECTORY:
        return path
    above, slash, _ = path.rpartition(b"/")
    return above or slash or None


def _filename(event: Event, _argument: str | None) -> Value:
    path = _path(event)
    if path is None or kind(event) == _ON_DIRECTORY:
        return None
    return path.rpartition(b"/")[2]


def _in_container(event: Event, text: bytes | None) -> bytes | None:
    return None if text is None else event.container.id.encode() + b":" + text


def _unique(event: Event, _argument: str | None) -> Value:
    number = descriptor(event)
    return None if number is None else b"%d%d" % (event.data.call.tid, number)


def _device(event: Event) -> int | None:
    call: records.CallRecord = event.data.call
    is_file = call.file_mode or event.type in events.OPENS
    return call.device if is_file and descriptor(event) is not None else None


def _major(event: Event, _argument: str | None) -> Value:
    device = _device(event)
    return None if device is None else os.major(device)


def _minor(event: Event, _argument: str | None) -> Value:
    device = _device(event)
    return None if device is None else os.minor(device)


def _inode(event: Event, _argument: str | None) -> Value:
    call: records.CallRecord = event.data.call
    return call.inode or None if kind(event) is not None else None


def _layer(read: Callable[[records.Circumstances], int]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        told = circumstances(event)
        return bool(read(told)) if told.has_layer else None

    return reader


READERS: Readers = {
    "fd.num": _number,
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
    "fd.is_upper_layer": _layer(lambda told: told.is_upper_layer),
    "fd.is_lower_layer": _layer(lambda told: told.is_lower_layer),
}
