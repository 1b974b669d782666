"""
The value of an argument: a number as Falco has it, a text as the caller gave it.

In: an event and one argument of its type. Out: the value, or ``None`` where it isn't told.
"""

from collections.abc import Callable, Mapping

from shikra.model import names_of_flags
from shikra.model.event import Event
from shikra.model.event_type import Meaning, Parameter
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers import evt, files
from shikra.sources.kernel.readers.wrap import circumstances, signed_32

Read = Callable[[Event, Parameter], Value]

_LOW = 0xFFFFFFFF
_SIGNAL_OF_CLONE = 0xFF
_EXE_FLAGS = (
    ("is_writable", 1),
    ("is_upper_layer", 2),
    ("is_from_memfd", 4),
    ("is_lower_layer", 8),
)
_SIGNED = {
    Meaning.DESCRIPTOR,
    Meaning.DIRECTORY,
    Meaning.TARGET_DIRECTORY,
    Meaning.SIGNED,
    Meaning.PROCESS,
}
_HALVES = {Meaning.NUMBER, Meaning.USER, Meaning.GROUP, Meaning.FLAGS, Meaning.CHOICE}
_SETS: Mapping[str, Callable[[records.CallRecord], int]] = {
    "thread.cap_inheritable": lambda call: call.cap_inheritable,
    "thread.cap_permitted": lambda call: call.cap_permitted,
    "thread.cap_effective": lambda call: call.cap_effective,
}


def value(event: Event, parameter: Parameter) -> Value:
    """Return the value."""
    return VALUES[parameter.meaning](event, parameter)


def register(event: Event, parameter: Parameter) -> int | None:
    """Return what the argument's register held, as wide as the argument is."""
    if parameter.at is None:
        return None
    call: records.CallRecord = event.data.call
    held = call.argument(parameter.at)
    if parameter.meaning in _SIGNED:
        return signed_32(held)
    if event.type == "clone" and parameter.names == "clone_flags":
        return held & _LOW & ~_SIGNAL_OF_CLONE
    return held & _LOW if parameter.meaning in _HALVES else held


def mode(event: Event, parameter: Parameter) -> int | None:
    """Return permissions; of a file that an open doesn't create, 0."""
    if evt.open_flags(event) is not None:
        return evt.open_mode(event)
    held = register(event, parameter)
    return None if held is None else held & 0xFFFF


def of_field(event: Event, field: str) -> Value:
    """Return what an argument is that a field tells as well; sets of capabilities as bits."""
    if field in _SETS:
        return _SETS[field](event.data.call)
    if field == "proc.args":
        return nul_separated(event.process.arguments[1:]) if event.process else None
    if field == "proc.env":
        return event.process.environment if event.process else None
    return event.fields[field]


def nul_separated(arguments: tuple[bytes, ...]) -> bytes:
    """Return arguments as the kernel keeps them."""
    return b"".join(each + b"\0" for each in arguments)


def exe_flags(event: Event, parameter: Parameter) -> int | None:
    """Return what an exec says of the executable, by Falco's bits; what isn't told is 0."""
    executable = event.process.executable if event.process else None
    is_asked = parameter.name == "flags" and event.type in {"execve", "execveat"}
    if executable is None or not is_asked:
        return None
    return sum(bit for name, bit in _EXE_FLAGS if getattr(executable, name))


def _object(event: Event, _parameter: Parameter) -> Value:
    number = files.descriptor(event)
    return event.data.call.result if number is None else number


def _named(event: Event, parameter: Parameter) -> Value:
    held = register(event, parameter)
    return None if held is None else names_of_flags.number(parameter.names, held)


def _open_flags(event: Event, parameter: Parameter) -> Value:
    held = evt.open_flags(event)
    return None if held is None else names_of_flags.number(parameter.names, held)


def _signal(event: Event, parameter: Parameter) -> Value:
    held = register(event, parameter)
    return None if held is None else held & 0xFF


def _nothing(_event: Event, _parameter: Parameter) -> Value:
    return None


def _of_call(read: Callable[[records.CallRecord], Value]) -> Read:
    return lambda event, _parameter: read(event.data.call)


VALUES: Mapping[Meaning, Read] = {
    Meaning.RESULT: _of_call(lambda call: call.result),
    Meaning.OBJECT: _object,
    Meaning.NAME: _of_call(lambda call: call.name),
    Meaning.TARGET: _of_call(lambda call: call.target),
    Meaning.TEXT: _of_call(lambda call: call.text),
    Meaning.DATA: lambda event, _: circumstances(event).data,
    Meaning.OPEN_FLAGS: _open_flags,
    Meaning.FLAGS: _named,
    Meaning.CHOICE: _named,
    Meaning.MODE: mode,
    Meaning.SIGNAL: _signal,
    Meaning.DEVICE: lambda event, _: event.fields["fd.dev"],
    Meaning.INODE: lambda event, _: event.fields["fd.ino"],
    Meaning.FIELD: lambda event, parameter: of_field(event, parameter.names),
    Meaning.PEER: _nothing,  # structures
    Meaning.OWN: _nothing,
    Meaning.ENDS: _nothing,
    Meaning.UNTOLD: exe_flags,
    **dict.fromkeys(
        (
            *(Meaning.DESCRIPTOR, Meaning.DIRECTORY, Meaning.TARGET_DIRECTORY, Meaning.NUMBER),
            *(Meaning.SIGNED, Meaning.SIZE, Meaning.PROCESS, Meaning.USER, Meaning.GROUP),
        ),
        register,
    ),
}
"""How the value of each meaning is found."""
