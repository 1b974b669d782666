"""
Whether who hears of volumes alone can refuse what a rule on executions is about.

In: a rule's condition in the circuit, the types of its events. Out: an answer. It can where every
match executes a file at a place that the rule names, since that may be a volume; and where the rule
asks for nothing but that place, the container, and who created the process. By what name a program
is called, and with which arguments, whoever sees a file being opened isn't told.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from shikra.rules.ir import Atom, Both, Either, Negate, Node, Op, Read, Truth

EXECUTING = frozenset(("execve", "execveat"))
"""Calls that execute a program."""

PLACE = "proc.exepath"

_WHOLE = frozenset((Op.EQ, Op.IN, Op.PMATCH))
_CREATORS = frozenset(("proc.aname", "proc.aexepath", "proc.aexe", "proc.aargs", "proc.acmdline"))
_KNOWN = frozenset(
    (
        *(PLACE, "evt.type", "proc.entered", "proc.in_init_tree", "proc.lineage"),
        *("proc.pname", "proc.pexepath", "proc.pexe", "proc.pcmdline"),
    )
)
_OF_CONTAINERS = ("container.", "k8s.")


def is_of_volumes(nodes: Sequence[Node], root: int, kinds: frozenset[str]) -> bool:
    """Whether it can be refused by who hears which files of volumes are executed."""
    if not kinds or not kinds <= EXECUTING or root < 0:
        return False
    return _is_bound(nodes, root) and all(_is_known(atom) for atom in _atoms(nodes, root))


def _is_bound(nodes: Sequence[Node], root: int) -> bool:
    """Whether a named place follows from the condition being true."""
    if_true: list[bool] = []  # by node: whether it follows from this one being true
    if_false: list[bool] = []
    for node in nodes[: root + 1]:  # each after its parts
        match node:
            case Atom():
                if_true.append(_names_place(node))
                if_false.append(False)
            case Truth(value=value):  # from what is never so anything follows
                if_true.append(not value)
                if_false.append(value)
            case Negate(part=part):
                if_true.append(if_false[part])
                if_false.append(if_true[part])
            case Both(parts=parts):
                if_true.append(any(if_true[part] for part in parts))
                if_false.append(all(if_false[part] for part in parts))
            case Either(parts=parts):
                if_true.append(all(if_true[part] for part in parts))
                if_false.append(any(if_false[part] for part in parts))
            case _:
                assert_never(node)
    return if_true[root]


def _names_place(atom: Atom) -> bool:
    if not isinstance(atom.left, Read) or atom.left.field != PLACE:
        return False
    values = atom.right if isinstance(atom.right, tuple) else ()
    return bool(values) and all(
        isinstance(value, bytes)
        and value.startswith(b"/")
        and value != b"/"
        and (atom.op in _WHOLE or (atom.op is Op.STARTSWITH and value.endswith(b"/")))
        for value in values
    )


def _is_known(atom: Atom) -> bool:
    left = atom.left
    if not isinstance(left, Read) or not isinstance(atom.right, tuple):
        return False
    if left.field in _CREATORS:
        return left.argument != "0"  # the process itself
    return left.field in _KNOWN or left.field.startswith(_OF_CONTAINERS)


def _atoms(nodes: Sequence[Node], root: int) -> Iterable[Atom]:
    seen: set[int] = set()
    left = [root]
    while left:
        index = left.pop()
        if index in seen:
            continue
        seen.add(index)
        node = nodes[index]
        match node:
            case Atom():
                yield node
            case Negate(part=part):
                left.append(part)
            case Both(parts=parts) | Either(parts=parts):
                left += parts
            case Truth():
                pass
            case _:
                assert_never(node)
