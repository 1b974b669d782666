"""
In which order a program tests what rules require.

In: rules as sets of literals. Out: blocks: what several rules require is tested once, around
them all, and the rest of each rule within, cheap and selective tests first. Also which nodes are
worth a function of their own.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from shikra.backends.live.fold import Circuit, Literal
from shikra.backends.live.rank import Guesses
from shikra.rules.ir import Atom, Both

_MAX_DEPTH = 16
"""Blocks and brackets in the program: Python allows a few more, readers don't."""

_DEAR = 5.0
"""What costs as much isn't evaluated again where it stands a second time."""

_SHORT = 3
"""Comparisons of an ``and`` that, if it isn't dear, is written wherever it stands."""


class Group(msgspec.Struct, frozen=True):
    """Rules with the same condition, and what is left to require of them."""

    literals: frozenset[Literal]
    rules: tuple[int, ...]


class Leaf(msgspec.Struct, frozen=True):
    """Rules that match if all these hold, in the order in which they are tested."""

    literals: tuple[Literal, ...]
    rules: tuple[int, ...]


class Block(msgspec.Struct, frozen=True):
    """What is done where the tests around it hold."""

    leaves: tuple[Leaf, ...]
    inner: tuple[tuple[Literal, "Block"], ...]


def plan(groups: Iterable[Group], guesses: Guesses, depth: int = 0) -> Block:
    """Put each test around the rules that share it, the most useful test first."""
    holders: defaultdict[Literal, list[Group]] = defaultdict(list)
    for group in groups:
        for literal in group.literals:
            holders[literal].append(group)
    left = set(groups)
    leaves: list[Leaf] = []
    inner: list[tuple[Literal, Block]] = []
    for literal in sorted(
        holders, key=lambda each: (guesses[each].rank / len(holders[each]), abs(each), each)
    ):
        held = [group for group in holders[literal] if group in left]
        left.difference_update(held)
        if len(held) > 1 and depth < _MAX_DEPTH:
            within = [Group(group.literals - {literal}, group.rules) for group in held]
            inner.append((literal, plan(within, guesses, depth + 1)))
        else:
            leaves += [Leaf(ordered(group.literals, guesses), group.rules) for group in held]
    leaves += [Leaf((), group.rules) for group in left]
    return Block(tuple(leaves), tuple(inner))


def ordered(literals: Iterable[Literal], guesses: Guesses) -> tuple[Literal, ...]:
    """Return literals in the order in which an ``and`` of them is decided soonest."""
    return tuple(sorted(literals, key=lambda each: (guesses[each].rank, abs(each), each)))


def apart(block: Block, circuit: Circuit, guesses: Guesses) -> tuple[int, ...]:
    """Return the nodes that are functions: dear ones in several places, and very deep ones."""
    uses = _uses(block, circuit)
    chosen: list[int] = []
    depths: defaultdict[int, int] = defaultdict(int)
    for index in sorted(uses):
        match circuit[index]:
            case Both(parts=parts):
                depth = 1 + max(depths[abs(part)] for part in parts)
                is_short = len(parts) <= _SHORT and all(
                    isinstance(circuit[part], Atom) for part in parts
                )
                is_dear = guesses[index].cost >= _DEAR or not is_short
                if (uses[index] > 1 and is_dear) or depth > _MAX_DEPTH:
                    chosen.append(index)
                else:
                    depths[index] = depth
            case Atom() if uses[index] > 1 and guesses[index].cost >= _DEAR:
                chosen.append(index)
            case _:
                pass
    return tuple(chosen)


def _uses(block: Block, circuit: Circuit) -> dict[int, int]:
    """Count the places where each node would stand if those in several were written once."""
    uses: defaultdict[int, int] = defaultdict(int)
    blocks = [block]
    while blocks:
        block = blocks.pop()
        for literal, within in block.inner:
            uses[abs(literal)] += 1
            blocks.append(within)
        for leaf in block.leaves:
            for literal in leaf.literals:
                uses[abs(literal)] += 1
    pending = list(uses)
    while pending:
        node = circuit[pending.pop()]
        for part in node.parts if isinstance(node, Both) else ():
            if abs(part) not in uses:
                pending.append(abs(part))
            uses[abs(part)] += 1
    return uses
