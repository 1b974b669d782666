"""
The normal form: the circuit of a rule, its gates named after the macros that they came from.

In: a book and a rule's name. Out: text: the rule's own gates as a tree, then each macro once.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from shikra.app.explain.stage import Kind, Stage
from shikra.app.explain.values import atom
from shikra.app.rulebook import Book
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import check, ir, lower, macros, operands, tree

_MOST_LINES = 400


def normal_form(book: Book, name: str) -> Stage:
    """Show a rule's circuit."""
    source = book.definitions.rules[name].source
    circuit = lower.Circuit()
    scope = operands.Scope(CATALOGUE, source, event_types.NAMES)
    roots: dict[str, int] = {}
    for macro in _needed(book, name):
        roots[macro] = _lowered(circuit, book.parsed.macros[macro].expr, scope, roots)
    root = _lowered(circuit, book.parsed.rules[name].expr, scope, roots)
    names = {index: macro for macro, index in reversed(roots.items()) if index != root}
    lines = _Writer(circuit.nodes, names).written(root)
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} lines more"]
    note = "Equal parts are one part; what is a macro stands below, once, and is evaluated once."
    return Stage(title="Normal form", note=note, lines=tuple(lines), kind=Kind.CONDITION)


def _needed(book: Book, name: str) -> list[str]:
    """Return the macros that a rule uses, at any depth, each after those that it uses."""
    needed = {call.name for call in macros.calls(book.parsed.rules[name].expr)}
    for macro in reversed(book.parsed.order):
        if macro in needed:
            needed |= {call.name for call in macros.calls(book.parsed.macros[macro].expr)}
    return [macro for macro in book.parsed.order if macro in needed]


def _lowered(
    circuit: lower.Circuit, expr: tree.Expr, scope: operands.Scope, roots: Mapping[str, int]
) -> int:
    return circuit.condition(expr, check.check(expr, scope).atoms, roots)


class _Writer:
    """Writes nodes as trees, those with a name apart."""

    def __init__(self, nodes: Sequence[ir.Node], names: Mapping[int, str]) -> None:
        self.nodes = nodes
        self.names = names
        self.pending: list[int] = []
        self.told: set[int] = set()

    def written(self, root: int) -> list[str]:
        lines = self.tree(root)
        while self.pending:
            index = self.pending.pop(0)
            lines += ["", f"{self.names[index]} =", *self.tree(index, "  ")]
        return lines

    def tree(self, root: int, margin: str = "") -> list[str]:
        """Write a node and its parts, one a line."""
        lines = []
        todo = [(root, margin)]
        while todo:
            index, before = todo.pop()
            if index in self.names and index != root:
                lines.append(before + self.names[index])
                self.tell(index)
                continue
            word, parts = self.node(index)
            lines.append(before + word)
            todo += ((part, before + "  ") for part in reversed(parts))
        return lines

    def tell(self, index: int) -> None:
        if index not in self.told:
            self.told.add(index)
            self.pending.append(index)

    def node(self, index: int) -> tuple[str, tuple[int, ...]]:
        """Return a node's word and its parts; a negated comparison is one line."""
        node = self.nodes[index]
        match node:
            case ir.Both(parts=parts):
                return "all of", parts
            case ir.Either(parts=parts):
                return "any of", parts
            case ir.Negate(part=part) if part in self.names:
                self.tell(part)
                return f"not {self.names[part]}", ()
            case ir.Negate(part=part):
                word, parts = self.node(part)
                return f"not {word}", parts
            case ir.Truth(value=value):
                return "always" if value else "never", ()
            case ir.Atom():
                return atom(node), ()
            case _:
                assert_never(node)
