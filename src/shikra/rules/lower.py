"""
Make the circuit: equal nodes are one node, and a macro is one gate for all who use it.

In: trees whose leaves are checked. Out: nodes, each after its parts. Nothing is multiplied out:
the circuit is linear in what was written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.rules import ir, tree


class Circuit:
    """Nodes so far."""

    def __init__(self) -> None:
        """Start empty."""
        self._nodes: list[ir.Node] = []
        self._index: dict[ir.Node, int] = {}

    @property
    def nodes(self) -> tuple[ir.Node, ...]:
        """All nodes so far, each after its parts."""
        return tuple(self._nodes)

    def rule_set(self, rules: Iterable[ir.Rule]) -> ir.RuleSet:
        """Return these rules and the nodes that they need, each after its parts."""
        kept = tuple(rules)
        needed = {rule.root for rule in kept}
        for index in range(len(self._nodes) - 1, -1, -1):
            if index in needed:
                needed.update(_parts(self._nodes[index]))
        new = {old: index for index, old in enumerate(sorted(needed))}
        nodes = tuple(_renumbered(self._nodes[old], new) for old in new)
        moved = (msgspec.structs.replace(rule, root=new[rule.root]) for rule in kept)
        return ir.RuleSet(nodes, tuple(moved))

    def condition(
        self, expr: tree.Expr, atoms: Sequence[ir.Atom | None], macros: Mapping[str, int]
    ) -> int:
        """Add a condition and return its root; ``atoms`` are its leaves from left to right."""
        rest = iter(atoms)

        def leaf(node: tree.Leaf) -> int:
            atom = next(rest)
            if isinstance(node, tree.MacroCall):
                return macros[node.name]
            if atom is None:
                raise ValueError("only conditions without mistakes can be lowered")
            return self._add(atom)

        return tree.fold(expr, leaf, self._gate)

    def _gate(self, gate: tree.Gate, parts: list[int]) -> int:
        match gate:
            case tree.All():
                return self._combine(ir.Both, parts)
            case tree.Either():
                return self._combine(ir.Either, parts)
            case tree.Negate():
                return self._negate(parts[0])
            case _:
                assert_never(gate)

    def _combine(self, kind: type[ir.Both | ir.Either], parts: list[int]) -> int:
        """Join parts, each of them once."""
        once = tuple(dict.fromkeys(parts))
        return once[0] if len(once) == 1 else self._add(kind(once))

    def _negate(self, part: int) -> int:
        node = self._nodes[part]
        return node.part if isinstance(node, ir.Negate) else self._add(ir.Negate(part))

    def _add(self, node: ir.Node) -> int:
        index = self._index.get(node)
        if index is None:
            index = self._index[node] = len(self._nodes)
            self._nodes.append(node)
        return index


def _parts(node: ir.Node) -> tuple[int, ...]:
    match node:
        case ir.Both(parts=parts) | ir.Either(parts=parts):
            return parts
        case ir.Negate(part=part):
            return (part,)
        case ir.Atom() | ir.Truth():
            return ()
        case _:
            assert_never(node)


def _renumbered(node: ir.Node, new: Mapping[int, int]) -> ir.Node:
    match node:
        case ir.Both(parts=parts):
            return ir.Both(tuple(new[part] for part in parts))
        case ir.Either(parts=parts):
            return ir.Either(tuple(new[part] for part in parts))
        case ir.Negate(part=part):
            return ir.Negate(new[part])
        case ir.Atom() | ir.Truth():
            return node
        case _:
            assert_never(node)
