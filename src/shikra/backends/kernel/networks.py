"""
Addresses and networks as the tables have them: sixteen bytes, IPv4 mapped into IPv6.

In: what a rule wrote. Out: tests. An address of one family is never in a network of the other,
though an IPv6 network may contain all mapped addresses.
"""

from collections.abc import Iterable, Iterator

from shikra.backends.kernel.meaning import Leaf, Meaning, both, either, opposite
from shikra.backends.kernel.words import Address
from shikra.model.kernel_tables import OfNetwork
from shikra.model.value import Value
from shikra.rules.ir import Network

_IPV4, _IPV6 = 4, 16
_PREFIX = bytes(10) + b"\xff\xff"
_MAPPED = (_PREFIX + bytes(_IPV4), 8 * len(_PREFIX))

Block = tuple[bytes, int]
"""Sixteen bytes, and how many of their leading bits count."""


def within(word: Address, constants: Iterable[Value | Network]) -> Meaning:
    """Return the meaning that holds if the address is, or is in, one of these."""
    ipv4: list[Block] = []
    ipv6: list[Block] = []
    for base, prefix in _networks(constants):
        if len(base) == _IPV4:
            ipv4.append((_PREFIX + base, _MAPPED[1] + prefix))
        elif len(base) == _IPV6:
            ipv6.append((base, prefix))
    apart = [block for block in ipv6 if not _holds_mapped(*block)]
    mixed = [block for block in ipv6 if _holds_mapped(*block)]
    parts = [_test(word, *ipv4, *apart)] if ipv4 or apart else []
    if mixed:
        parts.append(both(_test(word, *mixed), opposite(is_mapped(word))))
    return either(parts)


def is_mapped(word: Address) -> Meaning:
    """Return the meaning that holds if it is an IPv4 address."""
    return _test(word, _MAPPED)


def _networks(constants: Iterable[Value | Network]) -> Iterator[Block]:
    for constant in constants:
        if isinstance(constant, Network):
            yield constant.base, constant.prefix
        elif isinstance(constant, bytes):
            yield constant, 8 * len(constant)


def _holds_mapped(base: bytes, prefix: int) -> bool:
    """Whether some mapped address is in the network."""
    spare = 8 * _IPV6 - min(prefix, _MAPPED[1])
    return int.from_bytes(base) >> spare == int.from_bytes(_MAPPED[0]) >> spare


def _test(word: Address, *blocks: Block) -> Meaning:
    return Leaf(OfNetwork(member=f"{word.end}_address", networks=blocks, needs=word.needs))
