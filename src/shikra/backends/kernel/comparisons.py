"""
What comparisons with constants mean to the kernel.

In: a word and a comparison. Out: a ``Meaning``, which says of the word's values what
``backends.live`` says of the field's; what the kernel can't decide is unknown, with the reason.
"""

from collections.abc import Callable, Iterable
from typing import assert_never

import msgspec

from shikra.backends.kernel import networks, patterns
from shikra.backends.kernel.meaning import (
    FALSE,
    ImageText,
    Leaf,
    Meaning,
    NameText,
    Unknown,
    both,
    either,
    every,
    opposite,
)
from shikra.backends.kernel.patterns import ANYTHING, Patterns
from shikra.backends.kernel.words import (
    Address,
    Coded,
    Ends,
    Finite,
    Image,
    Name,
    Nothing,
    Number,
    Split,
    Untold,
    Word,
)
from shikra.backends.live.predicate import element_test
from shikra.model.kernel_tables import Compare, Relation
from shikra.model.value import Value
from shikra.rules.ir import Atom, Constants, Op, Quantifier, Read

_ORDERS = {Op.LT: Compare.LT, Op.LE: Compare.LE, Op.GT: Compare.GT, Op.GE: Compare.GE}
_EQUALITIES = frozenset({Op.EQ, Op.IN, Op.INTERSECTS})
_UNLISTED = b"?"

_Test = Callable[[Patterns], Meaning]


class Comparisons:
    """Says what they mean; patterns get their numbers from ``register``."""

    def __init__(self, register: Callable[[Patterns], int]) -> None:
        """Register patterns here."""
        self._register = register

    def meaning(self, word: Word, atom: Atom) -> Meaning:  # noqa: C901, PLR0911  one line a word
        """Return what a comparison means of the field that the word stands for."""
        match word:
            case Nothing():
                return FALSE
            case Untold(reason=reason):
                return Unknown(reason)
            case Image():
                return self._of_image(word, atom)
            case Name(view=view):
                return _of_text(atom, lambda found: Leaf(NameText(view, self._register(found))))
            case Number():
                return _of_number(word, atom)
            case Finite(cases=cases):
                return _of_finite(cases, atom)
            case Coded():
                return _of_coded(word, atom)
            case Address():
                return _of_address(word, atom)
            case Split(where=where, here=here, elsewhere=elsewhere):
                there = both(opposite(where), self.meaning(elsewhere, atom))
                return either((both(where, self.meaning(here, atom)), there))
            case Ends(words=words):
                return self._of_ends(words, atom)
            case _:
                assert_never(word)

    def _of_image(self, word: Image, atom: Atom) -> Meaning:
        def test(found: Patterns) -> Meaning:
            return Leaf(ImageText(word.relation, word.field, self._register(found)))

        is_one = word.relation not in (Relation.ANY, Relation.LINEAGE)
        return _of_text(atom, test) if is_one else _of_any_text(atom, test)

    def _of_ends(self, words: tuple[Word, ...], atom: Atom) -> Meaning:
        """At the two ends of a connection ``!=`` wants both to differ."""
        if atom.op is not Op.NE:
            return either(self.meaning(word, atom) for word in words)
        exists = Atom(left=atom.left, op=Op.EXISTS, right=())
        same = msgspec.structs.replace(atom, op=Op.EQ)
        return both(
            either(self.meaning(word, exists) for word in words),
            opposite(either(self.meaning(word, same) for word in words)),
        )


def _of_text(atom: Atom, test: _Test) -> Meaning:
    constants = _constants(atom)
    found = patterns.patterns(atom.op, atom.quantifier, constants)
    if found is not None:
        return test(found)
    match atom.op, atom.quantifier:
        case Op.NE, None:
            same = patterns.patterns(Op.EQ, None, constants) or ()
            return both(test((ANYTHING,)), opposite(test(same)))
        case _, (Quantifier.ALL | Quantifier.ANY) as quantifier:
            singles = [
                _of_text(msgspec.structs.replace(atom, right=(one,), quantifier=None), test)
                for one in constants
            ]
            return every(singles) if quantifier is Quantifier.ALL else either(singles)
        case op, _:
            return Unknown(f'"{op.value}" is left to user space')


def _of_any_text(atom: Atom, test: _Test) -> Meaning:
    """One of several texts must do; of a list that is to be ``in`` a set, all."""
    if isinstance(atom.left, Read) and atom.left.is_list and atom.op is Op.IN:
        return Unknown("that all creators are in a set is left to user space")
    found = patterns.patterns(atom.op, atom.quantifier, _constants(atom))
    if found is None:
        return Unknown(f'"{atom.op.value}" on several texts is left to user space')
    return test(found)


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


def _of_finite(cases: Iterable[tuple[Value, Meaning]], atom: Atom) -> Meaning:
    test = _element_test(atom)
    return either(meaning for value, meaning in cases if test(value))


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


def _of_address(word: Address, atom: Atom) -> Meaning:
    match atom.op:
        case Op.EXISTS:
            return word.exists
        case op if op in _EQUALITIES:
            return networks.within(word, _right(atom))
        case Op.NE:
            return both(word.exists, opposite(networks.within(word, _right(atom))))
        case op:
            return Unknown(f'"{op.value}" is left to user space')


def _element_test(atom: Atom) -> Callable[[Value], object]:
    if atom.op is Op.EXISTS:
        return lambda _value: True
    return element_test(atom.op, atom.quantifier, _right(atom))


def _constants(atom: Atom) -> tuple[Value, ...]:
    return _right(atom)  # type: ignore[return-value]


def _right(atom: Atom) -> Constants:
    if not isinstance(atom.right, tuple):
        raise TypeError("the right side is not known before the event")
    return atom.right
