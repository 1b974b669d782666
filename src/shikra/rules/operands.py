"""
Hold fields and transformers against the catalogue, and give them their types.

In: an operand as written. Out: an operand of the circuit. A mistake is raised with its place:
an unknown field, an argument that is missing or too much, a transformer of the wrong thing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

import msgspec

from shikra.model import field
from shikra.model.value import FieldType
from shikra.rules import diagnostics, ir, tree

_JOINABLE = frozenset({FieldType.TEXT, FieldType.SIGNED, FieldType.UNSIGNED, FieldType.PORT})
_STRINGS = frozenset({FieldType.TEXT, FieldType.BYTES})


class Scope(msgspec.Struct, frozen=True):
    """What a rule of one source may name."""

    catalogue: field.Catalogue
    source: str
    event_types: frozenset[str]
    has_hints: bool = True

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """Return which known name was meant, unless nobody wants to hear it any more."""
        return diagnostics.nearest(name, known) if self.has_hints else ""


class Kind(msgspec.Struct, frozen=True):
    """The type of an operand."""

    type: FieldType
    is_list: bool = False
    width: int = 64  # bits of a number


def left(node: tree.Left, scope: Scope) -> ir.Read | ir.Apply:
    """Return what stands on the left side."""
    match node:
        case tree.Field():
            return read(node, scope)
        case tree.Call():
            return apply(node, scope)
        case _:
            assert_never(node)


def read(node: tree.Field, scope: Scope) -> ir.Read:
    """Return a field with its argument."""
    reference = find(node, scope)
    known = reference.field
    _check_argument(node, reference)
    return ir.Read(
        name=reference.name,
        field=known.name,
        argument=reference.argument,
        type=reference.sort.type,
        is_list=known.is_list,
        any_of=reference.any_of,
        width=reference.sort.width,
    )


def find(node: tree.Field, scope: Scope) -> field.Reference:
    """Return what the catalogue says of a field."""
    written = node.name if node.argument is None else f"{node.name}[{node.argument}]"
    reference = field.locate(scope.catalogue, written)
    if reference is None:
        hint = scope.nearest(node.name, scope.catalogue)
        raise _stop(f'unknown field "{node.name}"', node.at, hint, is_unknown=True)
    if reference.field.source not in ("", scope.source):
        message = f'unknown field "{node.name}" for source {scope.source}'
        hint = f"it is a field of source {reference.field.source}"
        raise _stop(message, node.at, hint, is_unknown=True)
    return reference


def kind(operand: ir.Operand) -> Kind:
    """Return an operand's type."""
    match operand:
        case ir.Read():
            return Kind(operand.type, operand.is_list, operand.width)
        case ir.Apply():
            return Kind(operand.type, operand.is_list)
        case ir.Constant():
            return Kind(FieldType.TEXT)
        case ir.Sequence():
            return Kind(FieldType.TEXT, is_list=True)
        case _:
            assert_never(operand)


def apply(node: tree.Call, scope: Scope) -> ir.Apply:
    """Return a transformer with its arguments."""
    arguments = tuple(_argument(argument, scope) for argument in node.arguments)
    result = _RESULTS[node.transformer](node, arguments)
    if node.index is not None and node.transformer is not ir.Transformer.GETOPT:
        name = node.transformer.value
        message = f"filter error: transformer '{name}' does not support field arguments"
        raise _stop(message, node.at)
    return ir.Apply(node.transformer, arguments, result.type, result.is_list, node.index)


def _argument(node: tree.Argument, scope: Scope) -> ir.Operand:
    match node:
        case tree.Value(text=text):
            return ir.Constant(text)
        case tree.Items(items=items):
            parts = tuple(_argument(item, scope) for item in items)
            for part, item in zip(parts, items, strict=True):
                if kind(part).is_list or kind(part).type not in _JOINABLE:
                    raise _stop("a list of arguments holds single texts or numbers", item.at)
            return ir.Sequence(parts)
        case tree.Call():
            return apply(node, scope)
        case tree.Field():
            reference = find(node, scope)
            if not reference.field.may_be_transformed:
                raise _stop(f'field "{node.name}" does not support transformers', node.at)
            return read(node, scope)
        case _:
            assert_never(node)


def _check_argument(node: tree.Field, reference: field.Reference) -> None:
    known, argument = reference.field, reference.argument
    match known.argument:
        case field.Argument.NONE if argument is not None:
            raise _stop(f'field "{known.name}" takes no argument', node.at)
        case field.Argument.REQUIRED if argument is None:
            hint = f"write {known.name}[argument]"
            raise _stop(f'field "{known.name}" needs an argument', node.at, hint)
        case _:
            pass
    if known.sorts and argument is not None and argument not in known.sorts:
        hint = diagnostics.nearest(argument, known.sorts)
        raise _stop(f'unknown event argument "{argument}"', node.at, hint)
    is_index = argument is None or (argument.isascii() and argument.isdigit())
    if known.argument_is_index and not is_index:
        raise _stop(f'the argument of field "{known.name}" must be a number', node.at)


def _same(node: tree.Call, arguments: tuple[ir.Operand, ...]) -> Kind:
    """One string in, one string out."""
    only = _only(node, arguments, _STRINGS if _is_decoder(node) else {FieldType.TEXT})
    return kind(only)


def _is_decoder(node: tree.Call) -> bool:
    return node.transformer is ir.Transformer.B64


def _length(node: tree.Call, arguments: tuple[ir.Operand, ...]) -> Kind:
    _count(node, arguments, 1)
    if not kind(arguments[0]).is_list:
        _only(node, arguments, _STRINGS)
    return Kind(FieldType.UNSIGNED)


def _join(node: tree.Call, arguments: tuple[ir.Operand, ...]) -> Kind:
    _count(node, arguments, 2)
    _text(node, arguments[0], node.arguments[0])
    _list(node, arguments[1], node.arguments[1])
    return Kind(FieldType.TEXT)


def _concatenate(node: tree.Call, arguments: tuple[ir.Operand, ...]) -> Kind:
    if len(arguments) < 2:  # noqa: PLR2004  one is no concatenation
        raise _stop("transformer 'concat' needs at least 2 arguments", node.at)
    for argument, written in zip(arguments, node.arguments, strict=True):
        _text(node, argument, written)
    return Kind(FieldType.TEXT)


def _options(node: tree.Call, arguments: tuple[ir.Operand, ...]) -> Kind:
    _count(node, arguments, 2)
    _list(node, arguments[0], node.arguments[0])
    _text(node, arguments[1], node.arguments[1])
    if node.index is None:
        return Kind(FieldType.TEXT, is_list=True)
    if len(node.index) != 1:
        raise _stop("transformer 'getopt' selects an option by one letter", node.at)
    return Kind(FieldType.TEXT)


_RESULTS: Mapping[ir.Transformer, Callable[[tree.Call, tuple[ir.Operand, ...]], Kind]] = {
    ir.Transformer.TOLOWER: _same,
    ir.Transformer.TOUPPER: _same,
    ir.Transformer.B64: _same,
    ir.Transformer.BASENAME: _same,
    ir.Transformer.LEN: _length,
    ir.Transformer.JOIN: _join,
    ir.Transformer.CONCAT: _concatenate,
    ir.Transformer.GETOPT: _options,
}


def _only(
    node: tree.Call,
    arguments: tuple[ir.Operand, ...],
    allowed: set[FieldType] | frozenset[FieldType],
) -> ir.Operand:
    _count(node, arguments, 1)
    found = kind(arguments[0]).type
    if found not in allowed or isinstance(arguments[0], ir.Sequence):
        what = "a list" if isinstance(arguments[0], ir.Sequence) else f"type '{found.value}'"
        message = f"transformer '{node.transformer.value}' does not support {what}"
        raise _stop(message, node.arguments[0].at)
    return arguments[0]


def _count(node: tree.Call, arguments: tuple[ir.Operand, ...], count: int) -> None:
    if len(arguments) != count:
        plural = "argument" if count == 1 else "arguments"
        name = node.transformer.value
        raise _stop(f"transformer '{name}' takes {count} {plural}", node.at)


def _text(node: tree.Call, argument: ir.Operand, written: tree.Argument) -> None:
    if kind(argument) != Kind(FieldType.TEXT):
        name = node.transformer.value
        raise _stop(f"transformer '{name}' wants a single text here", written.at)


def _list(node: tree.Call, argument: ir.Operand, written: tree.Argument) -> None:
    if not kind(argument).is_list:
        name = node.transformer.value
        raise _stop(f"transformer '{name}' wants a list here", written.at, "as in: (proc.name, x)")


def _stop(message: str, at: tree.At, hint: str = "", *, is_unknown: bool = False) -> Exception:
    return diagnostics.MistakeError(
        diagnostics.Mistake(message=message, at=at, hint=hint, is_unknown=is_unknown)
    )
