"""
Read the probe's maps by descriptors that were handed over, by bpf(2) alone.

In: a descriptor, sizes. Out: bytes. Nothing is opened and nobody is asked; a key that isn't there
has no value.
"""

import ctypes
import mmap
import platform
import struct

_BPF = {"x86_64": 321, "aarch64": 280}
_LOOK_UP = 1
_ATTRIBUTES = struct.Struct("<I4xQQQ")  # of BPF_MAP_LOOKUP_ELEM: map, key, value, flags

_libc = ctypes.CDLL(None, use_errno=True)


class Map:
    """One map that is looked up key by key; not to be used by two threads at a time."""

    def __init__(self, descriptor: int, key_bytes: int, value_bytes: int) -> None:
        """Make room for a key and a value, once."""
        self._key = ctypes.create_string_buffer(key_bytes)
        self._value = ctypes.create_string_buffer(value_bytes)
        attributes = _ATTRIBUTES.pack(
            descriptor, ctypes.addressof(self._key), ctypes.addressof(self._value), 0
        )
        self._attributes = ctypes.create_string_buffer(attributes, len(attributes))
        number = ctypes.c_long(_BPF[platform.machine()])
        self._call = (
            number,
            ctypes.c_long(_LOOK_UP),
            self._attributes,
            ctypes.c_long(len(attributes)),
        )

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key."""
        self._key.raw = key
        return self._value.raw if _libc.syscall(*self._call) == 0 else None


class Words:
    """The memory of an array of one value that user space may look at."""

    def __init__(self, descriptor: int, size: int) -> None:
        """Map it, to be read."""
        self._memory = mmap.mmap(descriptor, size, prot=mmap.PROT_READ)
        self._size = size

    def read(self) -> bytes:
        """Return the value as it is now."""
        return self._memory[: self._size]

    def close(self) -> None:
        """Let go of it."""
        self._memory.close()
