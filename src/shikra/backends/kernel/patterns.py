"""
What a comparison says of a text, as patterns over bytes.

In: an operator and what a rule wrote. Out: patterns of which one must match, or ``None`` where
patterns can't say it. A pattern is a sequence of steps: one byte of a set, or any number of them.
Each means exactly what ``backends.live`` makes of the same comparison.
"""

import functools
import re
from collections.abc import Iterable, Iterator

import msgspec

from shikra.backends.live import path_tree, wildcard
from shikra.rules.ir import Constants, Op, Quantifier

Bytes = int
"""A set of bytes: bit n stands for byte n."""

ANY: Bytes = (1 << 256) - 1
_SLASH: Bytes = 1 << ord("/")
_OTHER: Bytes = ANY & ~_SLASH


class Step(msgspec.Struct, frozen=True):
    """One byte of a set, or any number of them, none included."""

    bytes: Bytes
    repeats: bool = False


class Pattern(msgspec.Struct, frozen=True):
    """Steps from the start of a text; up to its end unless what follows may be anything."""

    steps: tuple[Step, ...]
    is_prefix: bool = False


Patterns = tuple[Pattern, ...]

_STAR = Step(ANY, repeats=True)
_EXACTLY = tuple(Step(1 << byte) for byte in range(256))
_EITHER_CASE = tuple(
    Step(sum(1 << other for other in {byte, *bytes((byte,)).upper()})) for byte in range(256)
)
"""By byte in lower case."""

ANYTHING = Pattern((), is_prefix=True)
"""Matches every text."""


def patterns(op: Op, quantifier: Quantifier | None, constants: Constants) -> Patterns | None:
    """Return what matches the texts of which the comparison holds."""
    texts = [text for text in constants if isinstance(text, bytes)]
    if len(texts) != len(constants):
        return None
    is_one = len(texts) == 1 or quantifier is Quantifier.ANY or op in _SETS
    if op is Op.EXISTS:
        return (ANYTHING,)
    if op not in _SUPPORTED or not is_one:
        return None
    return tuple(dict.fromkeys(found for text in texts for found in _one(op, text)))


_SETS = frozenset({Op.IN, Op.INTERSECTS, Op.PMATCH})
_SUPPORTED = _SETS | {
    Op.EQ,
    Op.STARTSWITH,
    Op.BSTARTSWITH,
    Op.ENDSWITH,
    Op.CONTAINS,
    Op.BCONTAINS,
    Op.ICONTAINS,
    Op.GLOB,
    Op.IGLOB,
}


def _one(op: Op, text: bytes) -> Iterable[Pattern]:  # noqa: PLR0911  a table
    match op:
        case Op.STARTSWITH | Op.BSTARTSWITH:
            return (_pattern([*_literal(text), _STAR]),)
        case Op.ENDSWITH:
            return (_pattern([_STAR, *_literal(text)]),)
        case Op.CONTAINS | Op.BCONTAINS:
            return (_pattern([_STAR, *_literal(text), _STAR]),)
        case Op.ICONTAINS:
            folded = (_EITHER_CASE[byte] for byte in text.lower())
            return (_pattern([_STAR, *folded, _STAR]),)
        case Op.GLOB | Op.IGLOB:
            return (_pattern(_glob(text, ANY, ignore_case=op is Op.IGLOB)),)
        case Op.PMATCH:
            return _below(text)
        case _:
            return (_pattern(_literal(text)),)


def _literal(text: bytes) -> list[Step]:
    return [_EXACTLY[byte] for byte in text]


def _pattern(steps: Iterable[Step]) -> Pattern:
    """Leave out stars beside stars, and the last one."""
    tidy: list[Step] = []
    for step in steps:
        if not (step.repeats and tidy and tidy[-1] == step):
            tidy.append(step)
    is_prefix = tidy[-1:] == [_STAR]
    return Pattern(tuple(tidy[:-1] if is_prefix else tidy), is_prefix)


def _glob(text: bytes, any_byte: Bytes, *, ignore_case: bool = False) -> Iterator[Step]:
    star = Step(any_byte, repeats=True)
    for number, part in enumerate(wildcard.split(text)):
        if number:
            yield star
        for expression in part:
            yield Step(_matched(expression, ignore_case=ignore_case) & any_byte)


@functools.lru_cache(maxsize=1024)  # mostly letters
def _matched(expression: bytes, *, ignore_case: bool) -> Bytes:
    """Return the bytes that an expression of one byte matches."""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    matches = re.compile(expression, flags).fullmatch
    return sum(1 << byte for byte in range(256) if matches(bytes((byte,))))


def _below(text: bytes) -> Iterator[Pattern]:
    """Match a path of which these components are the first ones."""
    if not text:
        return
    components = path_tree.components(text)
    if not components:
        yield ANYTHING
        return
    steps: list[Step] = []
    for component in components:
        steps += [Step(_SLASH)] if steps else []
        steps += [Step(_SLASH, repeats=True), *_component(component)]
    yield Pattern(tuple(steps))
    yield Pattern((*steps, Step(_SLASH)), is_prefix=True)


def _component(component: bytes) -> list[Step]:
    if not path_tree.is_glob(component):
        return _literal(component)
    steps = list(_pattern(_glob(component, _OTHER)).steps)
    is_empty_enough = all(step.repeats for step in steps)
    return [Step(_OTHER), *steps] if is_empty_enough else steps
