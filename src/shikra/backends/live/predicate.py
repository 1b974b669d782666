"""
An atom as a function from an event's fields to bool: here it stands what a comparison means.

A comparison with a missing value is false whatever the operator, so its negation is true. On a
list ``in`` wants all elements, ``intersects`` any. On a field that stands for any of several
values one of them must do; at the two ends of a connection ``!=`` wants both to differ.
"""

from collections.abc import Callable, Iterable
from typing import assert_never

from shikra.backends.live import compare, prefixes
from shikra.backends.live.operands import Reading, reading
from shikra.model.event import Fields
from shikra.model.value import FieldType, Value
from shikra.rules.ir import Apply, Atom, Constants, Op, Operand, Quantifier, Read

Predicate = Callable[[Fields], bool]

_ENDS = frozenset({FieldType.ADDRESS, FieldType.NETWORK, FieldType.PORT})


def predicate(atom: Atom) -> Predicate:
    """Return the function that says whether the comparison holds."""
    left = reading(atom.left)
    if not isinstance(atom.right, tuple):
        return _against_operand(atom, left, atom.right)
    test = value_test(atom)

    def holds(fields: Fields) -> bool:
        """Compare, if there is something to compare."""
        value = left(fields)
        return value is not None and bool(test(value))

    return holds


def value_test(atom: Atom) -> compare.Test:
    """Return what an atom on constants says of a left side that has a value."""
    if not isinstance(atom.right, tuple):
        raise TypeError("the right side is not known before the event")
    if atom.op is Op.EXISTS:
        return lambda _value: True
    return over(atom, element_test(atom.op, atom.quantifier, atom.right))


def element_test(op: Op, quantifier: Quantifier | None, constants: Constants) -> compare.Test:
    """Return what an operator and its right side say of one value."""
    match op, quantifier:
        case (Op.IN | Op.INTERSECTS, _) | (Op.EQ, Quantifier.ANY):
            return compare.among(constants)
        case Op.PMATCH, _:
            return prefixes.matcher(text for text in constants if isinstance(text, bytes))
        case _, None:
            return compare.single(op, constants[0])
        case _:
            tests = tuple(compare.single(op, constant) for constant in constants)
            return _quantified(quantifier, tests)


def over(atom: Atom, test: compare.Test) -> compare.Test:
    """Return the test on what the left side holds: one value, a list, any of several."""
    match atom.left:
        case Read(any_of=True, type=kind):
            wants_all = atom.op is Op.NE and kind in _ENDS
            return (lambda values: all(map(test, values))) if wants_all else _any(test)
        case Read(is_list=True) | Apply(is_list=True):
            return (lambda values: all(map(test, values))) if atom.op is Op.IN else _any(test)
        case _:
            return test


def _any(test: compare.Test) -> compare.Test:
    return lambda values: any(map(test, values))


def _quantified(quantifier: Quantifier, tests: tuple[compare.Test, ...]) -> compare.Test:
    """Say how many of the tests must hold; of no tests none does."""
    match quantifier:
        case Quantifier.ONE:
            return lambda value: sum(bool(test(value)) for test in tests) == 1
        case Quantifier.ANY:
            return _one_at_least(tests)
        case Quantifier.ALL:
            return lambda value: bool(tests) and all(test(value) for test in tests)
        case _:
            assert_never(quantifier)


def _one_at_least(tests: tuple[compare.Test, ...]) -> compare.Test:
    """Make a loop: ``any`` would build a generator for each value."""

    def test_all(value: Value) -> bool:
        for test in tests:  # noqa: SIM110  as said
            if test(value):
                return True
        return False

    return test_all


def _against_operand(atom: Atom, left: Reading, operand: Operand) -> Predicate:
    """Compare two sides that are both read from the event."""
    right = reading(operand)
    of_two = _pair(atom.op, atom.quantifier)

    def holds(fields: Fields) -> bool:
        """Compare, if both sides are there."""
        mine, other = left(fields), right(fields)
        if mine is None or other is None:
            return False
        return bool(over(atom, lambda value: of_two(value, other))(mine))

    return holds


def _pair(op: Op, quantifier: Quantifier | None) -> compare.Pair:
    if op in (Op.IN, Op.INTERSECTS):
        return lambda value, others: value in _elements(others)
    if op is Op.PMATCH or quantifier is not None:
        return lambda value, others: element_test(op, quantifier, tuple(_elements(others)))(value)
    return compare.pair(op)


def _elements(value: Value) -> Iterable[Value]:
    return value if isinstance(value, tuple) else (value,)
