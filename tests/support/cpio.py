"""
Write a cpio archive as the kernel unpacks one when it boots.

In: files. Out: the archive's bytes, in the format "newc" (Documentation/driver-api/early-userspace
of the kernel). All belong to root and are of the year 1970.
"""

from collections.abc import Iterable

import msgspec

_MAGIC = "070701"
_FOLDER, _PROGRAM, _DEVICE = 0o40755, 0o100755, 0o20600
_LAST = "TRAILER!!!"


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; ``device`` is major and minor."""

    name: str
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def folder(name: str) -> File:
    """Return an empty folder."""
    return File(name=name, mode=_FOLDER)


def program(name: str, data: bytes) -> File:
    """Return a file that can be run."""
    return File(name=name, mode=_PROGRAM, data=data)


def device(name: str, major: int, minor: int) -> File:
    """Return a character device."""
    return File(name=name, mode=_DEVICE, device=(major, minor))


def pack(files: Iterable[File]) -> bytes:
    """Return the archive."""
    packed = [_entry(number, file) for number, file in enumerate(files, start=1)]
    return b"".join([*packed, _entry(0, File(name=_LAST, mode=0))])


def _entry(number: int, file: File) -> bytes:
    name = file.name.encode() + b"\0"
    fields = (number, file.mode, 0, 0, 1, 0, len(file.data), 0, 0, *file.device, len(name), 0)
    header = _MAGIC + "".join(f"{value:08X}" for value in fields)
    return _padded(header.encode() + name) + _padded(file.data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
