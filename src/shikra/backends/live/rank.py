"""
Guesses that put cheap and selective tests first.

In: a literal of a folded circuit. Out: what evaluating it costs, in look-ups, and how likely it
holds. They only decide an order, never a result.
"""

import msgspec

from shikra.backends.live.fold import Circuit, Literal
from shikra.model.value import FieldType
from shikra.rules.ir import Atom, Both, Op, Operand, Read, Truth

_COSTS = {
    Op.EXISTS: 0.5,
    Op.EQ: 1.0,
    Op.NE: 1.0,
    Op.IN: 1.0,
    Op.INTERSECTS: 1.0,
    Op.STARTSWITH: 2.0,
    Op.ENDSWITH: 2.0,
    Op.CONTAINS: 2.0,
    Op.ICONTAINS: 4.0,
    Op.GLOB: 6.0,
    Op.IGLOB: 6.0,
    Op.PMATCH: 6.0,
    Op.REGEX: 30.0,
}
_ORDERS = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
_ORDERING = 1.0
_TRANSFORMED = 10.0
_LIKELY = 0.95
_EVEN = 0.5
_UNLIKELY = 0.05
_LEAST = 1e-6


class Guess(msgspec.Struct, frozen=True):
    """What is guessed of one literal."""

    cost: float
    chance: float

    @property
    def rank(self) -> float:
        """Smaller: earlier in an ``and``."""
        return self.cost / max(1 - self.chance, _LEAST)


class Guesses:
    """Guesses for the literals of a circuit, which may grow."""

    def __init__(self, circuit: Circuit) -> None:
        """Guess for this circuit."""
        self._circuit = circuit
        self._of_nodes: list[Guess] = []

    def __getitem__(self, literal: Literal) -> Guess:
        """Return the guess for a literal."""
        for index in range(len(self._of_nodes), abs(literal) + 1):
            self._of_nodes.append(self._guess(index))
        guess = self._of_nodes[abs(literal)]
        return guess if literal > 0 else Guess(guess.cost, 1 - guess.chance)

    def _guess(self, index: int) -> Guess:
        match self._circuit[index]:
            case Truth():
                return Guess(0, 1)
            case Atom() as atom:
                return _atom(atom)
            case Both(parts=parts):
                return _both([self[part] for part in parts])


def _both(parts: list[Guess]) -> Guess:
    cost, chance = 0.0, 1.0
    for part in sorted(parts, key=lambda part: part.rank):
        cost += chance * part.cost
        chance *= part.chance
    return Guess(cost, chance)


def _atom(atom: Atom) -> Guess:
    cost = _reading(atom.left) + _COSTS.get(atom.op, _ORDERING)
    if not isinstance(atom.right, tuple):
        return Guess(cost + _reading(atom.right), _UNLIKELY)
    if atom.op in (Op.EXISTS, Op.NE):
        return Guess(cost, _LIKELY)
    is_even = atom.op in _ORDERS or _is_boolean(atom.left)
    return Guess(cost, _EVEN if is_even else _UNLIKELY)


def _is_boolean(operand: Operand) -> bool:
    return isinstance(operand, Read) and operand.type is FieldType.BOOLEAN


def _reading(operand: Operand) -> float:
    match operand:
        case Read(is_list=False, any_of=False):
            return 1.0
        case Read():
            return 4.0
        case _:
            return _TRANSFORMED
