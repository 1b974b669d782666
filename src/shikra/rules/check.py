"""
Hold comparisons against the types of their fields, and convert their constants.

In: the tree of one condition. Out: for each leaf, from left to right, the atom that it becomes
(nothing for a macro's name), and all mistakes. Macros are checked by themselves, once a source.
"""

from collections.abc import Iterator
from typing import assert_never

import msgspec
import re2

from shikra.model.value import FieldType, Value
from shikra.rules import (
    constants,
    diagnostics,
    event_types,
    ir,
    operands,
    show,
    suspicions,
    tree,
)

MAX_MISTAKES = 100
"""Of one condition: its first comparisons with mistakes are told. To find hints takes time."""

_EVERY = frozenset({ir.Op.EQ, ir.Op.NE, ir.Op.IN, ir.Op.INTERSECTS, ir.Op.EXISTS})
_ORDER = frozenset({ir.Op.LT, ir.Op.LE, ir.Op.GT, ir.Op.GE})
_TEXT = frozenset(ir.Op) - {ir.Op.BCONTAINS, ir.Op.BSTARTSWITH}
_BYTES = _EVERY | {
    *(ir.Op.CONTAINS, ir.Op.STARTSWITH, ir.Op.ENDSWITH),
    *(ir.Op.BCONTAINS, ir.Op.BSTARTSWITH),
}
_LIST = frozenset({ir.Op.IN, ir.Op.INTERSECTS, ir.Op.EXISTS})
_HEXADECIMAL = frozenset({ir.Op.BCONTAINS, ir.Op.BSTARTSWITH})
_CONSTANT_ONLY = frozenset({ir.Op.REGEX, ir.Op.PMATCH})
_BITS = 64
_NAMES = {
    FieldType.TEXT: "string",
    FieldType.BYTES: "byte buffer",
    FieldType.BOOLEAN: "boolean",
    FieldType.ADDRESS: "IP address",
    FieldType.NETWORK: "IP network",
}


class Warned(msgspec.Struct, frozen=True):
    """A mistake that doesn't stop loading."""

    code: str
    mistake: diagnostics.Mistake


class Checked(msgspec.Struct, frozen=True):
    """What became of a condition; ``atoms`` are in the order of ``tree.leaves``."""

    atoms: tuple[ir.Atom | None, ...]
    fields: frozenset[str]
    errors: tuple[diagnostics.Mistake, ...]
    warnings: tuple[Warned, ...]


def check(expr: tree.Expr, scope: operands.Scope) -> Checked:
    """Check every leaf of a condition."""
    checker = _Checker(scope)
    atoms = tuple(checker.leaf(leaf) for leaf in tree.leaves(expr))
    return Checked(atoms, frozenset(checker.fields), tuple(checker.errors), tuple(checker.warnings))


def fields_of(operand: ir.Operand) -> Iterator[str]:
    """Return the fields that an operand reads, as the catalogue knows them."""
    match operand:
        case ir.Read():
            yield operand.field
        case ir.Apply(arguments=parts) | ir.Sequence(items=parts):
            for part in parts:
                yield from fields_of(part)
        case ir.Constant():
            pass
        case _:
            assert_never(operand)


class _Checker:
    def __init__(self, scope: operands.Scope) -> None:
        self.scope = scope
        self.fields: set[str] = set()
        self.errors: list[diagnostics.Mistake] = []
        self.warnings: list[Warned] = []

    def leaf(self, leaf: tree.Leaf) -> ir.Atom | None:
        if isinstance(leaf, tree.MacroCall) or len(self.errors) >= MAX_MISTAKES:
            return None
        if len(self.errors) > diagnostics.MAX_PER_FILE and self.scope.has_hints:
            self.scope = msgspec.structs.replace(self.scope, has_hints=False)  # they take long
        try:
            left = operands.left(leaf.left, self.scope)
            self.note(left, leaf.left.at)
            self.refuse_computed_type(left, leaf)
            match leaf:
                case tree.Exists():
                    return ir.Atom(left, ir.Op.EXISTS, ())
                case tree.Compare():
                    return self.compare(leaf, left)
                case _:
                    assert_never(leaf)
        except diagnostics.MistakeError as error:
            self.errors.append(error.mistake)
            return None

    def note(self, operand: ir.Operand, at: tree.At) -> None:
        """Remember the fields that are read, and warn of those that say nothing."""
        for name in fields_of(operand):
            self.fields.add(name)
            known = self.scope.catalogue[name]
            self.warn(suspicions.of_field(known, at, "condition"))

    def warn(self, found: Iterator[suspicions.Suspicion]) -> None:
        self.warnings += (Warned(code, mistake) for code, mistake in found)

    def refuse_computed_type(self, left: ir.Operand, leaf: tree.Exists | tree.Compare) -> None:
        """Event types decide which rules are looked at, so they must be told from the text."""
        if "evt.type" not in fields_of(left):
            return
        is_computed = not isinstance(left, ir.Read)
        if isinstance(leaf, tree.Compare) and isinstance(leaf.right, tree.Field | tree.Call):
            is_computed = True
        if is_computed:
            raise _stop("evt.type can be compared with constants only", leaf.at)

    def compare(self, leaf: tree.Compare, left: ir.Read | ir.Apply) -> ir.Atom:
        kind = operands.kind(left)
        _check_operator(leaf, kind)
        match leaf.right:
            case tree.Field() | tree.Call():
                self.refuse_fixed(left, leaf.left.at)
                right = self.computed(leaf.op, leaf.right, kind)
                return ir.Atom(left, leaf.op, right, leaf.quantifier)
            case tree.Values(values=values):
                pass
            case tree.ListName(name=name, at=at):
                values = (tree.Value(name.encode(), at),)
            case tree.Value():
                values = (leaf.right,)
            case _:
                assert_never(leaf.right)
        self.warn(suspicions.of_constants(leaf, values, self.scope))
        if isinstance(left, ir.Read) and left.field == "evt.type":
            self.check_types(leaf.op, values)
        converted = self.constants(values, leaf.op, kind)
        return ir.Atom(left, leaf.op, converted, leaf.quantifier)

    def constants(
        self, values: tuple[tree.Value, ...], op: ir.Op, kind: operands.Kind
    ) -> ir.Constants:
        """Convert every constant; one mistake doesn't hide the next."""
        converted: list[Value | ir.Network] = []
        for value in values:
            try:
                converted.append(_constant(value, op, kind))
            except diagnostics.MistakeError as error:
                self.errors.append(error.mistake)
        return tuple(converted)

    def refuse_fixed(self, left: ir.Read | ir.Apply, at: tree.At) -> None:
        """Refuse fields with a comparison of their own: it knows constants only."""
        for name in fields_of(left):
            if not self.scope.catalogue[name].may_be_constant:
                raise _stop(f"field '{name}' doesn't support right-hand side fields", at)

    def computed(
        self, op: ir.Op, node: tree.Field | tree.Call, kind: operands.Kind
    ) -> ir.Read | ir.Apply:
        if op in _CONSTANT_ONLY:
            raise _stop(f"'{op.value}' compares with constants only", node.at)
        right = operands.left(node, self.scope)
        if isinstance(node, tree.Field):
            known = operands.find(node, self.scope).field
            if not known.may_be_constant:
                raise _stop(f'field "{known.name}" can\'t be compared with', node.at)
        found = operands.kind(right)
        if found != kind:
            message = f"can't compare {_describe(kind)} with {_describe(found)}"
            raise _stop(message, node.at)
        self.note(right, node.at)
        return right

    def check_types(self, op: ir.Op, values: tuple[tree.Value, ...]) -> None:
        if op not in (ir.Op.EQ, ir.Op.NE, ir.Op.IN, ir.Op.INTERSECTS):
            return
        for value in values:
            names = event_types.names(value) or frozenset()
            for name in names - self.scope.event_types:
                hint = self.scope.nearest(name, self.scope.event_types)
                mistake = diagnostics.Mistake(
                    message=f"unknown event type {name}", at=value.at, hint=hint, is_unknown=True
                )
                self.errors.append(mistake)


def _check_operator(leaf: tree.Compare, kind: operands.Kind) -> None:
    if kind.is_list:
        allowed, name = _LIST, "list"
    else:
        allowed, name = _allowed(kind.type), _NAMES.get(kind.type, "numeric")
    if leaf.op not in allowed or (kind.is_list and leaf.quantifier is not None):
        message = f"filter error: '{leaf.op.value}' operator not supported for {name} filters"
        known = [op.value for op in ir.Op if op in allowed]
        raise _stop(message, leaf.at, f"it knows {', '.join(known)}")


def _allowed(kind: FieldType) -> frozenset[ir.Op]:
    match kind:
        case FieldType.TEXT:
            return _TEXT
        case FieldType.BYTES:
            return _BYTES
        case FieldType.BOOLEAN | FieldType.ADDRESS | FieldType.NETWORK:
            return _EVERY
        case _:
            return _EVERY | _ORDER


def _constant(value: tree.Value, op: ir.Op, kind: operands.Kind) -> Value | ir.Network:
    try:
        if op in _HEXADECIMAL:
            return constants.from_hex(value.text)
        converted = constants.convert(value.text, kind.type, kind.width)
    except ValueError as error:
        raise _stop(f"{show.quoted(value.text)}: {error}", value.at) from error
    if op is ir.Op.REGEX:
        _check_regex(value)
    return converted


def _check_regex(value: tree.Value) -> None:
    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.log_errors = False
    try:
        re2.compile(value.text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        detail = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise _stop(f"invalid regular expression: {detail}", value.at) from error


def _describe(kind: operands.Kind) -> str:
    name = kind.type.value if kind.width == _BITS else f"{kind.type.value} of {kind.width} bits"
    return f"a list of {name}" if kind.is_list else name


def _stop(message: str, at: tree.At, hint: str = "", *, is_unknown: bool = False) -> Exception:
    return diagnostics.MistakeError(
        diagnostics.Mistake(message=message, at=at, hint=hint, is_unknown=is_unknown)
    )
