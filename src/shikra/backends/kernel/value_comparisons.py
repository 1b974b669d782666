"""
What comparisons of numbers, addresses and values of a closed set mean.

In: a word and a comparison. Out: its meaning.
"""

from collections.abc import Callable, Iterable
from typing import assert_never

from shikra.backends.kernel import networks
from shikra.backends.kernel.meaning import (
    FALSE,
    TRUE,
    Meaning,
    Unknown,
    both,
    either,
    opposite,
)
from shikra.backends.kernel.words import Address, Coded, Counted, Digits, Finite, Number, Single
from shikra.backends.live.predicate import element_test
from shikra.model.kernel_tables import Compare
from shikra.model.value import Value
from shikra.rules.ir import Atom, Constants, Network, Op

_ORDERS = {Op.LT: Compare.LT, Op.LE: Compare.LE, Op.GT: Compare.GT, Op.GE: Compare.GE}
_EQUALITIES = frozenset({Op.EQ, Op.IN, Op.INTERSECTS})
_PARTS = frozenset({Op.CONTAINS, Op.ICONTAINS, Op.STARTSWITH, Op.ENDSWITH})
_DECIMALS = b"-0123456789"
_UNLISTED = b"?"


def meaning(word: Single, atom: Atom) -> Meaning:
    """Return what a comparison means of the field that the word stands for."""
    match word:
        case Number():
            return _of_number(word, atom)
        case Counted(least=least):
            return _of_counted(least, atom)
        case Finite(cases=cases):
            return _of_finite(cases, atom)
        case Coded():
            return _of_coded(word, atom)
        case Digits(number=number):
            return _of_digits(number, atom)
        case Address():
            return _of_address(word, atom)
        case _:
            assert_never(word)


def _of_number(word: Number, atom: Atom) -> Meaning:  # noqa: PLR0911  one line an operator
    constants = _constants(atom)
    exists = word.test(Compare.EXISTS)
    values = tuple(value for value in constants if isinstance(value, int))
    if len(values) != len(constants):
        return Unknown("isn't compared with a number")
    possible = values if word.is_signed else tuple(value for value in values if value >= 0)
    match atom.op:
        case Op.EXISTS:
            return exists
        case op if op in _EQUALITIES:
            return _is_one_of(word, possible)
        case Op.NE:
            return both(exists, opposite(_is_one_of(word, possible)))
        case Op.LT | Op.LE | Op.GT | Op.GE as order if possible:
            return word.test(_ORDERS[order], *possible)
        case Op.GT | Op.GE:  # than a negative number
            return exists
        case Op.LT | Op.LE:
            return FALSE
        case op:
            return Unknown(f'"{op.value}" is left to user space')


def _is_one_of(word: Number, values: tuple[int, ...]) -> Meaning:
    if not values:
        return FALSE
    return word.test(Compare.EQ if len(values) == 1 else Compare.IN, *values)


def _of_counted(least: int, atom: Atom) -> Meaning:
    """Say what the least that the number can be decides."""
    values = tuple(value for value in _constants(atom) if isinstance(value, int))
    is_below = len(values) == len(_constants(atom)) and all(value < least for value in values)
    match atom.op:
        case Op.EXISTS:
            return TRUE
        case Op.EQ | Op.IN | Op.INTERSECTS | Op.LT | Op.LE if is_below:
            return FALSE
        case Op.NE | Op.GT | Op.GE if is_below:
            return TRUE
        case _:
            return Unknown("the number is counted in user space")


def _of_finite(cases: Iterable[tuple[Value, Meaning]], atom: Atom) -> Meaning:
    test = _element_test(atom)
    return either(holds for value, holds in cases if test(value))


def _of_coded(word: Coded, atom: Atom) -> Meaning:
    test = _element_test(atom)
    hits = tuple(number for name, numbers in word.listed if test(name) for number in numbers)
    if any(isinstance(text, bytes) and not text.isalpha() for text in _constants(atom)):
        listed = tuple(number for _, numbers in word.listed for number in numbers)
        rest = Unknown("numbers that have no name are left to user space")
        unlisted = both(rest, opposite(_is_one_of(word.number, listed)))
        return either((_is_one_of(word.number, hits), unlisted))
    if not test(_UNLISTED):
        return _is_one_of(word.number, hits)
    misses = (number for name, numbers in word.listed if not test(name) for number in numbers)
    return opposite(_is_one_of(word.number, tuple(misses)))


def _of_digits(number: Number, atom: Atom) -> Meaning:
    exists = number.test(Compare.EXISTS)
    values = (_decimal(text) for text in _constants(atom))
    same = _is_one_of(number, tuple(value for value in values if value is not None))
    match atom.op:
        case Op.EXISTS:
            return exists
        case op if op in _EQUALITIES:
            return same
        case Op.NE:
            return both(exists, opposite(same))
        case op if op in _PARTS and not any(map(_may_be_part, _constants(atom))):
            return FALSE
        case _:
            return Unknown("a number is compared as text in user space")


def _may_be_part(text: Value | Network) -> bool:
    """Whether a number's decimals may hold it."""
    return not isinstance(text, bytes) or all(byte in _DECIMALS for byte in text)


def _decimal(text: Value | Network) -> int | None:
    """Return the number that is written so."""
    if not isinstance(text, bytes) or not text.removeprefix(b"-").isdigit():
        return None
    number = int(text)
    return number if b"%d" % number == text else None


def _of_address(word: Address, atom: Atom) -> Meaning:
    match atom.op:
        case Op.EXISTS:
            return word.exists
        case op if op in _EQUALITIES:
            return networks.within(word, _constants(atom))
        case Op.NE:
            return both(word.exists, opposite(networks.within(word, _constants(atom))))
        case op:
            return Unknown(f'"{op.value}" is left to user space')


def _element_test(atom: Atom) -> Callable[[Value], object]:
    if atom.op is Op.EXISTS:
        return lambda _value: True
    return element_test(atom.op, atom.quantifier, _constants(atom))


def _constants(atom: Atom) -> Constants:
    if not isinstance(atom.right, tuple):
        raise TypeError("the right side is not known before the event")
    return atom.right
