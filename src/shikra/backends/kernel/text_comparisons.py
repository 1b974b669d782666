"""
What comparisons of texts mean, by patterns.

In: a comparison, and the test that a text matches patterns. Out: its meaning. Where the left side
is a transformer on a field, the patterns become those of the field's own text.
"""

from collections.abc import Callable

import msgspec

from shikra.backends.kernel import transformed
from shikra.backends.kernel.meaning import Meaning, Unknown, both, either, every, opposite
from shikra.backends.kernel.patterns import ANYTHING, Patterns, patterns
from shikra.rules.ir import Apply, Atom, Constants, Op, Operand, Quantifier, Read

TRANSFORMED = Unknown("this transformer is applied in user space")

_EQUALITIES = frozenset({Op.EQ, Op.IN, Op.INTERSECTS})

Test = Callable[[Patterns], Meaning]


def of_one(atom: Atom, test: Test) -> Meaning:
    """Return what a comparison of one text means."""
    constants = _constants(atom)
    found = patterns(atom.op, atom.quantifier, constants)
    if found is not None:
        return _tested(atom.left, found, test)
    match atom.op, atom.quantifier:
        case Op.NE, None:
            same = patterns(Op.EQ, None, constants) or ()
            exists = _tested(atom.left, (ANYTHING,), test)
            return both(exists, opposite(_tested(atom.left, same, test)))
        case _, (Quantifier.ALL | Quantifier.ANY) as quantifier:
            singles = [
                of_one(msgspec.structs.replace(atom, right=(one,), quantifier=None), test)
                for one in constants
            ]
            return every(singles) if quantifier is Quantifier.ALL else either(singles)
        case op, _:
            return Unknown(f'"{op.value}" is left to user space')


def of_any(atom: Atom, test: Test) -> Meaning:
    """Return what a comparison of any of several texts means; of a list, ``in`` wants all."""
    if isinstance(atom.left, Read) and atom.left.is_list and atom.op is Op.IN:
        return Unknown("that all creators are in a set is left to user space")
    found = patterns(atom.op, atom.quantifier, _constants(atom))
    if found is None:
        return Unknown(f'"{atom.op.value}" on several texts is left to user space')
    return _tested(atom.left, found, test)


def tidied(atom: Atom) -> Patterns | None:
    """Return patterns of the tidied paths of which one was written as an atom asks for."""
    if atom.op not in _EQUALITIES:
        return None
    texts = [text for text in _constants(atom) if isinstance(text, bytes)]
    return patterns(Op.IN, None, tuple(dict.fromkeys((*texts, *map(_tidy, texts)))))


def _tidy(path: bytes) -> bytes:
    """Leave out what names nothing, as the kernel's name of a path has it."""
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts) if path.startswith(b"/") else path


def _tested(operand: Operand, found: Patterns, test: Test) -> Meaning:
    """Test for patterns of an operand, on the field that it is made of."""
    match operand:
        case Read():
            return test(found)
        case Apply(transformer=transformer, arguments=(inner,)):
            earlier = transformed.before(transformer, found)
            return TRANSFORMED if earlier is None else _tested(inner, earlier, test)
        case _:
            return TRANSFORMED


def _constants(atom: Atom) -> Constants:
    if not isinstance(atom.right, tuple):
        raise TypeError("the right side is not known before the event")
    return atom.right
