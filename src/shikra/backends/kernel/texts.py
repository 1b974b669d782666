"""
Patterns of all rules, each kept once, and the bits that stand for them.

In: patterns, then the tests that ask for them. Out: numbers of patterns, then bits, of which there
are so many and no more; what comes too late gets none.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from shikra.backends.kernel.patterns import Patterns

_Key = TypeVar("_Key", bound=Hashable)


class Texts:
    """Patterns by number."""

    def __init__(self) -> None:
        """Start with none."""
        self._numbers: dict[Patterns, int] = {}
        self._all: list[Patterns] = []

    def register(self, patterns: Patterns) -> int:
        """Return the number of these patterns."""
        number = self._numbers.setdefault(patterns, len(self._all))
        if number == len(self._all):
            self._all.append(patterns)
        return number

    def __getitem__(self, number: int) -> Patterns:
        """Return the patterns of a number."""
        return self._all[number]


class Bits(Generic[_Key]):
    """Bits by what they stand for."""

    def __init__(self, most: int) -> None:
        """Give out this many."""
        self._most = most
        self._bits: dict[_Key, int] = {}

    def of(self, key: _Key) -> int | None:
        """Return the bit, if there is one to be had."""
        found = self._bits.get(key)
        if found is None and len(self._bits) < self._most:
            found = self._bits[key] = len(self._bits)
        return found

    @property
    def keys(self) -> tuple[_Key, ...]:
        """What the bits stand for, in their order."""
        return tuple(self._bits)
