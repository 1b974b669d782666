"""
Patterns of a text by patterns of what a transformer makes of it.

In: a transformer and patterns. Out: the patterns of all texts that it makes match, or ``None``
where patterns can't say it. ASCII alone has two cases, as in ``backends.live``.
"""

import functools
from collections.abc import Callable, Iterator, Mapping

from shikra.backends.kernel.patterns import ANY, ANYTHING, Bytes, Pattern, Patterns, Step
from shikra.rules.ir import Transformer

_SLASH: Bytes = 1 << ord("/")
_OTHER: Bytes = ANY & ~_SLASH
_STAR = Step(ANY, repeats=True)


def before(transformer: Transformer, patterns: Patterns) -> Patterns | None:
    """Return the patterns of the texts from which the transformer makes one that matches."""
    inverse = _INVERSES.get(transformer)
    return None if inverse is None else tuple(one for each in patterns for one in inverse(each))


def _lowered(pattern: Pattern) -> Iterator[Pattern]:
    yield _folded(pattern, bytes.lower)


def _raised(pattern: Pattern) -> Iterator[Pattern]:
    yield _folded(pattern, bytes.upper)


def _folded(pattern: Pattern, fold: Callable[[bytes], bytes]) -> Pattern:
    steps = (Step(_made_by(fold, step.bytes), step.repeats) for step in pattern.steps)
    return Pattern(tuple(steps), pattern.is_prefix)


@functools.lru_cache(maxsize=1024)  # mostly letters
def _made_by(fold: Callable[[bytes], bytes], members: Bytes) -> Bytes:
    """Return the bytes that are folded into one of these."""
    return sum(1 << byte for byte in range(256) if members >> fold(bytes((byte,)))[0] & 1)


def _last_part(pattern: Pattern) -> Iterator[Pattern]:
    """Match what follows the last slash, if there is one, with no slash in it."""
    if pattern == ANYTHING:
        yield pattern
        return
    steps = [Step(step.bytes & _OTHER, step.repeats) for step in pattern.steps]
    steps += [Step(_OTHER, repeats=True)] if pattern.is_prefix else []
    steps = [step for step in steps if step.bytes or not step.repeats]
    if all(step.bytes for step in steps):
        yield Pattern(tuple(steps))
        yield Pattern((_STAR, Step(_SLASH), *steps))


_INVERSES: Mapping[Transformer, Callable[[Pattern], Iterator[Pattern]]] = {
    Transformer.TOLOWER: _lowered,
    Transformer.TOUPPER: _raised,
    Transformer.BASENAME: _last_part,
}
