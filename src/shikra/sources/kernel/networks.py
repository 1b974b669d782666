"""
Networks as the probe searches them: ranges of addresses, sorted, none touching another.

In: networks of 16-byte addresses. Out: first and last address of each range, as numbers.
"""

from collections.abc import Iterable

_ADDRESS_BITS = 128


def ranges(networks: Iterable[tuple[bytes, int]]) -> list[tuple[int, int]]:
    """Return the ranges that these networks cover."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(_range(address, bits) for address, bits in networks):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _range(address: bytes, bits: int) -> tuple[int, int]:
    inside = (1 << (_ADDRESS_BITS - bits)) - 1
    first = int.from_bytes(address, "big") & ~inside
    return first, first | inside
