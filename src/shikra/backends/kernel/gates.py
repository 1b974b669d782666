"""
Programs of the tables: tests and gates, each once.

In: tests and conjunctions of literals. Out: a ``Program`` of those that are required. A literal is
the index of a node, negative for its negation; what nobody knows is its own negation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shikra.model.kernel_tables import Atom, Gate, Program, Test

Literal = int

TRUE: Literal = 1
FALSE: Literal = -TRUE
UNKNOWN: Literal = 0

_Parts = tuple[Literal, ...]


class Gates:
    """Nodes that are there once; a part's index is smaller than its gate's."""

    def __init__(self) -> None:
        """Start with what is always unknown and what is always true."""
        self._nodes: list[Test | _Parts] = [(), ()]
        self._known: dict[Test | _Parts, Literal] = {}

    def test(self, test: Test) -> Literal:
        """Return the literal of a test."""
        return self._add(test)

    def every(self, literals: Iterable[Literal]) -> Literal:
        """Return the literal that holds if all of these do."""
        flat = dict.fromkeys(part for literal in literals for part in self.conjuncts(literal))
        parts = tuple(flat)
        if FALSE in flat or any(-part in flat for part in parts if part != UNKNOWN):
            return FALSE
        if not parts:
            return TRUE
        return parts[0] if len(parts) == 1 else self._add(parts)

    def conjuncts(self, literal: Literal) -> tuple[Literal, ...]:
        """Return what must hold, all of it, for a literal to hold."""
        node = self._nodes[abs(literal)]
        if literal == TRUE:
            return ()
        return node if literal > TRUE and isinstance(node, tuple) else (literal,)

    def parts(self, literal: Literal) -> tuple[Literal, ...] | None:
        """Return the parts of a gate, whether or not the literal negates it; of a test none."""
        node = self._nodes[abs(literal)]
        return node if abs(literal) > TRUE and isinstance(node, tuple) else None

    def asked(self, literal: Literal) -> Test | None:
        """Return the test that a literal, or its negation, is."""
        node = self._nodes[abs(literal)]
        return None if isinstance(node, tuple) else node

    def below(self, literals: Iterable[Literal]) -> set[int]:
        """Return the indices of all that literals are made of, themselves included."""
        found: set[int] = set()
        pending = [abs(literal) for literal in literals if abs(literal) > TRUE]
        while pending:
            index = pending.pop()
            if index not in found:
                found.add(index)
                pending += (abs(part) for part in self.parts(index) or () if part != UNKNOWN)
        return found

    def program(
        self,
        requirements: Sequence[tuple[Literal, int]],
        exact: Mapping[Test, Test],
    ) -> Program:
        """Return what evaluates these requirements; a test is exchanged for its exact form."""
        wanted = [(literal, condition) for literal, condition in requirements if literal != TRUE]
        used = sorted(self.below(literal for literal, _ in wanted))
        tests = [index for index in used if self.asked(index) is not None]
        gates = [index for index in used if self.asked(index) is None]
        if any(literal == FALSE for literal, _ in wanted):
            gates.append(TRUE)  # a gate that asks for nothing
        places = {index: place for place, index in enumerate((*tests, *gates), start=1)}
        places[UNKNOWN] = 0

        def encoded(literal: Literal) -> int:
            return 2 * places[abs(literal)] + (literal < 0)

        return Program(
            atoms=tuple(Atom(places[index], test) for index, test in self._tests(tests, exact)),
            gates=tuple(
                Gate(places[index], tuple(map(encoded, self.parts(index) or ()))) for index in gates
            ),
            requirements=tuple((encoded(literal), condition) for literal, condition in wanted),
        )

    def _tests(
        self, indices: Iterable[int], exact: Mapping[Test, Test]
    ) -> Iterator[tuple[int, Test]]:
        for index in indices:
            test = self.asked(index)
            if test is not None:
                yield index, exact.get(test, test)

    def _add(self, node: Test | _Parts) -> Literal:
        literal = self._known.setdefault(node, len(self._nodes))
        if literal == len(self._nodes):
            self._nodes.append(node)
        return literal
