"""
Drain the kernel's ring buffer in batches.

In: the map of type ringbuf. Out: the bytes of each record. The consumer's position is written
by one 8-byte store, as the kernel reads it while we do; a record that is still being written ends
the batch. See kernel/bpf/ringbuf.c for the layout: a page that the consumer writes, one that
the producer writes, then the data, mapped twice so that no record is split.
"""

import ctypes
import mmap
import struct
from collections.abc import Iterator

_BUSY = 1 << 31
_DISCARDED = 1 << 30
_LENGTH = _DISCARDED - 1
_HEADER_BYTES = 8
_POSITION = struct.Struct("<Q")
_HEADER = struct.Struct("<I")


class Ring:
    """The reading end. One reader only."""

    def __init__(self, fd: int, size: int) -> None:
        """Map the ring of this many bytes."""
        self._fd = fd
        self.size = size
        self._consumer_page = mmap.mmap(
            fd, mmap.PAGESIZE, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE
        )
        self._pages = mmap.mmap(
            fd,
            mmap.PAGESIZE + 2 * size,
            flags=mmap.MAP_SHARED,
            prot=mmap.PROT_READ,
            offset=mmap.PAGESIZE,
        )
        self._consumer = ctypes.c_uint64.from_buffer(self._consumer_page)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when there is something to drain."""
        return self._fd

    @property
    def produced(self) -> int:
        """How many bytes were ever put in."""
        position: int = _POSITION.unpack_from(self._pages)[0]
        return position

    @property
    def consumed(self) -> int:
        """How many bytes were ever taken out."""
        return self._consumer.value

    @property
    def fill_bytes(self) -> int:
        """How much of the ring is waiting."""
        return self.produced - self.consumed

    def drain(self, limit: int, until: int | None = None) -> Iterator[bytes]:
        """
        Yield at most this many records, oldest first; none that was put in after ``until``.

        Space is given back after each record was taken, so that a slow reader of a long batch
        doesn't hold it all.
        """
        pages, at = self._pages, self._consumer.value
        end = self.produced if until is None else until
        while limit > 0 and at < end:
            start = mmap.PAGESIZE + (at & (self.size - 1))
            (header,) = _HEADER.unpack_from(pages, start)
            if header & _BUSY:
                return
            length = header & _LENGTH
            start += _HEADER_BYTES
            data = pages[start : start + length]
            at += (length + _HEADER_BYTES + 7) // 8 * 8
            self._consumer.value = at
            if not header & _DISCARDED:
                limit -= 1
                yield data
            if at >= end and until is None:
                end = self.produced

    def close(self) -> None:
        """Unmap the ring. Harmless when repeated."""
        self._consumer = ctypes.c_uint64()  # lets go of the page
        self._consumer_page.close()
        self._pages.close()
