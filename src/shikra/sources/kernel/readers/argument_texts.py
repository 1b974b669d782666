"""
The text of an argument, as Falco prints it.

In: an event and one argument of its type. Out: the plain text and, where it means more, what it
resolves to: the names of flags, a descriptor's file, an error's name, the program of a pid.
``evt.arg`` is the latter where there is one; ``evt.args`` has both.
"""

import signal
import time
from collections.abc import Callable, Mapping

import msgspec

from shikra.model import names_of_flags, when
from shikra.model.event import Event
from shikra.model.event_type import Meaning, Parameter
from shikra.sources.kernel import paths, records
from shikra.sources.kernel.readers import argument_values, evt, files, sockets
from shikra.sources.kernel.readers.wrap import circumstances

_AT_FDCWD = -100
_NOBODY = 0xFFFFFFFF
_HEXADECIMAL = {
    ("mprotect", "addr"),
    ("pkey_mprotect", "addr"),
    ("ptrace", "addr"),
    ("ptrace", "data"),
    ("mkdir", "mode"),
    ("mkdirat", "mode"),
    ("pidfd_getfd", "flags"),
    ("capset", "cap_inheritable"),
    ("capset", "cap_permitted"),
    ("capset", "cap_effective"),
}
_JUST_TEXT = frozenset(
    (("mount", "dev"), ("chdir", "path"), ("symlink", "target"), ("symlinkat", "target"))
)
"""Names that Falco doesn't take for paths."""
_NAMES_OF_IDS = {
    "thread.tid": "proc.name",
    "proc.pid": "proc.name",
    "proc.ppid": "proc.pname",
    "proc.pgid": "proc.pgid.name",
    "proc.vpgid": "proc.vpgid.name",
    "user.uid": "user.name",
    "user.loginuid": "user.loginname",
    "group.gid": "group.name",
}
_PRINTABLE = range(0x20, 0x7F)
_DOT = ord(".")
_BUFFERS = frozenset(("proc.args", "proc.env"))
_ENDS = {Meaning.PEER: sockets.remote, Meaning.OWN: sockets.local}


class Shown(msgspec.Struct, frozen=True):
    """A text, and what it resolves to."""

    plain: bytes
    resolved: bytes | None = None

    def whole(self) -> bytes:
        """Return both."""
        return self.plain if self.resolved is None else b"%s(%s)" % (self.plain, self.resolved)


def show(event: Event, parameter: Parameter) -> Shown | None:
    """Return the text, or ``None`` where the argument isn't told."""
    return TEXTS.get(parameter.meaning, _plain)(event, parameter)


def _result(result: int) -> Shown:
    return Shown(b"%d" % result, evt.error_name(-result) if result < 0 else None)


def _object(event: Event, _parameter: Parameter) -> Shown:
    number = files.descriptor(event)
    if number is None:
        return _result(event.data.call.result)
    letter, name = files.type_character(event), files.name(event)
    if letter is None or name is None:
        return Shown(b"%d" % number)
    if letter in (b"4", b"6"):
        letter += (sockets.protocol(event.data.call) or b"")[:1]
    return Shown(b"%d" % number, b"<%s>%s" % (letter, name))


def _directory(event: Event, parameter: Parameter) -> Shown | None:
    call: records.CallRecord = event.data.call
    base = call.base if parameter.meaning is Meaning.DIRECTORY else call.target_base
    number = argument_values.register(event, parameter)
    if number is None:
        return None
    if number == _AT_FDCWD:
        return Shown(b"%d" % number, b"AT_FDCWD")
    return Shown(b"%d" % number, None if base is None else b"<d>" + base)


def _name(event: Event, parameter: Parameter) -> Shown | None:
    call: records.CallRecord = event.data.call
    if parameter.meaning is Meaning.NAME:
        raw, base = call.name, call.base
    else:
        raw, base = call.target, call.target_base
    if raw is None:
        return None
    is_plain = base is None or raw.startswith(b"/")
    if is_plain or (event.type, parameter.name) in _JUST_TEXT:
        return Shown(raw)
    return Shown(raw, paths.absolute(raw, base))


def _flags(event: Event, parameter: Parameter) -> Shown | None:
    is_open = parameter.meaning is Meaning.OPEN_FLAGS
    held = evt.open_flags(event) if is_open else argument_values.register(event, parameter)
    if held is None:
        return None
    names = names_of_flags.names(parameter.names, held)
    return Shown(b"%d" % names_of_flags.number(parameter.names, held), names.encode() or None)


def _exe_flags(event: Event, parameter: Parameter) -> Shown | None:
    flags = argument_values.exe_flags(event, parameter)
    if flags is None:
        return None
    return Shown(b"%d" % flags, names_of_flags.names("exe_flags", flags).encode() or None)


def _mode(event: Event, parameter: Parameter) -> Shown | None:
    mode = argument_values.mode(event, parameter)
    if mode is None:
        return None
    if (event.type, parameter.name) in _HEXADECIMAL:
        return Shown(b"%X" % mode)
    names = names_of_flags.names(parameter.names, mode)
    return Shown(b"0%o" % mode if mode else b"0", names.encode() or None)


def _id(event: Event, parameter: Parameter) -> Shown | None:
    number = argument_values.register(event, parameter)
    if number is None:
        return None
    match parameter.meaning:
        case Meaning.SIGNAL:
            return Shown(b"%d" % (number & 0xFF), _signal(number & 0xFF))
        case Meaning.PROCESS:
            return Shown(b"%d" % number, _program(event, number))
        case _ if number == _NOBODY:
            return Shown(b"-1", b"<NONE>")
        case Meaning.USER:
            name = event.fields[f"user.name[{number}]"]
        case _:
            name = event.fields[f"group.name[{number}]"]
    return Shown(b"%d" % number, name if isinstance(name, bytes) else None)


def _signal(number: int) -> bytes | None:
    try:
        return signal.Signals(number).name.encode()
    except ValueError:
        return None


def _program(event: Event, pid: int) -> bytes | None:
    """Return what runs under a pid, for a caller that sees the host's pids."""
    call: records.CallRecord = event.data.call
    if event.process is None or event.process.container or call.pid != call.vpid:
        return None
    found = event.data.find(pid)
    return found.name if found and found.start_time_ns <= call.time_ns else None


def _device(event: Event, _parameter: Parameter) -> Shown | None:
    device = event.fields["fd.dev"]
    return Shown(b"%X" % device) if isinstance(device, int) else None


def _ends(event: Event, parameter: Parameter) -> Shown | None:
    call: records.CallRecord = event.data.call
    end = _ENDS.get(parameter.meaning)
    found = end(call) if end else None
    if found is not None:
        return Shown(str(found).encode()) if found.is_known else None
    name = sockets.name(call)
    return None if name is None else Shown(name)


def _field(event: Event, parameter: Parameter) -> Shown | None:
    field = parameter.names
    value = argument_values.of_field(event, field)
    if isinstance(value, bytes):
        return Shown(value.replace(b"\0", b".") if field in _BUFFERS else value)
    if not isinstance(value, int):
        return None
    if field.startswith("thread.cap_"):
        return Shown(b"%X" % value)
    if field in {"proc.exe_ino.ctime", "proc.exe_ino.mtime"}:
        zone = time.strftime("%z", time.localtime(value // when.SECOND_NS))
        return Shown(f"{when.local_date_time(value)} {zone}".encode())
    if field == "user.loginuid" and value == -1:
        return Shown(b"-1", b"<NONE>")
    name = event.fields[_NAMES_OF_IDS[field]] if field in _NAMES_OF_IDS else None
    return Shown(b"%d" % value, name if isinstance(name, bytes) else None)


def _data(event: Event, _parameter: Parameter) -> Shown | None:
    """Show bytes; what can't be printed is a dot."""
    data = circumstances(event).data
    if data is None:
        return None
    return Shown(bytes(each if each in _PRINTABLE else _DOT for each in data))


def _plain(event: Event, parameter: Parameter) -> Shown | None:
    value = argument_values.value(event, parameter)
    if isinstance(value, bytes):
        return Shown(value)
    if not isinstance(value, int):
        return None
    return Shown((b"%X" if (event.type, parameter.name) in _HEXADECIMAL else b"%d") % value)


TEXTS: Mapping[Meaning, Callable[[Event, Parameter], Shown | None]] = {
    Meaning.RESULT: lambda event, _parameter: _result(event.data.call.result),
    Meaning.OBJECT: _object,
    Meaning.DIRECTORY: _directory,
    Meaning.TARGET_DIRECTORY: _directory,
    Meaning.NAME: _name,
    Meaning.TARGET: _name,
    Meaning.DATA: _data,
    Meaning.OPEN_FLAGS: _flags,
    Meaning.FLAGS: _flags,
    Meaning.CHOICE: _flags,
    Meaning.MODE: _mode,
    Meaning.SIGNAL: _id,
    Meaning.USER: _id,
    Meaning.GROUP: _id,
    Meaning.PROCESS: _id,
    Meaning.DEVICE: _device,
    Meaning.PEER: _ends,
    Meaning.OWN: _ends,
    Meaning.ENDS: _ends,
    Meaning.FIELD: _field,
    Meaning.UNTOLD: _exe_flags,
}
"""How each meaning is printed; others are plain numbers and texts."""
