"""
The fields on time, which events of every source have and read alike.

In: the time of an event. Out: its text, in the words that Falco has for it. A source puts these
into its own table of readers.
"""

from collections.abc import Callable

from shikra.model import when
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value


def _written(write: Callable[[int], str], *, to_the_second: bool = False) -> Reader:
    """Return the reader of a time as it is written, without the fraction if told so."""

    def read(event: Event, _argument: str | None) -> Value:
        text = write(event.time_ns)
        return (text.partition(".")[0] if to_the_second else text).encode()

    return read


WRITTEN: Readers = {
    "evt.time": _written(when.local_time),
    "evt.time.s": _written(when.local_time, to_the_second=True),
    "evt.time.iso8601": _written(when.utc_iso_8601),
    "evt.datetime": _written(when.local_date_time),
    "evt.datetime.s": _written(when.local_date_time, to_the_second=True),
}
"""The fields that are text; JSON has the time itself in their place."""

READERS: Readers = {
    **WRITTEN,
    "evt.rawtime": lambda event, _argument: event.time_ns,
    "evt.rawtime.s": lambda event, _argument: event.time_ns // when.SECOND_NS,
    "evt.rawtime.ns": lambda event, _argument: event.time_ns % when.SECOND_NS,
}
"""All of them."""
