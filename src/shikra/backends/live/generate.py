"""
From conditions to Python functions.

In: conditions, as literals of a folded circuit, and the rules that they are of. Out: a function
from an event's fields to the indices of the rules that match, in order. A node that stands in
several places is a function of its own that remembers its answer for the event.

No text of a rule gets into a program: names are ours, and what a rule wrote is a global.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from shikra.backends.live import inline
from shikra.backends.live.fold import Circuit, Literal
from shikra.backends.live.plan import Block, Group, apart, ordered, plan
from shikra.backends.live.rank import Guesses
from shikra.model.event import Fields
from shikra.rules.ir import Atom, Both

_CALLED = re.compile(r"\b(k[0-9]+)\(")

Matcher = Callable[[Fields], tuple[int, ...]]


class Program(msgspec.Struct, frozen=True):
    """The text of a function and of those that it calls."""

    entry: str  # the function's name
    source: str


class Generator:
    """Makes functions over one circuit; they share their globals."""

    def __init__(self, circuit: Circuit) -> None:
        """Generate for this circuit, which may grow."""
        self._circuit = circuit
        self._guesses = Guesses(circuit)
        self._globals: dict[str, Matcher] = {}
        self._names: dict[object, str] = {}
        self._comparisons: dict[int, str] = {}
        self._programs = 0

    def matcher(self, conditions: Mapping[Literal, tuple[int, ...]]) -> Matcher:
        """Return the function for conditions and the rules that they are of."""
        program = self.program(conditions)
        exec(compile(program.source, "<rules>", "exec"), self._globals)  # noqa: S102  our own text
        return self._globals[program.entry]

    @property
    def constants(self) -> Mapping[str, object]:
        """What the names in the programs stand for."""
        return {name: self._globals[name] for name in self._names.values()}

    @property
    def comparisons(self) -> Mapping[str, Atom]:
        """The comparisons that are functions, by the functions' names."""
        found = {}
        for index, text in self._comparisons.items():
            called = _CALLED.search(text)
            node = self._circuit[index]
            if called and isinstance(node, Atom):
                found[called[1]] = node
        return found

    def program(self, conditions: Mapping[Literal, tuple[int, ...]]) -> Program:
        """Write the function."""
        groups = [
            Group(frozenset(self._circuit.conjuncts(condition)), rules)
            for condition, rules in conditions.items()
        ]
        block = plan(groups, self._guesses)
        self._programs += 1
        prefix = f"p{self._programs}_"
        functions = {
            index: f"{prefix}{index}" for index in apart(block, self._circuit, self._guesses)
        }
        lines = [f"def {prefix}(f):"]
        lines += [" m = {}"] if functions else []
        lines += [" r = ()", *self._block(block, functions, " ")]
        lines += [" return r if len(r) < 2 else tuple(sorted(r))"]
        for index, name in functions.items():
            lines += [f"def {name}(f, m):", f" r = m.get({index})", " if r is None:"]
            lines += [f"  r = m[{index}] = {self._expression(index, functions)}", " return r"]
        return Program(prefix, "\n".join(lines))

    def _block(self, block: Block, functions: Mapping[int, str], margin: str) -> list[str]:
        lines: list[str] = []
        for literal, within in block.inner:
            lines.append(f"{margin}if {self._literal(literal, functions)}:")
            lines += self._block(within, functions, margin + " ")
        for leaf in block.leaves:
            tests = [self._literal(literal, functions) for literal in leaf.literals]
            test = " and ".join(tests) or "True"
            lines.append(f"{margin}if {test}: r += {self._name(leaf.rules)}")
        return lines

    def _literal(self, literal: Literal, functions: Mapping[int, str]) -> str:
        function = functions.get(abs(literal))
        if function is None:
            return self._expression(literal, functions)
        return f"{function}(f, m)" if literal > 0 else f"(not {function}(f, m))"

    def _expression(self, literal: Literal, functions: Mapping[int, str]) -> str:
        """Write a node where it stands; a negated ``and`` is an ``or`` of the negated."""
        node = self._circuit[literal]
        if isinstance(node, Both):
            sign, word = (1, " and ") if literal > 0 else (-1, " or ")
            parts = ordered(node.parts, self._guesses)
            return "(" + word.join(self._literal(sign * part, functions) for part in parts) + ")"
        if isinstance(node, Atom):
            index = abs(literal)
            if index not in self._comparisons:
                self._comparisons[index] = inline.expression(node, self._name)
            comparison = self._comparisons[index]
            return comparison if literal > 0 else f"(not {comparison})"
        return "True" if literal > 0 else "False"

    def _name(self, value: object) -> str:
        """Return the name of the global that holds a value."""
        key = (type(value), value)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"k{len(self._names)}"
            self._globals[name] = value  # type: ignore[assignment]
        return name
