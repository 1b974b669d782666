"""
What is left of a pattern once the beginning of a text is read.

In: patterns and bytes. Out: patterns of the rests with which the whole text matches.
"""

from collections.abc import Iterable

from shikra.backends.kernel.patterns import Bytes, Pattern


class Rests:
    """What may follow many texts; what several of them begin with is read once."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        """Read the rests of these patterns."""
        self._known: dict[bytes, frozenset[Pattern]] = {b"": frozenset(patterns)}

    def after(self, text: bytes) -> frozenset[Pattern]:
        """Return the patterns of what may follow a text."""
        found = self._known.get(text)
        if found is None:
            before = self.after(text[:-1])
            found = after_byte(before, 1 << text[-1]) if before else before
            self._known[text] = found
        return found

    def accepts(self, text: bytes) -> bool:
        """Whether a text matches."""
        return accepts(self.after(text))


def after_byte(patterns: Iterable[Pattern], byte: Bytes) -> frozenset[Pattern]:
    """Return the patterns of what may follow one byte, which is given as a set of one."""
    return frozenset(left for pattern in patterns for left in _after_byte(pattern, byte))


def accepts(patterns: Iterable[Pattern]) -> bool:
    """Whether nothing need follow."""
    return any(all(step.repeats for step in left.steps) for left in patterns)


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
