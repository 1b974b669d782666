"""
Lay a condition out over lines.

In: a tree, and how each comparison of it is written, as pieces that aren't broken. Out: lines
that parse to the same tree: one part of an ``and`` or ``or`` a line where all don't fit in one,
parts of parts in parentheses, long lists filled.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

import msgspec

from shikra.rules import show, tree

WIDTH = 92
_HANGING = "  "

Words = Callable[[tree.Leaf], Sequence[str]]


class _Block(msgspec.Struct, frozen=True):
    """A part of the condition, as it fits."""

    lines: tuple[str, ...]
    is_gate: bool = False  # stands in parentheses inside another


def lines(expr: tree.Expr, words: Words = show.words) -> tuple[str, ...]:
    """Return the condition's lines, without parentheses around all of it."""

    def leaf(node: tree.Leaf) -> _Block:
        return _Block(filled(words(node)))

    return tree.fold(expr, leaf, _gate).lines


def filled(words: Sequence[str], hanging: str = _HANGING) -> tuple[str, ...]:
    """Put words in lines, as many as fit; lines after the first begin with ``hanging``."""
    found: list[str] = []
    line: list[str] = []
    length = 0
    for word in words:
        if line and length + len(word) > WIDTH:
            found.append(" ".join(line))
            line, length = [hanging + word], len(hanging) + len(word) + 1
        else:
            line.append(word)
            length += len(word) + 1
    return (*found, " ".join(line))


def _gate(gate: tree.Gate, parts: list[_Block]) -> _Block:
    match gate:
        case tree.All():
            return _joined("and", parts)
        case tree.Either():
            return _joined("or", parts)
        case tree.Negate(inner=inner):
            (part,) = parts
            is_again = isinstance(inner, tree.Negate)
            lines = bracketed(part.lines) if part.is_gate or is_again else part.lines
            return _Block(_after("not ", lines))
        case _:
            assert_never(gate)


def _joined(word: str, parts: list[_Block]) -> _Block:
    blocks = [bracketed(part.lines) if part.is_gate else part.lines for part in parts]
    if all(len(block) == 1 for block in blocks):
        flat = f" {word} ".join(block[0] for block in blocks)
        if len(flat) <= WIDTH:
            return _Block((flat,), is_gate=True)
    first, *rest = blocks
    following = (line for block in rest for line in _after(f"{word} ", block))
    return _Block((*first, *following), is_gate=True)


def bracketed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put parentheses around lines."""
    *most, last = _after("(", lines)
    return (*most, last + ")")


def _after(start: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Put something before the first line, and the others below its end."""
    first, *rest = lines
    margin = " " * len(start)
    return (start + first, *(margin + line for line in rest))
