"""
What is left of a pattern once the beginning of a text is read.

In: patterns and bytes. Out: patterns of the rests with which the whole text matches.
"""

from collections.abc import Iterable

from shikra.backends.kernel.patterns import Bytes, Pattern, Patterns


def after(patterns: Iterable[Pattern], text: bytes) -> Patterns:
    """Return the patterns of what may follow a text."""
    left = frozenset(patterns)
    for byte in text:
        left = after_byte(left, 1 << byte)
    return tuple(left)


def after_byte(patterns: Iterable[Pattern], byte: Bytes) -> frozenset[Pattern]:
    """Return the patterns of what may follow one byte, which is given as a set of one."""
    return frozenset(left for pattern in patterns for left in _after_byte(pattern, byte))


def accepts(patterns: Iterable[Pattern], text: bytes = b"") -> bool:
    """Whether a text matches."""
    return any(all(step.repeats for step in left.steps) for left in after(patterns, text))


def _after_byte(pattern: Pattern, byte: Bytes) -> Iterable[Pattern]:
    if not pattern.steps and pattern.is_prefix:
        yield pattern
    for at, step in enumerate(pattern.steps):
        if step.bytes & byte:
            rest = pattern.steps[at if step.repeats else at + 1 :]
            yield Pattern(rest, pattern.is_prefix)
        if not step.repeats:
            return
        if at + 1 == len(pattern.steps) and pattern.is_prefix:
            yield Pattern((), is_prefix=True)
