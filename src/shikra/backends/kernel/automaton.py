"""
Predicates on one text as one deterministic automaton over bytes.

In: predicates by number, each as patterns of which one must match. Out: the automaton, and which
predicates it doesn't decide exactly. What is only compared as a whole, or looked for anywhere,
takes states in proportion to its length; several stars in a pattern may take very many, so beyond
a bound the dearest patterns are cut down to a piece that a matching text must have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from shikra.backends.kernel.patterns import Bytes, Patterns
from shikra.backends.kernel.prefix_tree import Node, needless, tree
from shikra.backends.kernel.shorten import shortened
from shikra.model.kernel_tables import Automaton, Output

DEAD = 0
START = 1

_NOTHING = Output(frozenset())
_NO_CONDITIONS: Mapping[int, frozenset[int]] = {}
_STATES_PER_NODE = 3
"""More means that stars multiply: without any, there are two states a node at most."""

_ALWAYS_ALLOWED = 1 << 12
"""States that a few multiplying stars may take."""

Alive = tuple[int, ...]
"""Nodes that are alive together, by their numbers, in order."""


class Bound(msgspec.Struct, frozen=True):
    """How large an automaton may be."""

    transitions: int = 1 << 18
    states: int = 1 << 15


class Built(msgspec.Struct, frozen=True):
    """An automaton, and the predicates that hold of more texts in it than they should."""

    automaton: Automaton
    inexact: frozenset[int]


def build(
    predicates: Mapping[int, Patterns],
    keeps: Mapping[int, frozenset[int]] = _NO_CONDITIONS,
    bound: Bound = Bound(),  # noqa: B008  never changes
) -> Built:
    """Make the automaton; a predicate's output also names the conditions that it keeps."""
    numbers = tuple(predicates)
    inexact: set[int] = set()
    for weaker in shortened(tuple(predicates.values())):
        inexact.update(numbers[each] for each in weaker.changed)
        nodes = tree(dict(zip(numbers, weaker.predicates, strict=True)))
        made = _Subsets(nodes, bound).automaton(keeps)
        if made is not None:
            return Built(made, frozenset(inexact))
    raise AssertionError("the last attempt looks at nothing")


class _Subsets:
    """Makes states of sets of nodes."""

    def __init__(self, nodes: Sequence[Node], bound: Bound) -> None:
        self._nodes = nodes
        self._number = {node: number for number, node in enumerate(nodes)}
        self._stars = sum(node.is_star for node in nodes)
        self._needless = [
            frozenset(self._number[above] for above in needless(star))
            for star in nodes[: self._stars]
        ]
        self._byte_classes, self._classes = _byte_classes(nodes)
        self._max_states = min(
            bound.states,
            bound.transitions // len(self._classes),
            max(_ALWAYS_ALLOWED, _STATES_PER_NODE * len(nodes)),
        )
        self._sets: list[Alive] = [()]
        self._ids: dict[Alive, int] = {(): 0}
        self._rows: dict[int, list[int]] = {0: [0] * len(self._classes)}
        self._moves: dict[int, list[tuple[int, frozenset[int]]]] = {}
        self._unions: dict[tuple[int, frozenset[int]], int] = {}

    def automaton(self, keeps: Mapping[int, frozenset[int]]) -> Automaton | None:
        """Follow every set from the start; ``None`` if there are too many."""
        if len(self._nodes) > self._max_states:
            return None
        root = next(node for node in self._nodes if node.parent is None)
        start = self._id(self._entered(root))
        states = {0: DEAD, start: START}
        order = [0, start]
        for one in order:
            for after in dict.fromkeys(self._row(one)):
                if after not in states:
                    states[after] = len(order)
                    order.append(after)
            if len(order) > self._max_states:
                return None
        outputs = _Outputs(keeps)
        return Automaton(
            byte_classes=self._byte_classes,
            rows=tuple(tuple(map(states.__getitem__, self._rows[one])) for one in order),
            passing=tuple(outputs.index(self._alive(one, "passing")) for one in order),
            ending=tuple(outputs.index(self._alive(one, "ending")) for one in order),
            outputs=tuple(outputs.known),
        )

    def _alive(self, one: int, output: str) -> frozenset[int]:
        nodes = (self._nodes[number] for number in self._sets[one])
        return frozenset().union(*(getattr(node, output) for node in nodes))

    def _id(self, alive: Iterable[int]) -> int:
        """Return the number of a set, without what isn't needed in it."""
        found = set(alive)
        for number in tuple(found):
            if number < self._stars and not found.isdisjoint(self._needless[number]):
                found -= self._needless[number]
        return self._known(tuple(sorted(found)))

    def _known(self, alive: Alive) -> int:
        known = self._ids.setdefault(alive, len(self._sets))
        if known == len(self._sets):
            self._sets.append(alive)
        return known

    def _row(self, one: int) -> list[int]:
        """Return where each class of byte leads from a set: as without its last node, and more."""
        missing = []
        while one not in self._rows:
            missing.append(one)
            one = self._known(self._sets[one][:-1])
        row = self._rows[one]
        for each in reversed(missing):
            row = row.copy()
            for at, entered in self._moves_of(self._sets[each][-1]):
                row[at] = self._union(row[at], entered)
            self._rows[each] = row
        return row

    def _union(self, one: int, entered: frozenset[int]) -> int:
        key = (one, entered)
        found = self._unions.get(key)
        if found is None:
            found = self._unions[key] = self._id(entered.union(self._sets[one]))
        return found

    def _moves_of(self, number: int) -> list[tuple[int, frozenset[int]]]:
        """Return what is entered from a node, by class of byte."""
        known = self._moves.get(number)
        if known is None:
            node = self._nodes[number]
            entered: dict[int, set[int]] = {}
            for members, after in ((node.repeats, node), *node.after.items()):
                for at in self._of(members):
                    entered.setdefault(at, set()).update(self._entered(after))
            known = [(at, frozenset(nodes)) for at, nodes in entered.items()]
            self._moves[number] = known
        return known

    def _of(self, members: Bytes) -> Iterator[int]:
        """Return the classes that a set of bytes is made of."""
        if members.bit_count() == 1:
            yield self._byte_classes[members.bit_length() - 1]
            return
        for at, member in enumerate(self._classes):
            if members >> member & 1:
                yield at

    def _entered(self, node: Node) -> Iterator[int]:
        """Return a node and what is alive with it at once."""
        yield self._number[node]
        for along in node.along.values():
            yield from self._entered(along)


class _Outputs:
    """Distinct outputs; the first is nothing."""

    def __init__(self, keeps: Mapping[int, frozenset[int]]) -> None:
        self.known: dict[Output, int] = {_NOTHING: 0}
        self._keeps = keeps

    def index(self, predicates: frozenset[int]) -> int:
        if not predicates:
            return 0
        kept = (self._keeps.get(predicate, frozenset[int]()) for predicate in predicates)
        output = Output(predicates, frozenset[int]().union(*kept))
        return self.known.setdefault(output, len(self.known))


def _byte_classes(nodes: Iterable[Node]) -> tuple[bytes, list[int]]:
    """Return the class of each byte, and one byte of each class: alike if no step tells apart."""
    used = {members: None for node in nodes for members in (node.repeats, *node.after)}
    seen: list[list[int]] = [[] for _ in range(256)]
    for number, members in enumerate(used):
        if members.bit_count() == 1:
            seen[members.bit_length() - 1].append(number)
            continue
        for byte in range(256):
            if members >> byte & 1:
                seen[byte].append(number)
    classes: dict[tuple[int, ...], int] = {}
    first: list[int] = []
    numbers = bytearray(256)
    for byte, steps in enumerate(map(tuple, seen)):
        numbers[byte] = classes.setdefault(steps, len(classes))
        if numbers[byte] == len(first):
            first.append(byte)
    return bytes(numbers), first
