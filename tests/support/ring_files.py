"""A file that is laid out as the kernel's ring buffer, and written as the kernel writes it."""

import mmap
import os
import struct

RING_BYTES = mmap.PAGESIZE


class RingFile:
    """A file with the layout of a ring: what is written at its end is mirrored at its start."""

    def __init__(self) -> None:
        """Make an empty ring of one page."""
        self.fd = os.memfd_create("ring")
        os.truncate(self.fd, 2 * mmap.PAGESIZE + 2 * RING_BYTES)
        self.produced = 0

    def start_at(self, position: int) -> None:
        """Let both ends begin here."""
        self.produced = position
        os.pwrite(self.fd, struct.pack("<Q", position), 0)
        os.pwrite(self.fd, struct.pack("<Q", position), mmap.PAGESIZE)

    def produce(self, data: bytes, flags: int = 0) -> None:
        """Append a record."""
        whole = struct.pack("<II", len(data) | flags, 0) + data
        whole += bytes(-len(whole) % 8)
        for index, byte in enumerate(whole):
            at = (self.produced + index) % RING_BYTES
            for copy in (0, RING_BYTES):
                os.pwrite(self.fd, bytes([byte]), 2 * mmap.PAGESIZE + copy + at)
        self.produced += len(whole)
        os.pwrite(self.fd, struct.pack("<Q", self.produced), mmap.PAGESIZE)

    def consumed(self) -> int:
        """Return how far the reader said it is."""
        return int.from_bytes(os.pread(self.fd, 8, 0), "little")

    def complete(self) -> None:
        """Say that the record that was put in first is written."""
        (length,) = struct.unpack("<I", os.pread(self.fd, 4, 2 * mmap.PAGESIZE))
        os.pwrite(self.fd, struct.pack("<I", length & ~(1 << 31)), 2 * mmap.PAGESIZE)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.fd)
