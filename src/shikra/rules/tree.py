"""
The syntax tree of a condition: what was written, nothing about what it means.

Trees are frozen. Where a node stands in its text is kept beside it and never makes two trees
differ. Trees can be deep; ``fold`` walks one without recursion.
"""

from collections.abc import Callable
from typing import Any, TypeVar, assert_never

import msgspec

from shikra.rules import ir

Result = TypeVar("Result")


class At(msgspec.Struct, frozen=True, eq=False):
    """A stretch of the condition's text. All stretches are equal."""

    start: int
    end: int

    def __eq__(self, other: object) -> bool:
        """Position is no part of meaning."""
        return isinstance(other, At)

    def __hash__(self) -> int:
        """Equal things have equal hashes."""
        return 0


class Field(msgspec.Struct, frozen=True):
    """A field; on the right side of a comparison it was written ``val(field)``."""

    name: str
    argument: str | None
    at: At


class Value(msgspec.Struct, frozen=True):
    """A constant: its text, with the escapes resolved."""

    text: bytes
    at: At


class Items(msgspec.Struct, frozen=True):
    """A parenthesised list as an argument of a transformer."""

    items: tuple["Field | Value | Call", ...]
    at: At


class Call(msgspec.Struct, frozen=True):
    """A transformer and its arguments."""

    transformer: ir.Transformer
    arguments: tuple["Field | Value | Items | Call", ...]
    index: str | None
    at: At


class Values(msgspec.Struct, frozen=True):
    """The parenthesised list on the right side."""

    values: tuple[Value, ...]
    at: At


class ListName(msgspec.Struct, frozen=True):
    """A bare name where a list is expected. Lists are put in before parsing: this is a value."""

    name: str
    at: At


class Exists(msgspec.Struct, frozen=True):
    """``field exists``."""

    left: "Field | Call"
    at: At


class Compare(msgspec.Struct, frozen=True):
    """A comparison. ``is_doubled``: equality was written ``==``."""

    left: "Field | Call"
    op: ir.Op
    right: "Value | Values | ListName | Field | Call"
    at: At
    quantifier: ir.Quantifier | None = None
    is_doubled: bool = False


class MacroCall(msgspec.Struct, frozen=True):
    """A macro by its name."""

    name: str
    at: At


class All(msgspec.Struct, frozen=True):
    """And: at least two parts."""

    parts: tuple["Expr", ...]
    at: At


class Either(msgspec.Struct, frozen=True):
    """Or: at least two parts."""

    parts: tuple["Expr", ...]
    at: At


class Negate(msgspec.Struct, frozen=True):
    """Not."""

    inner: "Expr"
    at: At


Leaf = Exists | Compare | MacroCall
Gate = All | Either | Negate
Expr = Leaf | Gate
Left = Field | Call
Right = Value | Values | ListName | Field | Call
Argument = Field | Value | Items | Call


def fold(
    root: Expr, leaf: Callable[[Leaf], Result], gate: Callable[[Gate, list[Result]], Result]
) -> Result:
    """Compute a value from the leaves up; ``gate`` gets its parts' values in their order."""
    results: list[Result] = []
    todo: list[tuple[Expr, bool]] = [(root, False)]
    while todo:
        node, is_ready = todo.pop()
        match node:
            case Exists() | Compare() | MacroCall():
                results.append(leaf(node))
            case All() | Either() | Negate():
                parts = parts_of(node)
                if is_ready:
                    values = results[-len(parts) :]
                    del results[-len(parts) :]
                    results.append(gate(node, values))
                else:
                    todo.append((node, True))
                    todo += ((part, False) for part in reversed(parts))
            case _:
                assert_never(node)
    return results[0]


def parts_of(gate: Gate) -> tuple[Expr, ...]:
    """Return what a gate combines."""
    match gate:
        case All(parts=parts) | Either(parts=parts):
            return parts
        case Negate(inner=inner):
            return (inner,)
        case _:
            assert_never(gate)


def leaves(root: Expr) -> list[Leaf]:
    """Return the leaves from left to right."""
    found: list[Leaf] = []

    def keep(node: Leaf) -> None:
        found.append(node)

    def ignore(_gate: Gate, _values: list[Any]) -> None:
        return None

    fold(root, keep, ignore)
    return found
