"""
What a comparison asks of the kernel: a tree over tests.

A leaf is a test of the tables, or one whose bit isn't given out yet. Constants are folded away
when a tree is made, so none is left inside one. An unknown part says why it is left to user space.
"""

from collections.abc import Iterable

import msgspec

from shikra.model.kernel_tables import (
    ImageField,
    OfFlags,
    OfNetwork,
    OfNumber,
    Relation,
    View,
)
from shikra.rules import ir


class ImageText(msgspec.Struct, frozen=True):
    """One of these patterns matches a text that an exec fixed."""

    relation: Relation
    field: ImageField
    patterns: int  # number in ``texts.Texts``


class NameText(msgspec.Struct, frozen=True):
    """One of these patterns matches a text of the event."""

    view: View
    patterns: int
    is_exact: bool = True  # False: a match means no more than that it may hold


class InContainer(msgspec.Struct, frozen=True):
    """A comparison that user space decides once a container."""

    atom: ir.Atom


Ask = ImageText | NameText | InContainer | OfFlags | OfNumber | OfNetwork


class Fixed(msgspec.Struct, frozen=True):
    """Decided by the type of the event."""

    holds: bool


class Unknown(msgspec.Struct, frozen=True):
    """Left to user space."""

    reason: str


class Leaf(msgspec.Struct, frozen=True):
    """A test."""

    ask: Ask


class Every(msgspec.Struct, frozen=True):
    """And."""

    parts: tuple["Meaning", ...]


class Opposite(msgspec.Struct, frozen=True):
    """Not."""

    part: "Meaning"


Meaning = Fixed | Unknown | Leaf | Every | Opposite

TRUE = Fixed(holds=True)
FALSE = Fixed(holds=False)


def every(parts: Iterable[Meaning]) -> Meaning:
    """Return the meaning that holds if all of these do."""
    left = tuple(dict.fromkeys(part for part in parts if part != TRUE))
    if FALSE in left:
        return FALSE
    if len(left) == 1:
        return left[0]
    return Every(left) if left else TRUE


def opposite(part: Meaning) -> Meaning:
    """Return the meaning that holds if this doesn't."""
    match part:
        case Fixed(holds=holds):
            return FALSE if holds else TRUE
        case Unknown():
            return part
        case Opposite(part=inner):
            return inner
        case _:
            return Opposite(part)


def either(parts: Iterable[Meaning]) -> Meaning:
    """Return the meaning that holds if one of these does."""
    return opposite(every(map(opposite, parts)))


def both(*parts: Meaning) -> Meaning:
    """Return the meaning that holds if all of these do."""
    return every(parts)
