"""
Arrays of the probe's tables that several owners share, each having a span.

In: the elements of a span. Out: where it begins; equal spans are kept once. An array that is full
raises ``TooLargeError``.
"""

from shikra.sources.kernel import btf


class TooLargeError(Exception):
    """Tables have more of something than the probe has room for."""


class Pool:
    """One array."""

    def __init__(self, types: btf.Btf, name: str) -> None:
        """Start empty; the array is the member of this name."""
        self._where = types.array("tables", name)
        self._name = name
        self._parts: list[bytes] = []
        self._spans: dict[bytes, int] = {}
        self._used = 0

    def add(self, elements: bytes) -> int:
        """Keep these elements, packed, and return the index of the first."""
        if elements not in self._spans:
            self._spans[elements] = self._used
            self._used += len(elements) // self._where.size
            self._parts.append(elements)
            if self._used > self._where.count:
                raise TooLargeError(
                    f"tables of {self._used} {self._name}, where {self._where.count} are the most"
                )
        return self._spans[elements]

    def write(self, into: bytearray) -> None:
        """Put the elements where they belong."""
        data = b"".join(self._parts)
        into[self._where.offset : self._where.offset + len(data)] = data
