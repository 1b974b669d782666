"""
Find out which macro each name in a condition means, and in which order macros can be taken.

A macro sees those that were first defined before its own last definition; a rule sees all. A
name means the same macro wherever it is seen, so macros are shared and never copied into the
conditions that use them: all that follows is linear in what was written.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from shikra.rules import diagnostics, tree

_MAX_SHOWN = 6


class Macro(msgspec.Struct, frozen=True):
    """A parsed macro; ``expr`` is None where it couldn't be parsed."""

    expr: tree.Expr | None
    index: int
    visibility: int


class Order(msgspec.Struct, frozen=True):
    """Usable macros, those that others use before these; and the mistakes in each macro."""

    names: tuple[str, ...]
    mistakes: Mapping[str, tuple[diagnostics.Mistake, ...]]


def calls(expr: tree.Expr) -> list[tree.MacroCall]:
    """Return the macros that a condition names."""
    return [leaf for leaf in tree.leaves(expr) if isinstance(leaf, tree.MacroCall)]


def undefined(
    found: list[tree.MacroCall],
    macros: Mapping[str, Macro],
    visibility: int | None = None,
    within: str = "",
) -> list[diagnostics.Mistake]:
    """Return a mistake for each name that is no macro visible from here, which may be in one."""
    mistakes: list[diagnostics.Mistake] = []
    for call in found:
        macro = macros.get(call.name)
        if macro is None:
            is_shown = len(mistakes) <= diagnostics.MAX_PER_FILE
            hint = diagnostics.nearest(call.name, macros) if is_shown else ""
        elif call.name == within:
            hint = "it names itself"
        elif visibility is not None and macro.index >= visibility:
            hint = "it is defined further down: a macro sees only those before it"
        else:
            continue
        message = f"Undefined macro '{call.name}' used in filter."
        mistakes.append(diagnostics.Mistake(message=message, at=call.at, hint=hint))
    return mistakes


def order(macros: Mapping[str, Macro]) -> Order:
    """Order the macros by use; one that uses itself, at any depth, is a mistake."""
    uses: dict[str, list[tree.MacroCall]] = {}
    mistakes: dict[str, list[diagnostics.Mistake]] = {}
    for name, macro in macros.items():
        found = calls(macro.expr) if macro.expr is not None else []
        mistakes[name] = undefined(found, macros, macro.visibility, name)
        uses[name] = [] if mistakes[name] else found
    usable: dict[str, bool] = {}
    for name in _by_use(uses, mistakes):
        is_good = macros[name].expr is not None and not mistakes[name]
        usable[name] = is_good and all(usable.get(call.name, False) for call in uses[name])
    names = tuple(name for name, is_usable in usable.items() if is_usable)
    return Order(names, {name: tuple(found) for name, found in mistakes.items()})


def _by_use(
    uses: Mapping[str, list[tree.MacroCall]], mistakes: Mapping[str, list[diagnostics.Mistake]]
) -> list[str]:
    """Return the names so that what a macro uses comes before it; note the circles."""
    done: list[str] = []
    seen: set[str] = set()
    path: dict[str, Iterator[tree.MacroCall]] = {}  # macros that are looked into just now
    for root in uses:
        if root in seen:
            continue
        seen.add(root)
        path[root] = iter(uses[root])
        while path:
            name, rest = next(reversed(path.items()))
            call = next(rest, None)
            if call is None:
                del path[name]
                done.append(name)
            elif call.name in path:
                mistakes[name].append(_circle(call, list(path)))
            elif call.name not in seen:
                seen.add(call.name)
                path[call.name] = iter(uses[call.name])
    return done


def _circle(call: tree.MacroCall, path: list[str]) -> diagnostics.Mistake:
    circle = [*path[path.index(call.name) :], call.name]
    way = " → ".join(circle if len(circle) < _MAX_SHOWN else [*circle[:_MAX_SHOWN], "…"])
    message = f"reference loop in macro '{call.name}'"
    return diagnostics.Mistake(message=message, at=call.at, hint=way)


def inlined(expr: tree.Expr, macros: Mapping[str, tree.Expr]) -> tree.Expr:
    """
    Put macros in place of their names; ``macros`` have theirs in already.

    The result shares the macros' trees. Printed in full it can be very long.
    """

    def leaf(node: tree.Leaf) -> tree.Expr:
        return macros[node.name] if isinstance(node, tree.MacroCall) else node

    def gate(node: tree.Gate, parts: list[tree.Expr]) -> tree.Expr:
        match node:
            case tree.All(at=at):
                return tree.All(tuple(parts), at)
            case tree.Either(at=at):
                return tree.Either(tuple(parts), at)
            case tree.Negate(at=at):
                return tree.Negate(parts[0], at)
            case _:
                assert_never(node)

    return tree.fold(expr, leaf, gate)
