"""
Say which file was read how far, so that the file is known again after a restart.

In: an open file and an offset in it. Out: a ``Place``. A file's inode is given to another file once
it is gone, and a copy has an inode of its own, so a place also knows what the first bytes of the
file are and the last ones before the offset. Audit events begin with an id that no other has, so
these tell files apart.
"""

import hashlib
import os

import msgspec

_PRINT_BYTES = 512


class Print(msgspec.Struct, frozen=True):
    """What some bytes of a file are."""

    size_bytes: int
    digest: bytes


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Up to where a file was read: the first byte of a line."""

    device: int
    inode: int
    offset: int
    since_ns: int  # files that were last written to by then had been read before this one
    head: Print  # the first bytes
    tail: Print  # the last ones before the offset


def at(descriptor: int, offset: int, since_ns: int) -> Place:
    """Return the place at this offset of an open file, read after those of that time."""
    status = os.fstat(descriptor)
    size = min(offset, _PRINT_BYTES)
    return Place(
        device=status.st_dev,
        inode=status.st_ino,
        offset=offset,
        since_ns=since_ns,
        head=_print(descriptor, 0, size),
        tail=_print(descriptor, offset - size, size),
    )


def is_of(place: Place, descriptor: int) -> bool:
    """Whether an open file is the one that the place is in, or a copy; true of all at its start."""
    if os.fstat(descriptor).st_size < place.offset:
        return False
    tail_at = place.offset - place.tail.size_bytes
    return (
        _print(descriptor, 0, place.head.size_bytes) == place.head
        and _print(descriptor, tail_at, place.tail.size_bytes) == place.tail
    )


def _print(descriptor: int, offset: int, size: int) -> Print:
    found = os.pread(descriptor, size, offset)
    return Print(len(found), hashlib.blake2b(found, digest_size=16).digest())
