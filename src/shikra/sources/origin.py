"""
Fields that every source reads alike: which event it is, when, and on which machine.

In: an event whose ``data`` has a ``number`` and ``first_ns``, the time of the source's first one.
"""

import functools
import os
import socket

from shikra.model import time_readers, when
from shikra.model.event import Event, Readers

_HOSTNAME_VARIABLE = "FALCO_HOSTNAME"  # as users of Falco set it


@functools.cache
def _hostname() -> bytes:
    return (os.environ.get(_HOSTNAME_VARIABLE) or socket.gethostname()).encode()


def _since_first(event: Event) -> int:
    since: int = event.time_ns - event.data.first_ns
    return since


READERS: Readers = {
    **time_readers.READERS,
    "evt.num": lambda event, _: event.data.number,
    "evt.source": lambda event, _: event.source.encode(),
    "evt.hostname": lambda _event, _: _hostname(),
    "evt.is_async": lambda _event, _: False,
    "evt.reltime": lambda event, _: _since_first(event),
    "evt.reltime.s": lambda event, _: _since_first(event) // when.SECOND_NS,
    "evt.reltime.ns": lambda event, _: _since_first(event) % when.SECOND_NS,
}
