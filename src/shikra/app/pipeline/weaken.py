"""
Ask of a rule set what may fire while some fields aren't known yet.

In: rules, and which fields are unknown. Out: the same rules, each true wherever the original can
be true for some value of those fields. A comparison that reads an unknown field gets two values,
"may hold" and "surely holds"; a negation swaps them. Linear in the size of the rule set.
"""

from collections.abc import Callable, Iterator
from typing import assert_never

import msgspec

from shikra.rules.ir import (
    Apply,
    Atom,
    Both,
    Constant,
    Either,
    Negate,
    Node,
    Operand,
    Read,
    RuleSet,
    Sequence,
    Truth,
)

IsUnknown = Callable[[Read], bool]


def weaken(ruleset: RuleSet, is_unknown: IsUnknown) -> RuleSet:
    """Return the rules that fire whenever the given ones may."""
    circuit = _Circuit()
    may: list[int] = []
    surely: list[int] = []
    for node in ruleset.nodes:
        if isinstance(node, Atom) and any(map(is_unknown, _reads_of_atom(node))):
            may.append(circuit.add(Truth(value=True)))
            surely.append(circuit.add(Truth(value=False)))
        else:
            may.append(circuit.add(_rebuilt(node, may, surely)))
            surely.append(circuit.add(_rebuilt(node, surely, may)))
    rules = tuple(msgspec.structs.replace(rule, root=may[rule.root]) for rule in ruleset.rules)
    return RuleSet(tuple(circuit.nodes), rules)


def _reads_of_atom(atom: Atom) -> Iterator[Read]:
    """Find every field that a comparison reads."""
    yield from _reads(atom.left)
    if not isinstance(atom.right, tuple):
        yield from _reads(atom.right)


def _reads(operand: Operand) -> Iterator[Read]:
    match operand:
        case Read():
            yield operand
        case Apply(arguments=parts) | Sequence(items=parts):
            for part in parts:
                yield from _reads(part)
        case Constant():
            pass
        case _:
            assert_never(operand)


def _rebuilt(node: Node, same: list[int], opposite: list[int]) -> Node:
    match node:
        case Both(parts=parts):
            return Both(tuple(same[part] for part in parts))
        case Either(parts=parts):
            return Either(tuple(same[part] for part in parts))
        case Negate(part=part):
            return Negate(opposite[part])
        case Atom() | Truth():
            return node
        case _:
            assert_never(node)


class _Circuit:
    """Nodes in order, equal ones once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._index: dict[Node, int] = {}

    def add(self, node: Node) -> int:
        index = self._index.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return index
