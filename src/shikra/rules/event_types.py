"""
Find the event types that a condition can match.

In: a tree, and for each source the types there are. Out: a set. Each part of a condition has two
sets: the types with which it may hold, and those with which it may not. ``not`` swaps them, so
nothing is lost by negation. Only plain tests of ``evt.type`` narrow them, and comparisons of
``evt.num`` with a constant that decide themselves, because numbers of events begin at 1.
"""

import re
from collections.abc import Mapping
from typing import assert_never

import msgspec

from shikra.rules import ir, tree

_DECIMAL = re.compile(rb"[0-9]{1,18}")


class Types(msgspec.Struct, frozen=True):
    """With which types a condition may hold, and with which it may fail to."""

    holds: frozenset[str]
    fails: frozenset[str]


def of(expr: tree.Expr, universe: frozenset[str], macros: Mapping[str, Types]) -> Types:
    """Return the types of a condition; a macro that isn't known may be anything."""
    anything = Types(universe, universe)

    def leaf(node: tree.Leaf) -> Types:
        match node:
            case tree.MacroCall(name=name):
                return macros.get(name, anything)
            case tree.Exists(left=tree.Field(name="evt.type")):
                return Types(universe, frozenset())
            case tree.Exists():
                return anything
            case tree.Compare(left=tree.Field(name="evt.type")):
                return _by_type(node, universe) or anything
            case tree.Compare(left=tree.Field(name="evt.num")):
                return _by_number(node, universe) or anything
            case tree.Compare():
                return anything
            case _:
                assert_never(node)

    return tree.fold(expr, leaf, _gate)


def names(right: tree.Right) -> frozenset[str] | None:
    """Return the types that the right side of a test of ``evt.type`` names, if it is constant."""
    match right:
        case tree.Value(text=text):
            return frozenset({text.decode("utf-8", "replace")})
        case tree.ListName(name=name):
            return frozenset({name})
        case tree.Values(values=values):
            return frozenset(value.text.decode("utf-8", "replace") for value in values)
        case tree.Field() | tree.Call():
            return None
        case _:
            assert_never(right)


def _gate(gate: tree.Gate, parts: list[Types]) -> Types:
    match gate:
        case tree.All():
            return Types(
                frozenset.intersection(*{part.holds for part in parts}),
                frozenset.union(*{part.fails for part in parts}),
            )
        case tree.Either():
            return Types(
                frozenset.union(*{part.holds for part in parts}),
                frozenset.intersection(*{part.fails for part in parts}),
            )
        case tree.Negate():
            return Types(parts[0].fails, parts[0].holds)
        case _:
            assert_never(gate)


def _by_type(node: tree.Compare, universe: frozenset[str]) -> Types | None:
    named = names(node.right)
    if named is None or node.quantifier is not None:
        return None
    hit, miss = named & universe, universe - named
    match node.op:
        case ir.Op.EQ | ir.Op.IN | ir.Op.INTERSECTS:
            return Types(hit, miss)
        case ir.Op.NE:
            return Types(miss, hit)
        case _:
            return None


def _by_number(node: tree.Compare, universe: frozenset[str]) -> Types | None:
    """Decide ``evt.num = 0`` and the like, written in plain decimals."""
    if node.quantifier is not None:
        return None
    values = node.right.values if isinstance(node.right, tree.Values) else (node.right,)
    numbers: list[int] = []
    for value in values:
        if not isinstance(value, tree.Value) or not _DECIMAL.fullmatch(value.text):
            return None
        numbers.append(int(value.text))
    truth = _truth(node.op, numbers)
    if truth is None:
        return None
    return Types(universe, frozenset()) if truth else Types(frozenset(), universe)


def _truth(op: ir.Op, numbers: list[int]) -> bool | None:
    """Say what a comparison with every number from 1 on gives, if that is always the same."""
    number = min(numbers, default=0)
    match op:
        case ir.Op.EQ | ir.Op.LE if number == 0:
            return False
        case ir.Op.LT if number <= 1:
            return False
        case ir.Op.IN | ir.Op.INTERSECTS if not any(numbers):
            return False
        case ir.Op.NE | ir.Op.GT if number == 0:
            return True
        case ir.Op.GE if number <= 1:
            return True
        case _:
            return None
