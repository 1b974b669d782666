"""
What each operator says of one value and one constant.

In: an operator and what a rule wrote. Out: a function from a value to bool. The value is there
and of the constant's type; what a missing value means is said in ``predicate``.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from shikra.backends.live import prefixes, regex, wildcard
from shikra.model.value import Value
from shikra.rules.ir import Network, Op

Test = Callable[[Any], object]
"""Gives something true where the comparison holds: often a function of the library itself."""

Pair = Callable[[Any, Any], object]


def is_within(address: bytes, network: Network) -> bool:
    """Say whether an address is in a network; one of the other family never is."""
    spare = 8 * len(network.base) - network.prefix
    return (
        len(address) == len(network.base)
        and int.from_bytes(address) >> spare == int.from_bytes(network.base) >> spare
    )


def single(op: Op, constant: Value | Network) -> Test:  # noqa: C901, PLR0911, PLR0912  a table
    """Return what the operator says of a value and this constant."""
    match op:
        case Op.EQ | Op.IN | Op.INTERSECTS:
            return _is(constant)
        case Op.NE:
            same = _is(constant)
            return lambda value: not same(value)
        case Op.GLOB | Op.IGLOB:
            return wildcard.matcher(_text(constant), ignore_case=op is Op.IGLOB)
        case Op.REGEX:
            return regex.matcher(_text(constant))
        case Op.PMATCH:
            return prefixes.matcher((_text(constant),))
        case Op.ICONTAINS:
            part = _text(constant).lower()
            return lambda value: part in value.lower()
        case Op.LT:
            return lambda value: value < constant
        case Op.LE:
            return lambda value: value <= constant
        case Op.GT:
            return lambda value: value > constant
        case Op.GE:
            return lambda value: value >= constant
        case Op.CONTAINS | Op.BCONTAINS:
            return lambda value: constant in value
        case Op.STARTSWITH | Op.BSTARTSWITH:
            return lambda value: value.startswith(constant)
        case Op.ENDSWITH:
            return lambda value: value.endswith(constant)
        case Op.EXISTS:
            return lambda _value: True
        case _:
            assert_never(op)


def among(constants: tuple[Value | Network, ...]) -> Test:
    """Return the function that says whether a value equals, or is in the network of, any."""
    networks = tuple(constant for constant in constants if isinstance(constant, Network))
    plain = frozenset(constant for constant in constants if not isinstance(constant, Network))
    if not networks:
        return plain.__contains__
    return lambda value: value in plain or any(is_within(value, network) for network in networks)


def pair(op: Op) -> Pair:
    """Return what the operator says of two values of which neither is written in the rule."""
    return _PAIRS.get(op) or (lambda left, right: _remembered(op, right)(left))


_PAIRS: Mapping[Op, Pair] = {
    Op.EQ: operator.eq,
    Op.NE: operator.ne,
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.CONTAINS: operator.contains,
    Op.BCONTAINS: operator.contains,
    Op.STARTSWITH: bytes.startswith,
    Op.BSTARTSWITH: bytes.startswith,
    Op.ENDSWITH: bytes.endswith,
    Op.ICONTAINS: lambda left, right: right.lower() in left.lower(),
}


@functools.lru_cache(maxsize=1024)  # the right side comes from the event: bounded
def _remembered(op: Op, right: Value) -> Test:
    return single(op, right)


def _is(constant: Value | Network) -> Test:
    if isinstance(constant, Network):
        return lambda value: is_within(value, constant)
    return lambda value: value == constant


def _text(constant: Value | Network) -> bytes:
    if not isinstance(constant, bytes):
        raise TypeError(f"expected text, not {constant!r}")
    return constant
