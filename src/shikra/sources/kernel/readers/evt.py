"""Fields on the event itself: what was called, where, and what came of it."""

import errno
import os

from shikra.model import event_types, time_readers
from shikra.model.event import Event, Readers
from shikra.model.event_type import Meaning
from shikra.model.value import Value
from shikra.sources import origin
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers.wrap import of_call, parameter

_ERESTART = range(512, 532)  # the kernel's own: a signal interrupted the call

O_ACCMODE = 0o3
O_CREAT = 0o100
O_TMPFILE = 0o20000000
_EXECUTE = 0o111


def error_name(number: int) -> bytes:
    """Return ENOENT for 2."""
    if number in _ERESTART:
        return b"ERESTARTSYS"
    return errno.errorcode.get(number, str(number)).encode()


def result_text(call: records.CallRecord) -> bytes:
    """Return SUCCESS, or the error's name."""
    return b"SUCCESS" if call.result >= 0 else error_name(-call.result)


def open_flags(event: Event) -> int | None:
    """Return the flags of an open as the caller gave them; ``None`` of anything else."""
    call: records.CallRecord = event.data.call
    return call.open_flags & 0xFFFFFFFF if event.type in events.OPENS else None


def open_mode(event: Event) -> int | None:
    """Return the mode of a file that an open was to create; 0 if it was to create none."""
    flags, told = open_flags(event), parameter(event, Meaning.MODE)
    if flags is None or told is None or told.at is None:
        return None
    return event.data.call.argument(told.at) & 0o7777 if flags & (O_CREAT | O_TMPFILE) else 0


def _category(event: Event, _argument: str | None) -> Value:
    known = event_types.PRODUCED.get(event.type)
    return known.category.encode() if known else None


def _is_open(event: Event, modes: tuple[int, ...]) -> Value:
    flags = open_flags(event)
    return flags is not None and flags & O_ACCMODE in modes


def _is_type(event: Event, argument: str | None) -> Value:
    return int(event.type == argument)


def _is_read(event: Event, _argument: str | None) -> Value:
    return _is_open(event, (os.O_RDONLY, os.O_RDWR))


def _is_write(event: Event, _argument: str | None) -> Value:
    return _is_open(event, (os.O_WRONLY, os.O_RDWR))


def _is_exec(event: Event, _argument: str | None) -> Value:
    mode = open_mode(event)
    return mode is not None and bool(mode & _EXECUTE)


def _is_create(event: Event, _argument: str | None) -> Value:
    flags = open_flags(event)
    if flags is None or event.data.call.result < 0:
        return False
    return bool(flags & (O_CREAT | O_TMPFILE))


READERS: Readers = {
    **origin.READERS,
    "evt.type": lambda event, _: event.type.encode(),
    "evt.type.is": _is_type,
    "syscall.type": lambda event, _: event.type.encode(),
    "evt.category": _category,
    "evt.dir": lambda _event, _: b"<",
    "evt.cpu": of_call(lambda call: call.cpu),
    "evt.via": lambda event, _: b"io_uring" if event.data.is_via_ring else b"syscall",
    "evt.res": of_call(result_text),
    "evt.rawres": of_call(lambda call: call.result),
    "evt.failed": of_call(lambda call: call.result < 0),
    "evt.is_open_read": _is_read,
    "evt.is_open_write": _is_write,
    "evt.is_open_exec": _is_exec,
    "evt.is_open_create": _is_create,
    "evt.outputtime": time_readers.READERS["evt.time"],
}
