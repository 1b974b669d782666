"""
Patterns of command lines, in which the kernel keeps arguments apart by NULs.

In: patterns of a line as rules see it, joined by blanks, or of one argument. Out: patterns of the
line as it is. No argument holds a NUL.
"""

from collections.abc import Iterator

from shikra.backends.kernel.patterns import ANY, Bytes, Pattern, Patterns, Step

_NUL: Bytes = 1
_BLANK: Bytes = 1 << ord(" ")
_OTHER: Bytes = ANY & ~_NUL
_END = Step(_NUL)


def joined(found: Patterns) -> Patterns:
    """Return the patterns of lines that match when they are joined by blanks."""
    return tuple(
        Pattern(
            tuple(Step(_as_blank(step.bytes), step.repeats) for step in one.steps), one.is_prefix
        )
        for one in found
    )


def with_argument(index: int, found: Patterns) -> Patterns:
    """Return the patterns of lines whose argument at an index matches."""
    before = (Step(_OTHER, repeats=True), _END) * index
    return tuple(line for one in found for line in _with_argument(before, one))


def _with_argument(before: tuple[Step, ...], one: Pattern) -> Iterator[Pattern]:
    steps = (Step(step.bytes & _OTHER, step.repeats) for step in one.steps)
    line = (*before, *(step for step in steps if step.bytes or not step.repeats))
    yield Pattern(line, one.is_prefix)
    if not one.is_prefix:
        yield Pattern((*line, _END), is_prefix=True)


def _as_blank(members: Bytes) -> Bytes:
    """Make a NUL what a blank is."""
    return members | _NUL if members & _BLANK else members & ~_NUL
