"""
Fields on what a call read or wrote: whether, which way, how many bytes.

Which calls do either is Falco's list; those of them that make no event yet stand here too.
"""

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers import files, sockets
from shikra.sources.kernel.readers.wrap import circumstances

_BOTH = ("copy_file_range",)
_READS = frozenset(
    (
        *_BOTH,
        "finit_module",
        "pread",
        "preadv",
        "read",
        "readv",
        "recv",
        "recvfrom",
        "recvmmsg",
        "recvmsg",
    )
)
_WRITES = frozenset(
    (*_BOTH, "pwrite", "pwritev", "send", "sendmmsg", "sendmsg", "sendto", "write", "writev")
)
_WAITS = frozenset(("epoll_wait", "nanosleep", "poll", "ppoll", "select"))
_SYSTEM_LOG = b"/dev/log"
_IP = (sockets.IPV4, sockets.IPV6)


def _direction(event: Event, _argument: str | None) -> Value:
    if event.type in _WRITES:
        return b"write"
    return b"read" if event.type in _READS else None


def _is_for_system_log(event: Event, _argument: str | None) -> Value:
    name = files.name(event) if event.type in _WRITES else None
    return name is not None and _SYSTEM_LOG in name


def _bytes(types: frozenset[str], *kinds: str) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        call: records.CallRecord = event.data.call
        if event.type not in types or call.result < 0:
            return None
        return call.result if not kinds or files.kind(event) in kinds else None

    return reader


READERS: Readers = {
    "evt.buffer": lambda event, _: circumstances(event).data,
    "evt.is_io": lambda event, _: event.type in _READS | _WRITES,
    "evt.is_io_read": lambda event, _: event.type in _READS,
    "evt.is_io_write": lambda event, _: event.type in _WRITES,
    "evt.io_dir": _direction,
    "evt.is_wait": lambda event, _: event.type in _WAITS,
    "evt.is_syslog": _is_for_system_log,
    "evt.buflen": _bytes(_READS | _WRITES),
    "evt.buflen.in": _bytes(_READS),
    "evt.buflen.out": _bytes(_WRITES),
    "evt.buflen.file": _bytes(_READS | _WRITES, "file"),
    "evt.buflen.file.in": _bytes(_READS, "file"),
    "evt.buflen.file.out": _bytes(_WRITES, "file"),
    "evt.buflen.net": _bytes(_READS | _WRITES, *_IP),
    "evt.buflen.net.in": _bytes(_READS, *_IP),
    "evt.buflen.net.out": _bytes(_WRITES, *_IP),
}
