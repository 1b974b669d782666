"""
Weaken patterns until an automaton of them is small enough.

In: predicates as patterns. Out: attempts, each weaker than the one before: first as given, then
more and more of the dearest patterns cut down to a piece that every matching text has, in the end
to nothing. A weakened predicate holds of all texts that it held of, and of others.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from shikra.backends.kernel.patterns import ANY, ANYTHING, Pattern, Patterns, Step

_STAR = Step(ANY, repeats=True)
_LENGTHS = (16, 8, 4, 0)
"""Bytes of a piece: sixteen tell most texts apart, none tells nothing."""

_SMALL_BATCH = 64
"""So few of all predicates are tried first, then twice as many each time."""

_WIDE = 64
"""A step on so many bytes tells little, and behind a star it multiplies states."""


class Attempt(msgspec.Struct, frozen=True):
    """Predicates, and which of them are weaker than the attempt before had them."""

    predicates: tuple[Patterns, ...]
    changed: frozenset[int]


def shortened(predicates: Sequence[Patterns]) -> Iterator[Attempt]:
    """Yield attempts; the last one tells no text apart."""
    yield Attempt(tuple(predicates), frozenset())
    current = list(predicates)
    order = sorted(range(len(current)), key=lambda each: _dearness(current[each]), reverse=True)
    for longest in _LENGTHS:
        done, batch = 0, 1 + len(order) // _SMALL_BATCH
        while done < len(order):
            chosen = order[done : done + batch]
            changed = set()
            for each in chosen:
                weaker = tuple(dict.fromkeys(_piece(one, longest) for one in current[each]))
                if weaker != current[each]:
                    current[each] = weaker
                    changed.add(each)
            done, batch = done + batch, 2 * batch
            if changed:
                yield Attempt(tuple(current), frozenset(changed))


def _dearness(patterns: Patterns) -> tuple[int, int]:
    """Stars between other steps multiply states; the rest adds to them."""
    stars = sum(_is_wide(step) for pattern in patterns for step in pattern.steps[1:])
    return stars, sum(len(pattern.steps) for pattern in patterns)


def _piece(pattern: Pattern, longest: int) -> Pattern:
    """Return a pattern for a run of bytes that must be there, at the start if it begins there."""
    if not longest:
        return ANYTHING
    if len(pattern.steps) <= longest and not any(map(_is_wide, pattern.steps[1:])):
        return pattern
    runs = [list(run) for is_wide, run in groupby(pattern.steps, _is_wide) if not is_wide]
    starts = bool(pattern.steps) and not _is_wide(pattern.steps[0])
    if not runs:
        return ANYTHING
    if starts and (len(runs[0]) > 1 or len(runs) == 1):
        return Pattern(tuple(runs[0][:longest]), is_prefix=True)
    best = max(runs, key=len)
    return Pattern((_STAR, *best[:longest]), is_prefix=True)


def _is_wide(step: Step) -> bool:
    return step.repeats or step.bytes.bit_count() >= _WIDE
