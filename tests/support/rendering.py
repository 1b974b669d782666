"""
Print what the passes of the rule language make, so that case files can hold it.

In: a condition, an output or a rule file. Out: lines of text.
"""

import msgspec

from shikra.model import event_types as types
from shikra.model import fields
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules import (
    check,
    conditions,
    diagnostics,
    event_types,
    ir,
    lower,
    operands,
    parse,
    show,
    template,
    tree,
)
from support import rulesets

SCOPE = operands.Scope(fields.CATALOGUE, "syscall", types.NAMES)


def parsed(condition: str) -> str:
    """Print the tree, or where and why there is none."""
    found = parse.parse(condition)
    return _mistake(found) if isinstance(found, diagnostics.Mistake) else show.show(found)


def checked(condition: str) -> str:
    """Print the atoms, or what is wrong with them, then the warnings."""
    found = check.check(_tree(condition), SCOPE)
    lines = [_mistake(mistake) for mistake in found.errors] or [
        _node(atom) for atom in found.atoms if atom is not None
    ]
    lines += (f"{one.code} {_mistake(one.mistake)}" for one in found.warnings)
    return "\n".join(lines)


def lowered(condition: str) -> str:
    """Print the circuit's nodes with their numbers."""
    expr = _tree(condition)
    circuit = lower.Circuit()
    root = circuit.condition(expr, check.check(expr, SCOPE).atoms, {})
    rule = msgspec.structs.replace(
        rulesets.only_rule(rulesets.rule_text("proc.pid = 1")), root=root
    )
    nodes = circuit.rule_set((rule,)).nodes
    return "\n".join(f"{index}: {_node(node)}" for index, node in enumerate(nodes))


def typed(condition: str) -> str:
    """Print the event types of a condition, as few as there are."""
    universe = frozenset({"open", "openat", "close", "execve"})
    found = event_types.of(_tree(condition), universe, {}).holds
    return " ".join(sorted(found)) if found != universe else "all"


def templated(output: str) -> str:
    """Print the parts of an output, or what is wrong with it, then the warnings."""
    found = template.compile_(output, SCOPE)
    lines = [_mistake(mistake) for mistake in found.errors] or [
        _part(part) for part in found.template
    ]
    lines += (f"{one.code} {_mistake(one.mistake)}" for one in found.warnings)
    return "\n".join(lines)


def resolved(text: str) -> str:
    """Print the resolved condition of each rule of a file, then the errors."""
    definitions = rulesets.definitions(text)
    found = conditions.parse_all(definitions)
    lines = [show.canonical(conditions.resolved(found, name)) for name in found.rules]
    errors = (*definitions.diagnostics, *found.diagnostics)
    return "\n".join(lines + [str(e) for e in errors if e.severity is Severity.ERROR])


def loaded(text: str) -> str:
    """Print what loading a file says, or that it says nothing."""
    return "\n".join(map(_said, rulesets.load(text).diagnostics)) or "nothing to say"


def _said(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.severity.value} in {diagnostic.item}: {diagnostic}"


def _tree(condition: str) -> tree.Expr:
    found = parse.parse(condition)
    assert not isinstance(found, diagnostics.Mistake), found
    return found


def _mistake(mistake: diagnostics.Mistake) -> str:
    hint = f" – {mistake.hint}" if mistake.hint else ""
    return f"{mistake.at.start}-{mistake.at.end}: {mistake.message}{hint}"


def _node(node: ir.Node) -> str:
    match node:
        case ir.Atom(op=ir.Op.EXISTS):
            return f"{_operand(node.left)} exists"
        case ir.Atom(left=left, op=op, right=right):
            word = op.value if node.quantifier is None else f"{op.value} {node.quantifier.value}"
            shown = ", ".join(map(repr, right)) if isinstance(right, tuple) else _operand(right)
            return f"{_operand(left)} {word} [{shown}]"
        case ir.Both(parts=parts):
            return f"both {', '.join(map(str, parts))}"
        case ir.Either(parts=parts):
            return f"either {', '.join(map(str, parts))}"
        case ir.Negate(part=part):
            return f"not {part}"
        case _:
            return repr(node)


def _operand(operand: ir.Operand) -> str:
    match operand:
        case ir.Read():
            kind = f"{operand.type.value}{' list' if operand.is_list else ''}"
            return f"{operand.name}:{kind}"
        case ir.Constant(value=value):
            return repr(value)
        case ir.Sequence(items=items):
            return f"[{', '.join(map(_operand, items))}]"
        case ir.Apply():
            inner = ", ".join(map(_operand, operand.arguments))
            index = "" if operand.index is None else f"[{operand.index}]"
            return f"{operand.transformer.value}({inner}){index}"


def _part(part: str | ir.Placeholder) -> str:
    if isinstance(part, str):
        return repr(part)
    width = f" width {part.width}" if part.width else ""
    return f"{part.name} = {_operand(part.operand)}{width}"
