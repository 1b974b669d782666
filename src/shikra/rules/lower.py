"""
Make the circuit: equal nodes are one node, and a macro is one gate for all who use it.

In: trees whose leaves are checked. Out: nodes, each after its parts. Nothing is multiplied out:
the circuit is linear in what was written.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from shikra.rules import ir, tree


class Circuit:
    """Nodes so far."""

    def __init__(self) -> None:
        """Start empty."""
        self._nodes: list[ir.Node] = []
        self._index: dict[ir.Node, int] = {}

    @property
    def nodes(self) -> tuple[ir.Node, ...]:
        """All nodes, each after its parts."""
        return tuple(self._nodes)

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
        """Join parts once each; those of a part of the same kind are taken in its place."""
        flat: dict[int, None] = {}
        for part in parts:
            node = self._nodes[part]
            flat |= dict.fromkeys(node.parts if isinstance(node, kind) else (part,))
        return next(iter(flat)) if len(flat) == 1 else self._add(kind(tuple(flat)))

    def _negate(self, part: int) -> int:
        node = self._nodes[part]
        return node.part if isinstance(node, ir.Negate) else self._add(ir.Negate(part))

    def _add(self, node: ir.Node) -> int:
        index = self._index.get(node)
        if index is None:
            index = self._index[node] = len(self._nodes)
            self._nodes.append(node)
        return index
