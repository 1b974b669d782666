"""
What the kernel told as a count alone.

In: the probe's buckets, one for each condition and process that surely matched of late. Out: how
many calls each has held since the last time. A bucket that made room for another takes along what
nobody had asked for; how many those were is counted.
"""

import struct
from collections.abc import Collection, Iterator

import msgspec

from shikra.sources.kernel import layout, probe

SECOND_NS = 1_000_000_000
_ONLY = bytes(4)  # the key of an array of one
_U32 = struct.Struct("<I")


class Held(msgspec.Struct, frozen=True):
    """Calls that matched, and weren't told one by one."""

    process: int  # id of its record
    generation: int  # of the tables
    condition: int
    count: int


class _Key(msgspec.Struct, frozen=True):
    process: int
    generation: int
    condition: int


class _Bucket(msgspec.Struct):
    held: int


class Limits:
    """The probe's buckets."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the maps; what they hold so far counts."""
        self._types = loaded.types
        self._limit = loaded.map("limit")
        self._buckets = loaded.map("buckets")
        self._losses = loaded.map("losses")
        self._reason = _U32.pack(loaded.types.enum("loss")["LOSS_LIMITED"])
        self._key = layout.reader(loaded.types, "bucket_key", _Key)
        self._bucket = layout.reader(loaded.types, "bucket", _Bucket)
        self._told: dict[bytes, int] = {}
        self._counted = 0
        self._found = 0
        self.forgotten = 0

    def configure(self, burst: int, rate: float) -> None:
        """Let so many through at once, and so many a second; a burst of 0 is no limit."""
        token_ns = int(SECOND_NS / rate)
        values = {"token_ns": token_ns, "full_ns": burst * token_ns}
        self._limit.set(_ONLY, layout.pack(self._types, "limit", values))

    def take(self) -> Collection[Held]:
        """Return what was held since the last time."""
        counted = sum(map(_number, self._losses.get_per_cpu(self._reason)))
        if counted == self._counted:  # as good as always: the buckets needn't be read
            return ()
        self._counted = counted
        found = list(self._held())
        self._found += sum(each.count for each in found)
        # the probe counts in the bucket first, so what isn't found by now is gone
        self.forgotten = max(self.forgotten, counted - self._found)
        return found

    def _held(self) -> Iterator[Held]:
        told: dict[bytes, int] = {}
        for key, value in self._buckets.items():
            if key in told:  # the map changed while it was read
                continue
            told[key] = held = self._bucket(value).held
            before = self._told.get(key, 0)
            new = held - before if held >= before else held  # it made room, and was made again
            if new:
                at = self._key(key)
                yield Held(at.process, at.generation, at.condition, new)
        self._told = told


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little")
