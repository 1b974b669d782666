"""
Which rules an event may fire, by what the kernel said of it.

In: the rules that each condition of the kernel's tables is required by, and the conditions that
may hold of an event. Out: rules, by index. What was asked once is kept, within a bound: the same
few answers come again and again.
"""

from collections.abc import Iterator, Sequence

MOST_KEPT = 4_096


class Candidates:
    """Rules by sets of conditions, for one rule set."""

    def __init__(self, rules: Sequence[frozenset[int]]) -> None:
        """Take the rules of each condition."""
        self._rules = rules
        self._kept: dict[bytes, frozenset[int]] = {}

    def among(self, conditions: bytes) -> frozenset[int]:
        """Return the rules of these conditions: a bit each."""
        found = self._kept.get(conditions)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            of_each = (self._rules[condition] for condition in _set_bits(conditions))
            found = self._kept[conditions] = frozenset[int]().union(*of_each)
        return found


def _set_bits(bits: bytes) -> Iterator[int]:
    left = int.from_bytes(bits, "little")
    while left:
        lowest = left & -left
        yield lowest.bit_length() - 1
        left ^= lowest
