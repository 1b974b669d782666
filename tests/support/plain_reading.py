"""
The plainest reading of a circuit: what every backend is held against.

It evaluates everything, in order, with the words of the language's description, and shares no
code with what it checks.
"""

import re

from shikra.model.event import Fields
from shikra.model.value import Value
from shikra.rules.ir import Atom, Both, Either, Negate, Network, Node, Op, Quantifier, Truth


def holds(nodes: tuple[Node, ...], node: Node, fields: Fields) -> bool:
    """Say whether a node holds."""
    match node:
        case Truth(value=value):
            return value
        case Negate(part=part):
            return not holds(nodes, nodes[part], fields)
        case Both(parts=parts):
            return all(holds(nodes, nodes[part], fields) for part in parts)
        case Either(parts=parts):
            return any(holds(nodes, nodes[part], fields) for part in parts)
        case Atom():
            return _compares(node, fields)


def _compares(comparison: Atom, fields: Fields) -> bool:
    value = fields[comparison.left.name]  # type: ignore[union-attr]
    if isinstance(comparison.right, tuple):
        right = comparison.right
    else:
        right = (fields[comparison.right.name],)  # type: ignore[union-attr, assignment]
        if right == (None,):
            return False
    if value is None or value == ():
        return False
    if comparison.op is Op.EXISTS:
        return True
    left = comparison.left
    several = value if isinstance(value, tuple) else (value,)
    holds = [_of_value(comparison, element, right) for element in several]
    if (left.is_list and comparison.op is Op.IN) or (  # type: ignore[union-attr]
        left.name in ("fd.ip", "fd.net") and comparison.op is Op.NE  # type: ignore[union-attr]
    ):
        return all(holds)
    return any(holds)


def _of_value(comparison: Atom, value: Value, right: tuple[object, ...]) -> bool:
    holds = [_of_pair(comparison.op, value, constant) for constant in right]
    if comparison.op in (Op.IN, Op.INTERSECTS, Op.PMATCH):
        return any(holds)
    match comparison.quantifier:
        case None:
            return holds[0]
        case Quantifier.ONE:
            return holds.count(True) == 1
        case Quantifier.ANY:
            return any(holds)
        case Quantifier.ALL:
            return bool(holds) and all(holds)


def _of_pair(op: Op, value: object, constant: object) -> bool:
    if isinstance(constant, Network):
        assert isinstance(value, bytes)
        inside = len(value) == len(constant.base) and _bits(value, constant) == _bits(
            constant.base, constant
        )
        return inside if op is not Op.NE else not inside
    if isinstance(value, bytes) and isinstance(constant, bytes):
        return _of_texts(op, value, constant)
    plain = {
        Op.EQ: value == constant,
        Op.IN: value == constant,
        Op.INTERSECTS: value == constant,
        Op.NE: value != constant,
    }
    if op in plain:
        return plain[op]
    assert isinstance(value, int)
    assert isinstance(constant, int)
    order = {Op.LT: value < constant, Op.LE: value <= constant, Op.GT: value > constant}
    return order.get(op, value >= constant)


def _of_texts(op: Op, value: bytes, constant: bytes) -> bool:
    return {
        Op.EQ: value == constant,
        Op.IN: value == constant,
        Op.INTERSECTS: value == constant,
        Op.NE: value != constant,
        Op.LT: value < constant,
        Op.GE: value >= constant,
        Op.CONTAINS: value.find(constant) >= 0,
        Op.ICONTAINS: value.lower().find(constant.lower()) >= 0,
        Op.STARTSWITH: value[: len(constant)] == constant,
        Op.ENDSWITH: constant == b"" or value[-len(constant) :] == constant,
        Op.GLOB: _globs(constant, value),
        Op.IGLOB: _globs(constant.lower(), value.lower()),
        Op.PMATCH: _is_below(constant, value),
    }[op]


def _globs(pattern: bytes, text: bytes) -> bool:
    """Match a pattern of stars, question marks and letters."""
    expression = re.escape(pattern).replace(rb"\*", b".*").replace(rb"\?", b".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _is_below(pattern: bytes, path: bytes) -> bool:
    wanted = [part for part in pattern.split(b"/") if part]
    given_ = [part for part in path.split(b"/") if part]
    if not pattern or len(wanted) > len(given_):
        return False
    return all(_globs(one, other) for one, other in zip(wanted, given_, strict=False))


def _bits(address: bytes, network: Network) -> str:
    return "".join(f"{byte:08b}" for byte in address)[: network.prefix]
