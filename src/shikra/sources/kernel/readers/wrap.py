"""Make readers of functions of what they look into."""

from collections.abc import Callable

from shikra.model import process
from shikra.model.event import Event, Reader
from shikra.model.value import Value
from shikra.sources.kernel import records


def of_call(read: Callable[[records.CallRecord], Value]) -> Reader:
    """Return a reader of the call's record."""
    return lambda event, _argument: read(event.data.call)


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
