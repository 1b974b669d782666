"""
Write comparisons of the circuit for people.

In: an atom, or a constant. Out: text much like a rule's, its constants as they were converted;
of a long list the first.
"""

import ipaddress
from typing import assert_never

from shikra.model.value import FieldType, Value
from shikra.rules import ir, show

_MOST = 8
_SIZES = (4, 16)
_ADDRESSES = frozenset({FieldType.ADDRESS, FieldType.NETWORK})


def atom(node: ir.Atom) -> str:
    """Write a comparison."""
    left = operand(node.left)
    if node.op is ir.Op.EXISTS:
        return f"{left} exists"
    word = node.op.value if node.quantifier is None else f"{node.op.value} {node.quantifier.value}"
    if not isinstance(node.right, tuple):
        return f"{left} {word} {operand(node.right)}"
    kind = node.left.type if isinstance(node.left, ir.Read | ir.Apply) else FieldType.TEXT
    is_list = node.quantifier is not None or node.op in (
        ir.Op.IN,
        ir.Op.INTERSECTS,
        ir.Op.PMATCH,
    )
    return f"{left} {word} {several(node.right, kind) if is_list else one(node.right[0], kind)}"


def several(constants: ir.Constants, kind: FieldType) -> str:
    """Write a list, or how it begins."""
    shown = [one(constant, kind) for constant in constants[:_MOST]]
    rest = len(constants) - _MOST
    return f"({', '.join([*shown, f'… {rest} more'] if rest > 0 else shown)})"


def one(constant: Value | ir.Network, kind: FieldType) -> str:
    """Write a constant."""
    match constant:
        case ir.Network(base=base, prefix=prefix):
            return f"{ipaddress.ip_address(base)}/{prefix}"
        case bytes() if kind in _ADDRESSES and len(constant) in _SIZES:
            return str(ipaddress.ip_address(constant))
        case bytes():
            return show.quoted(constant)
        case bool():
            return "true" if constant else "false"
        case _:
            return str(constant)


def operand(node: ir.Operand) -> str:
    """Write a field or transformer."""
    match node:
        case ir.Read(name=name):
            return name
        case ir.Constant(value=value):
            return one(value, FieldType.TEXT)
        case ir.Sequence(items=items):
            return f"({', '.join(map(operand, items))})"
        case ir.Apply(transformer=transformer, arguments=arguments, index=index):
            chosen = "" if index is None else f"[{index}]"
            return f"{transformer.value}({', '.join(map(operand, arguments))}){chosen}"
        case _:
            assert_never(node)
