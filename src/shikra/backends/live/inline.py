"""
Comparisons short enough to stand in the generated program itself.

In: an atom. Out: an expression over ``f``, the event's fields, or ``None`` where the function
that ``predicate`` makes is called instead. Both mean the same; this saves a call. What a rule
wrote goes through ``name``, which makes a global of it.
"""

from collections.abc import Callable

from shikra.backends.live import predicate
from shikra.rules.ir import Atom, Constants, Network, Op, Quantifier, Read

Name = Callable[[object], str]

_ORDER = {Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
_ENDS = {
    Op.STARTSWITH: "startswith",
    Op.BSTARTSWITH: "startswith",
    Op.ENDSWITH: "endswith",
}


def expression(atom: Atom, name: Name) -> str:
    """Return an expression that says whether the comparison holds."""
    left, right = atom.left, atom.right
    if isinstance(left, Read) and not left.is_list and isinstance(right, tuple):
        field = f"f[{name(left.name)}]"
        short = (
            _of_any(atom, right, field, name) if left.any_of else _of_one(atom, right, field, name)
        )
        if short is not None:
            return f"({short})"
        if not left.any_of:
            return f"((v := {field}) is not None and {name(predicate.value_test(atom))}(v))"
    return f"{name(predicate.predicate(atom))}(f)"


def _of_one(  # noqa: PLR0911  one line a shape
    atom: Atom, right: Constants, field: str, name: Name
) -> str | None:
    """Compare a single value; ``==`` and ``in`` are false of ``None`` as they stand."""
    there = f"(v := {field}) is not None"
    if atom.op is Op.EXISTS:
        return f"{field} is not None"
    if any(isinstance(constant, Network) for constant in right):
        return None
    match atom.op, atom.quantifier:
        case Op.EQ, None:
            return f"{field} == {name(right[0])}"
        case (Op.IN | Op.INTERSECTS, _) | (Op.EQ, Quantifier.ANY):
            return f"{field} in {name(frozenset(right))}"
        case (Op.NE | Op.LT | Op.LE | Op.GT | Op.GE) as op, None:
            return f"{there} and v {_ORDER[op]} {name(right[0])}"
        case (Op.STARTSWITH | Op.BSTARTSWITH | Op.ENDSWITH) as op, None | Quantifier.ANY:
            return f"{there} and v.{_ENDS[op]}({name(tuple(right))})"
        case ((Op.CONTAINS | Op.BCONTAINS), None):
            return f"{there} and {name(right[0])} in v"
        case _:
            return None


def _of_any(atom: Atom, right: Constants, field: str, name: Name) -> str | None:
    """Compare any of several values."""
    is_equality = atom.op in (Op.EQ, Op.IN, Op.INTERSECTS)
    if not is_equality or atom.quantifier not in (None, Quantifier.ANY):
        return None
    if any(isinstance(constant, Network) for constant in right):
        return None
    return f"(v := {field}) is not None and not {name(frozenset(right))}.isdisjoint(v)"
