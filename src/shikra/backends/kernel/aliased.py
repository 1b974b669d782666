"""
The other spellings of a path, in the patterns themselves.

In: patterns of a view. Out: the patterns of all texts that match, or of which another spelling by
``model.aliases`` does. A rule is evaluated for each spelling by itself, so where there are several
the kernel knows only that a predicate may hold. It doesn't ask whose directory in ``/proc`` is
meant: any number may be the process's own.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from shikra.backends.kernel.patterns import ANYTHING, Pattern, Patterns, Step
from shikra.backends.kernel.residual import Rests, accepts, after_byte
from shikra.model import aliases
from shikra.model.kernel_tables import View

_PROC = b"/proc/"
_SELF = b"self"
_DIGITS = b"0123456789"
_DIGIT = sum(1 << digit for digit in _DIGITS)
_NUMBER = (Step(_DIGIT), Step(_DIGIT, repeats=True))
_PAIRS = tuple(pair for one, other in aliases.PREFIXES for pair in ((one, other), (other, one)))
"""What is read, and what it stands for."""

Steps = tuple[Step, ...]


def with_aliases(view: View, patterns: Patterns) -> Patterns | None:
    """Return the patterns of all spellings; ``None`` if there are no others."""
    more = [one for one in dict.fromkeys(_OF_VIEWS[view](patterns)) if one not in patterns]
    return (*patterns, *more) if more else None


@functools.cache
def has_aliases(view: View) -> Patterns:
    """Return the patterns of the texts that have several spellings."""
    if view is View.FILENAME:
        names = (here for here, there in _PAIRS if _last(here) != _last(there))
        return (_whole(_SELF), Pattern(_NUMBER), *_whole_each(map(_last, names)))
    starts = [*(_literal(here) for here, _ in _PAIRS), _literal(_PROC + _SELF)]
    starts.append((*_literal(_PROC), *_NUMBER))
    below = (Pattern((*steps, *_literal(b"/")), is_prefix=True) for steps in starts)
    above = _whole_each(_parent(here) for here, _ in _PAIRS) if view is View.DIRECTORY else ()
    return tuple(dict.fromkeys((*map(Pattern, starts), *below, *above)))


def _of_path(patterns: Patterns) -> Iterator[Pattern]:
    near = tuple(filter(_is_near, patterns))
    more = tuple(_by_prefix(near))
    yield from more
    yield from _by_process((*near, *more))


def _of_directory(patterns: Patterns) -> Iterator[Pattern]:
    near = tuple(filter(_is_near, patterns))
    more = (*_by_prefix(near), *_by_end(patterns, _parent))
    yield from more
    yield from _by_process((*near, *more))


def _of_last(patterns: Patterns) -> Iterator[Pattern]:
    more = tuple(_by_end(patterns, _last))
    yield from more
    every = (*patterns, *more)
    numbers = _after_numbers(every)
    if any(map(accepts, numbers)):
        yield _whole(_SELF)
    if Rests(every).accepts(_SELF):
        yield Pattern(_NUMBER)


def _by_prefix(patterns: Patterns) -> Iterator[Pattern]:
    """Yield patterns of what is below one prefix, and matches below its partner."""
    rests = Rests(patterns)
    for here, there in _PAIRS:
        for rest in rests.after(there + b"/") - rests.after(here + b"/"):
            yield _joined(_literal(here + b"/"), rest)
        if rests.accepts(there) and not rests.accepts(here):
            yield _whole(here)


def _by_end(patterns: Patterns, part: Callable[[bytes], bytes]) -> Iterator[Pattern]:
    """Yield what this part of a prefix itself is, where the same part of its partner matches."""
    rests = Rests(patterns)
    for here, there in _PAIRS:
        if rests.accepts(part(there)) and not rests.accepts(part(here)):
            yield _whole(part(here))


def _by_process(patterns: Patterns) -> Iterator[Pattern]:
    """Yield patterns of what is below a process's own directory, by its other name."""
    own = _PROC + _SELF
    rests = Rests(patterns)
    below_own = rests.after(own + b"/")
    numbers = _after_numbers(rests.after(_PROC))
    below = [Rests(number).after(b"/") for number in numbers]
    for rest in frozenset[Pattern]().union(*below).difference(below_own):
        yield _joined(_literal(own + b"/"), rest)
    if any(map(accepts, numbers)) and not rests.accepts(own):
        yield _whole(own)
    number_steps = (*_literal(_PROC), *_NUMBER)
    for rest in below_own:
        if not all(rest in each for each in below):
            yield _joined((*number_steps, *_literal(b"/")), rest)
    if rests.accepts(own) and not all(map(accepts, numbers)):
        yield Pattern(number_steps)


def _after_numbers(patterns: Iterable[Pattern]) -> list[frozenset[Pattern]]:
    """Return what may follow a number, for each number that makes a difference."""
    found: dict[frozenset[Pattern], None] = {}
    pending = [frozenset(patterns)]
    while pending:
        left = pending.pop()
        for digit in _DIGITS:
            further = after_byte(left, 1 << digit)
            if further not in found:
                found[further] = None
                pending.append(further)
    return list(found)


_OF_VIEWS: Mapping[View, Callable[[Patterns], Iterable[Pattern]]] = {
    View.PATH: _of_path,
    View.DIRECTORY: _of_directory,
    View.FILENAME: _of_last,
    View.TARGET: lambda _patterns: (),
}


def _literal(text: bytes) -> Steps:
    return tuple(Step(1 << byte) for byte in text)


_STARTS = tuple(
    dict.fromkeys(_literal(here[:3]) for here in (*(here for here, _ in _PAIRS), _PROC))
)


def _is_near(pattern: Pattern) -> bool:
    """Whether something that has another spelling may match."""
    if pattern == ANYTHING:
        return False
    begin = pattern.steps[:3]
    if len(begin) < len(_STARTS[0]) or any(step.repeats for step in begin):
        return True
    return any(
        all(step.bytes & other.bytes for step, other in zip(begin, start, strict=True))
        for start in _STARTS
    )


def _joined(steps: Steps, rest: Pattern) -> Pattern:
    return Pattern((*steps, *rest.steps), rest.is_prefix)


def _whole(text: bytes) -> Pattern:
    return Pattern(_literal(text))


def _whole_each(texts: Iterable[bytes]) -> Patterns:
    return tuple(_whole(text) for text in dict.fromkeys(texts))


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0] or b"/"


def _last(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]
