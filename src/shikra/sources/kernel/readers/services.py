"""
Fields on the service that is customary at a port, as this machine's /etc/services has it.

A port without a name is its number.
"""

import functools
import socket

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel.readers import sockets


@functools.lru_cache(maxsize=4096)
def _service(port: int, protocol: str) -> bytes:
    try:
        return socket.getservbyport(port, protocol).encode()
    except OSError:
        return b"%d" % port


def _named(end: str) -> Reader:
    port_of = sockets.READERS[end]

    def reader(event: Event, argument: str | None) -> Value:
        port = port_of(event, argument)
        protocol = sockets.protocol(event.data.call)
        if not isinstance(port, int) or protocol not in (b"tcp", b"udp"):
            return None
        return _service(port, protocol.decode())

    return reader


READERS: Readers = {
    "fd.proto": sockets.READERS["fd.port"],  # a rule's name of a service is a port
    "fd.cproto": _named("fd.cport"),
    "fd.sproto": _named("fd.sport"),
    "fd.lproto": _named("fd.lport"),
    "fd.rproto": _named("fd.rport"),
}
