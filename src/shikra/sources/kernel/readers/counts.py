"""Fields that are 1 for an event of some sort, for adding up; and a counter."""

import itertools
from collections.abc import Callable

from shikra.model import event_types
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import events
from shikra.sources.kernel.readers import files, sockets

_FILES = frozenset(("file", "directory"))
_SOCKETS = frozenset((sockets.IPV4, sockets.IPV6, sockets.UNIX))
_TO_SOCKETS = frozenset(("accept", "accept4", "connect"))


def _is_about_file(event: Event) -> bool:
    kind = files.kind(event)
    return event.type in events.OPENS if kind is None else kind in _FILES


def _is_about_net(event: Event) -> bool:
    kind = files.kind(event)
    return event.type in _TO_SOCKETS if kind is None else kind in _SOCKETS


def _is_about_memory(event: Event) -> bool:
    known = event_types.PRODUCED.get(event.type)
    return known is not None and known.category == "memory"


def _is_about_the_rest(event: Event) -> bool:
    return not (_is_about_file(event) or _is_about_net(event) or _is_about_memory(event))


def _failed(is_about: Callable[[Event], bool]) -> Reader:
    """Return a reader that is 1 if such a call failed, and has no value if it didn't: as Falco."""

    def reader(event: Event, _argument: str | None) -> Value:
        return 1 if event.data.call.result < 0 and is_about(event) else None

    return reader


def _counter() -> Reader:
    numbers = itertools.count(1)
    return lambda _event, _argument: next(numbers)


READERS: Readers = {
    "evt.count": lambda _event, _: 1,
    "evt.count.exit": lambda _event, _: 1,
    "evt.count.procinfo": lambda _event, _: 0,
    "evt.count.threadinfo": lambda _event, _: 0,
    "evt.count.error": _failed(lambda _event: True),
    "evt.count.error.file": _failed(_is_about_file),
    "evt.count.error.net": _failed(_is_about_net),
    "evt.count.error.memory": _failed(_is_about_memory),
    "evt.count.error.other": _failed(_is_about_the_rest),
    "util.cnt": _counter(),
}
