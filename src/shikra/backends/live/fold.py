"""
The circuit as one type of event sees it: comparisons with ``evt.type`` are decided by now.

In: the rule set's nodes, and what is known of some. Out: a smaller circuit of the same meaning,
in which only ``and`` and negation are left, constants and nested ``and`` are gone, and one
field's comparisons with several constants are one comparison.

A literal is the index of a node, negative for its negation; ``or`` is a negated ``and`` of
negations, so both kinds of gate meet and merge.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.rules.ir import Atom, Both, Either, Negate, Node, Op, Quantifier, Read, Truth

Literal = int

TRUE: Literal = 1
FALSE: Literal = -TRUE

_MAX_INLINED = 32
"""Parts of an ``and`` inside an ``and``: a larger one stays a node, evaluated once for all."""

_MAX_MERGED = 4096
"""Constants of a merged comparison: beyond, copying them costs more than a second look-up."""

_MERGED_AS = {
    Op.EQ: Op.IN,
    Op.IN: Op.IN,
    Op.STARTSWITH: Op.STARTSWITH,
    Op.ENDSWITH: Op.ENDSWITH,
    Op.PMATCH: Op.PMATCH,
}


class Circuit:
    """Nodes that are there once; a part's index is smaller than its gate's."""

    def __init__(self) -> None:
        """Start with what is always true; the index 0, which has no negation, is not used."""
        self._nodes: list[Atom | Both | Truth] = [Truth(value=True), Truth(value=True)]
        self._known: dict[Atom | Both, Literal] = {}

    def __getitem__(self, literal: Literal) -> Atom | Both | Truth:
        """Return the node, whether or not the literal negates it."""
        return self._nodes[abs(literal)]

    def __len__(self) -> int:
        """Return how many indices there are."""
        return len(self._nodes)

    def fold(
        self, nodes: Sequence[Node], known: Mapping[int, bool], roots: Iterable[int]
    ) -> Mapping[int, Literal]:
        """Add the roots and what they are made of; return the literal that each node became."""
        literals = {index: TRUE if holds else FALSE for index, holds in known.items()}
        for index in sorted(reachable(nodes, roots)):
            if index not in literals:
                literals[index] = self._folded(nodes[index], literals)
        return literals

    def below(self, literals: Iterable[Literal]) -> set[int]:
        """Return the indices of all that literals are made of, themselves included."""
        found: set[int] = set()
        pending = list(map(abs, literals))
        while pending:
            index = pending.pop()
            if index in found:
                continue
            found.add(index)
            node = self[index]
            pending += map(abs, node.parts) if isinstance(node, Both) else ()
        return found

    def conjuncts(self, literal: Literal) -> tuple[Literal, ...]:
        """Return what must hold, all of it, for a literal to hold."""
        node = self[literal]
        if literal > 0 and isinstance(node, Both):
            return node.parts
        return () if literal == TRUE else (literal,)

    def _folded(self, node: Node, literals: Mapping[int, Literal]) -> Literal:
        match node:
            case Truth(value=value):
                return TRUE if value else FALSE
            case Atom():
                return self._compared(node)
            case Negate(part=part):
                return -literals[part]
            case Both(parts=parts):
                return self._both(literals[part] for part in parts)
            case Either(parts=parts):
                return -self._both(-literals[part] for part in parts)
            case _:
                assert_never(node)

    def _compared(self, atom: Atom) -> Literal:
        """Say what is decided already: nothing is one of no constants, any text is ``*``."""
        match atom:
            case Atom(op=op, right=()) if op is not Op.EXISTS:
                return FALSE
            case Atom(op=Op.GLOB | Op.IGLOB, right=tuple() as right) if (
                b"*" in right and atom.quantifier in (None, Quantifier.ANY)
            ):
                return self._add(Atom(left=atom.left, op=Op.EXISTS, right=()))
            case _:
                return self._add(atom)

    def _add(self, node: Atom | Both) -> Literal:
        literal = self._known.setdefault(node, len(self._nodes))
        if literal == len(self._nodes):
            self._nodes.append(node)
        return literal

    def _both(self, literals: Iterable[Literal]) -> Literal:
        flat = dict.fromkeys(part for literal in literals for part in self._inlined(literal))
        parts = tuple(dict.fromkeys(self._merged(flat)))
        if FALSE in flat or any(-part in flat for part in flat):
            return FALSE
        if len(parts) == 1:
            return parts[0]
        return self._add(Both(parts)) if parts else TRUE

    def _inlined(self, literal: Literal) -> tuple[Literal, ...]:
        parts = self.conjuncts(literal)
        return parts if len(parts) <= _MAX_INLINED else (literal,)

    def _merged(self, literals: Iterable[Literal]) -> Iterator[Literal]:
        """Make one comparison of all those that say what one field is not."""
        alike: dict[tuple[Read, Op], list[Atom]] = {}
        for literal in literals:
            node = self[literal]
            if literal > 0 or not isinstance(node, Atom) or (key := _kind(node)) is None:
                yield literal
            else:
                alike.setdefault(key, []).append(node)
        for (_, op), atoms in alike.items():
            yield -self._add(atoms[0] if len(atoms) == 1 else _union(atoms, op))


def reachable(nodes: Sequence[Node], roots: Iterable[int]) -> set[int]:
    """Return the indices of all that roots are made of, themselves included."""
    found: set[int] = set()
    pending = list(roots)
    while pending:
        index = pending.pop()
        if index in found:
            continue
        found.add(index)
        match nodes[index]:
            case Both(parts=parts) | Either(parts=parts):
                pending += parts
            case Negate(part=part):
                pending.append(part)
            case Atom() | Truth():
                pass
    return found


def _kind(atom: Atom) -> tuple[Read, Op] | None:
    """Return what two comparisons have in common if "neither" is one comparison."""
    merged = _MERGED_AS.get(atom.op)
    if (
        merged is None
        or not isinstance(atom.left, Read)
        or atom.left.is_list
        or not isinstance(atom.right, tuple)
        or len(atom.right) > _MAX_MERGED
        or atom.quantifier not in (None, Quantifier.ANY)
    ):
        return None
    return atom.left, merged


def _union(atoms: Sequence[Atom], op: Op) -> Atom:
    """Return the comparison that holds where any of these on constants does."""
    rights = (atom.right for atom in atoms if isinstance(atom.right, tuple))
    right = tuple(dict.fromkeys(itertools.chain.from_iterable(rights)))
    quantifier = Quantifier.ANY if op in (Op.STARTSWITH, Op.ENDSWITH) else None
    return msgspec.structs.replace(atoms[0], op=op, right=right, quantifier=quantifier)
