"""Make readers of functions of what they look into, and look there."""

from collections.abc import Callable

from shikra.model import event_types, process
from shikra.model.event import Event, Reader
from shikra.model.event_type import Meaning, Parameter
from shikra.model.value import Value
from shikra.sources.kernel import records


def parameter(event: Event, meaning: Meaning) -> Parameter | None:
    """Return the argument of this event that means this, if its type has one."""
    made = event_types.PRODUCED.get(event.type)
    return made.parameter(meaning) if made else None


def signed_32(register: int) -> int:
    """Return the number that the lower half of a register holds."""
    low = register & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def of_call(read: Callable[[records.CallRecord], Value]) -> Reader:
    """Return a reader of the call's record."""
    return lambda event, _argument: read(event.data.call)


def circumstances(event: Event) -> records.Circumstances:
    """Return what else is told of the call."""
    data = event.data
    found: records.Circumstances = data.circumstances(data.call.raw)
    return found


def of_circumstances(read: Callable[[records.Circumstances], Value]) -> Reader:
    """Return a reader of it."""
    return lambda event, _argument: read(circumstances(event))


def of_process(read: Callable[[process.Process], Value]) -> Reader:
    """Return a reader of the process that made the event."""

    def reader(event: Event, _argument: str | None) -> Value:
        return None if event.process is None else read(event.process)

    return reader


def of_parent(read: Callable[[process.Process], Value]) -> Reader:
    """Return a reader of its parent."""

    def reader(event: Event, _argument: str | None) -> Value:
        parent = event.process and event.process.parent
        return None if parent is None else read(parent)

    return reader
