"""
Fields on the paths that a call was given, whether or not it left a descriptor.

Of a call with two paths, which of them is the source is Falco's choice: of a link the new name. A
call on a descriptor acts upon the path of its file.
"""

from shikra.model.event import Event, Readers
from shikra.model.event_type import Meaning
from shikra.model.value import Value
from shikra.sources.kernel import events, records
from shikra.sources.kernel.readers.wrap import parameter

_ON_OPEN_FILES = frozenset(
    ("open_by_handle_at", "fchmod", "fchown", "fchdir", "ftruncate", "fsetxattr")
)


def _name(event: Event, _argument: str | None) -> Value:
    is_named = event.type in _ON_OPEN_FILES or parameter(event, Meaning.NAME)
    return event.path if is_named else None


def _raw_name(event: Event, _argument: str | None) -> Value:
    raw: bytes | None = event.data.call.name
    return raw if event.path is not None else None


def _source(event: Event, argument: str | None) -> Value:
    return _name(event, argument) if parameter(event, Meaning.TARGET) else None


def _raw_source(event: Event, argument: str | None) -> Value:
    return _raw_name(event, argument) if parameter(event, Meaning.TARGET) else None


def _target(event: Event, _argument: str | None) -> Value:
    call: records.CallRecord = event.data.call
    return events.target(call) if parameter(event, Meaning.TARGET) else None


def _raw_target(event: Event, _argument: str | None) -> Value:
    raw: bytes | None = event.data.call.target
    return raw


def _absolute(event: Event, argument: str | None) -> Value:
    """Return the path, or of two the one that is asked for, as the call has them in order."""
    first, second = parameter(event, Meaning.NAME), parameter(event, Meaning.TARGET)
    is_swapped = first and second and (first.at or 0) > (second.at or 0)
    match argument, is_swapped:
        case (None, _) | ("src", None | False) | ("dst", True):
            return _name(event, None)
        case ("dst", _) | ("src", _):
            return _target(event, None)
        case _:
            return None


READERS: Readers = {
    "fs.path.name": _name,
    "fs.path.nameraw": _raw_name,
    "fs.path.source": _source,
    "fs.path.sourceraw": _raw_source,
    "fs.path.target": _target,
    "fs.path.targetraw": _raw_target,
    "evt.abspath": _absolute,
}
