"""
The arguments of a call, as the text that Falco prints.

Flags by their names, descriptors as ``<f>/path``, errors by name, numbers of devices in base 16,
modes in base 8. An argument that the probe doesn't tell has no value.
"""

import os
from collections.abc import Callable, Mapping

from shikra.model import event_types
from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers import evt, files, sockets

_AT_FDCWD = -100
_ACCESS = {os.O_RDONLY: b"O_RDONLY", os.O_WRONLY: b"O_WRONLY", os.O_RDWR: b"O_RDWR"}
_O_LARGEFILE = 0o100000  # Python says 0 where it is implied
_FLAGS: tuple[tuple[int, bytes], ...] = (
    (os.O_CREAT, b"O_CREAT"),
    (os.O_APPEND, b"O_APPEND"),
    (os.O_SYNC, b"O_SYNC"),
    (os.O_DSYNC, b"O_DSYNC"),
    (os.O_EXCL, b"O_EXCL"),
    (os.O_NONBLOCK, b"O_NONBLOCK"),
    (os.O_TRUNC, b"O_TRUNC"),
    (os.O_DIRECT, b"O_DIRECT"),
    (os.O_TMPFILE, b"O_TMPFILE"),
    (os.O_DIRECTORY, b"O_DIRECTORY"),
    (_O_LARGEFILE, b"O_LARGEFILE"),
    (os.O_CLOEXEC, b"O_CLOEXEC"),
    (os.O_NOFOLLOW, b"O_NOFOLLOW"),
    (os.O_PATH, b"O_PATH"),
)


def _flags(event: Event) -> bytes | None:
    flags = evt.open_flags(event)
    if flags is None:
        return None
    names = [_ACCESS[flags & evt.O_ACCMODE]] if flags & evt.O_ACCMODE in _ACCESS else []
    for bits, name in _FLAGS:
        if flags & bits == bits:
            names.append(name)
            flags &= ~bits  # O_SYNC has O_DSYNC's bit, O_TMPFILE has O_DIRECTORY's
    return b"|".join(names)


def _descriptor(event: Event) -> bytes | None:
    call: records.CallRecord = event.data.call
    number = files.descriptor(event)
    if number is None:
        return evt.error_name(-call.result) if call.result < 0 else None
    letter, name = files.type_character(event), files.name(event)
    if letter is None or name is None:
        return b"%d" % number
    if letter in (b"4", b"6"):
        letter += (sockets.protocol(call) or b"")[:1]
    return b"<%s>%s" % (letter, name)


def _base(event: Event) -> bytes | None:
    call: records.CallRecord = event.data.call
    number = call.argument(0) & 0xFFFFFFFF
    if number - (1 << 32) == _AT_FDCWD:
        return b"AT_FDCWD"
    return b"%d" % number if call.base is None else b"<d>" + call.base


def _mode(event: Event) -> bytes | None:
    at = evt.OPEN_MODE_AT.get(event.type)
    return None if at is None else b"0%o" % (event.data.call.argument(at) & 0o7777)


def _device(event: Event) -> bytes | None:
    call: records.CallRecord = event.data.call
    return b"%X" % call.device if call.result >= 0 else None


def _peer(event: Event) -> bytes | None:
    there = sockets.remote(event.data.call)
    return sockets.name(event.data.call) if there is None else str(there).encode()


def _of_process(event: Event, field: str) -> bytes | None:
    value = event.fields[field]
    return value if isinstance(value, bytes) else None


def _number(event: Event, field: str) -> bytes | None:
    value = event.fields[field]
    return b"%d" % value if isinstance(value, int) else None


_TEXTS: Mapping[str, Callable[[Event], bytes | None]] = {
    "fd": _descriptor,
    "dirfd": _base,
    "mountfd": _base,
    "name": lambda event: event.path,
    "path": lambda event: event.path,
    "flags": _flags,
    "creat_flags": _flags,
    "mode": _mode,
    "dev": _device,
    "ino": lambda event: _number(event, "fd.ino"),
    "res": lambda event: evt.result_text(event.data.call),
    "exe": lambda event: _of_process(event, "proc.exe"),
    "args": lambda event: _of_process(event, "proc.args"),
    "comm": lambda event: _of_process(event, "proc.name"),
    "tid": lambda event: _number(event, "thread.tid"),
    "pid": lambda event: _number(event, "proc.pid"),
    "ptid": lambda event: _number(event, "proc.ppid"),
    "tty": lambda event: _number(event, "proc.tty"),
    "pgid": lambda event: _number(event, "proc.pgid"),
    "vpgid": lambda event: _number(event, "proc.vpgid"),
    "uid": lambda event: _number(event, "user.uid"),
    "gid": lambda event: _number(event, "group.gid"),
    "loginuid": lambda event: _number(event, "user.loginuid"),
    "trusted_exepath": lambda event: _of_process(event, "proc.exepath"),
    "filename": lambda event: event.data.call.name,
    "tuple": lambda event: sockets.name(event.data.call),
    "addr": _peer,
    "size": lambda event: b"%d" % event.data.call.argument(2) if event.type == "sendto" else None,
}


def _one(event: Event, argument: str | None) -> Value:
    known = event_types.PRODUCED.get(event.type)
    if known is None or argument is None:
        return None
    if argument.isdecimal():
        at = int(argument)
        argument = known.arguments[at] if at < len(known.arguments) else None
    if argument not in known.arguments or argument not in _TEXTS:
        return None
    return _TEXTS[argument](event)


def _all(event: Event, _argument: str | None) -> Value:
    known = event_types.PRODUCED.get(event.type)
    if known is None:
        return None
    texts = ((name, _one(event, name)) for name in known.arguments)
    return b" ".join(b"%s=%s" % (name.encode(), text) for name, text in texts if text is not None)


READERS: Readers = {"evt.arg": _one, "evt.args": _all, "evt.info": _all}
