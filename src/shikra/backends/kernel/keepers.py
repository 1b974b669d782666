"""
Which predicates of names keep a condition alive.

In: the literal of a whole condition. Out: the smallest set of predicates of which one must hold
for the condition to hold, by a guess of how many names pass; ``None`` where there is no such set.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from shikra.backends.kernel.gates import FALSE, TRUE, UNKNOWN, Gates, Literal
from shikra.backends.kernel.patterns import Pattern, Patterns
from shikra.model.kernel_tables import OfName, View

_EVEN = 0.5
_ANYWHERE = 32.0
"""How many places a name has where a pattern may stand."""

_WIDE = 64


class Keepers(msgspec.Struct, frozen=True):
    """Predicates by view and bit, and how many of all names pass one of them, guessed."""

    predicates: frozenset[tuple[View, int]]
    share: float


_NONE = Keepers(frozenset(), 0)

Known = dict[Literal, Keepers | None]


def keepers(
    gates: Gates, literal: Literal, patterns: Callable[[View, int], Patterns], known: Known
) -> Keepers | None:
    """Return what keeps a condition; ``known`` remembers it for others of the same gates."""
    known |= {TRUE: None, UNKNOWN: None, FALSE: _NONE}
    for index in sorted(gates.below([literal])):
        if index in known:
            continue
        parts = gates.parts(index)
        test = gates.asked(index)
        known[-index] = None
        if parts is not None:
            each = [one for part in parts if (one := known[part])]
            known[index] = min(each, key=lambda one: one.share, default=None)
            known[-index] = _together([known[-part] for part in parts])
        elif isinstance(test, OfName):
            share = min(1.0, sum(map(_share, patterns(test.view, test.bit))))
            known[index] = Keepers(frozenset({(test.view, test.bit)}), share)
        else:
            known[index] = None
    return known[literal]


def kept(chosen: Iterable[Mapping[int, Keepers]], view: View) -> dict[int, frozenset[int]]:
    """Return the conditions that each predicate of a view keeps, at any type of event."""
    found: dict[int, set[int]] = {}
    for of_class in chosen:
        for condition, one in of_class.items():
            for of, bit in one.predicates:
                if of is view:
                    found.setdefault(bit, set()).add(condition)
    return {bit: frozenset(conditions) for bit, conditions in found.items()}


def _together(each: list[Keepers | None]) -> Keepers | None:
    known = [one for one in each if one is not None]
    if len(known) < len(each):
        return None
    predicates = frozenset(one for kept in known for one in kept.predicates)
    return Keepers(predicates, sum(one.share for one in known))


def _share(pattern: Pattern) -> float:
    """Guess how many names match: fewer, the more bytes are told."""
    narrow = sum(step.bytes.bit_count() < _WIDE for step in pattern.steps if not step.repeats)
    is_anywhere = bool(pattern.steps) and pattern.steps[0].repeats
    return float(_EVEN**narrow) * (_ANYWHERE if is_anywhere else 1.0)
