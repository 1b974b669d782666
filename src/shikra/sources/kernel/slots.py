"""
The two places that tables have in the probe, and what is told with them.

In: packed tables, bits of containers. Out: a generation. Tables are written where no event reads
them any more, then one word says that they are the ones to read: an event sees those before or
those after, whole, and none is missed. What was told of containers belongs to one generation.
"""

import ctypes
import itertools
import platform
import struct
import time
from collections.abc import Callable

from shikra.model import kernel_tables as model
from shikra.sources.kernel import layout, probe

_MEMBARRIER = {"x86_64": 324, "aarch64": 283}
_COMMAND_GLOBAL = 1  # every processor has passed a point where no program of the probe runs
_GRACE_SECONDS = 0.1  # where the kernel can't wait for that: many times what a program may take
_U64 = struct.Struct("<Q")
_LONG_BYTES = 8


class Slots:
    """Where tables are loaded."""

    def __init__(self, loaded: probe.Probe, after: int = 0) -> None:
        """
        Find the maps; one that is missing is a ``LayoutError``.

        Generations up to ``after`` were others'.
        """
        types = loaded.types
        self._slot_bytes = types.size("tables")
        self._memory = loaded.map("tables").memory()
        self._active = loaded.map("active").memory()
        self._words = types.leaves("active")
        self._containers = loaded.map("told_containers")
        self._pack_bits = layout.packer(types, "container_bits")
        self._bits_bytes = types.leaves("container_bits")["matched"].size
        self._generations = itertools.count(after + 1)
        self.generation = 0

    def load(self, packed: bytes, prepare: Callable[[int], None] | None = None) -> int:
        """
        Let these tables decide from the next event on; return their generation.

        Just before, what belongs to this generation is prepared, in its slot that no event reads.
        """
        _wait_for_events()
        generation = next(self._generations)
        if prepare is not None:
            prepare(generation)
        at = generation % 2 * self._slot_bytes
        self._memory[at : at + self._slot_bytes] = packed
        self._word("generation").value = generation
        self.generation = generation
        return generation

    def tell_container(self, key: int, bits: model.ContainerBits) -> None:
        """Tell of a container what the tables loaded last ask of it."""
        values: dict[str, int | bytes] = {
            "generation": self.generation,
            "matched": bits.matched.to_bytes(self._bits_bytes, "little"),
            "unknown": bits.unknown.to_bytes(self._bits_bytes, "little"),
        }
        self._containers.set(_U64.pack(key), self._pack_bits(values))
        self.moved_on()

    def forget_container(self, key: int) -> None:
        """Know nothing of a container any more."""
        self._containers.delete(_U64.pack(key))
        self.moved_on()

    def moved_on(self) -> None:
        """Let what processes may do be worked out again: something was told."""
        self._word("epoch_told").value += 1

    def close(self) -> None:
        """Let go of the probe's memory."""
        self._memory.close()
        self._active.close()

    def _word(self, name: str) -> ctypes.c_uint32 | ctypes.c_uint64:
        """Return a word that is written by one store."""
        leaf = self._words[name]
        kind = ctypes.c_uint64 if leaf.size == _LONG_BYTES else ctypes.c_uint32
        return kind.from_buffer(self._active, leaf.offset)


def _wait_for_events() -> None:
    """Wait until no event that began before is still being looked at."""
    number = _MEMBARRIER.get(platform.machine())
    if number is None or ctypes.CDLL(None).syscall(number, _COMMAND_GLOBAL, 0) < 0:
        time.sleep(_GRACE_SECONDS)
