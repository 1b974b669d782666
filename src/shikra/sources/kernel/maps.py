"""
The maps of a loaded object: bytes by bytes.

Nothing here knows what a key or a value means. What isn't in a map is ``None``; a full map and
any other refusal is a ``LibbpfError``.
"""

import ctypes
import errno
import mmap
from collections.abc import Iterator

from shikra.sources.kernel import libbpf


class Map:
    """One map."""

    def __init__(self, library: libbpf.Libbpf, name: str, handle: int) -> None:
        """Wrap the map that libbpf knows by this handle."""
        self._lib = library
        self.name = name
        self.fd = library.check(library.bpf_map__fd(handle), f"map {name}")
        self.key_size = int(library.bpf_map__key_size(handle))
        self.value_size = int(library.bpf_map__value_size(handle))
        self.max_entries = int(library.bpf_map__max_entries(handle))

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key."""
        return self._look_up(key, self.value_size)

    def get_per_cpu(self, key: bytes) -> tuple[bytes, ...]:
        """Return a key's value on each CPU."""
        step = (self.value_size + 7) // 8 * 8
        cpus = self._lib.check(self._lib.libbpf_num_possible_cpus(), "count the CPUs")
        values = self._look_up(key, step * cpus) or b""
        return tuple(values[at : at + self.value_size] for at in range(0, len(values), step))

    def clear_per_cpu(self, key: bytes) -> None:
        """Make a key's value 0 on each CPU."""
        cpus = self._lib.check(self._lib.libbpf_num_possible_cpus(), "count the CPUs")
        self.set(key, bytes((self.value_size + 7) // 8 * 8 * cpus))

    def set(self, key: bytes, value: bytes) -> None:
        """Add or replace."""
        result = self._lib.bpf_map_update_elem(self.fd, _in(key), _in(value), 0)
        self._lib.check(result, f"map {self.name}: write")

    def delete(self, key: bytes) -> None:
        """Remove; a key that isn't there is no mistake."""
        result = self._lib.bpf_map_delete_elem(self.fd, _in(key))
        if result < 0 and ctypes.get_errno() != errno.ENOENT:
            self._lib.check(result, f"map {self.name}: delete")

    def keys(self) -> Iterator[bytes]:
        """Yield the keys; at most as many as the map holds, also while it changes."""
        key = None
        following = ctypes.create_string_buffer(self.key_size)
        for _ in range(self.max_entries):
            if self._lib.bpf_map_get_next_key(self.fd, key and _in(key), following) < 0:
                return
            key = following.raw
            yield key

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield what is in the map."""
        for key in self.keys():
            value = self.get(key)
            if value is not None:
                yield key, value

    def memory(self) -> mmap.mmap:
        """Return the values of an array that user space may write by itself, in order."""
        step = (self.value_size + 7) // 8 * 8
        return mmap.mmap(self.fd, step * self.max_entries)

    def _look_up(self, key: bytes, size: int) -> bytes | None:
        value = ctypes.create_string_buffer(size)
        result = self._lib.bpf_map_lookup_elem(self.fd, _in(key), value)
        if result < 0:
            if ctypes.get_errno() == errno.ENOENT:
                return None
            self._lib.check(result, f"map {self.name}: read")
        return value.raw


def _in(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))
