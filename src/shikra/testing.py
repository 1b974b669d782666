"""
Try conditions and outputs from Python: what a rule's author needs to test a rule.

In: a condition or an output as a rule writes it, and fields with types by their upstream names:
``{"proc.name": ("CHARBUF", "cat"), "fd.types": ("CHARBUF", ["file", "ipv4"])}``; ``None`` is a
value that is missing. Out: what Shikra makes of it, by the code that evaluates rules. Whatever is
wrong raises ``shikra.RuleError``, which tells all that is. Macros and lists stand in rule files,
which ``shikra rules test`` tests; here there are none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.backends.live import fold, generate, render
from shikra.model import event_types as types
from shikra.model.diagnostic import Diagnostic, RuleError, Severity
from shikra.model.event import Event
from shikra.model.field import Argument, Catalogue, Field, Filled, Reference, Sort, Stage, locate
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType, Value
from shikra.rules import check, diagnostics, ir, lower, macros, operands, show, template, tree
from shikra.rules import event_types as typing
from shikra.rules import parse as parsing
from shikra.rules import text as texts
from shikra.sources.replay import convert

__all__ = ["TYPES", "Single", "Typed", "evaluate", "event_types", "format", "parse"]

Single = str | bytes | int | float | bool | None
Typed = tuple[str, Single | Sequence[Single]]
"""A type by its upstream name, and a value or a list of values."""

TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(("CHARBUF", "STRING", "FSPATH", "FSRELPATH"), FieldType.TEXT),
    **dict.fromkeys(("CHARBUFARRAY", "CHARBUF_PAIR_ARRAY"), FieldType.TEXT),
    **dict.fromkeys(("BYTEBUF", "SOCKADDR", "SOCKTUPLE", "FDLIST"), FieldType.BYTES),
    **dict.fromkeys(("INT8", "INT16", "INT32", "INT64"), FieldType.SIGNED),
    **dict.fromkeys(("ERRNO", "FD", "FD32", "PID", "PID32"), FieldType.SIGNED),
    **dict.fromkeys(("UINT8", "UINT16", "UINT32", "UINT64"), FieldType.UNSIGNED),
    **dict.fromkeys(("FLAGS8", "FLAGS16", "FLAGS32"), FieldType.UNSIGNED),
    **dict.fromkeys(("ENUMFLAGS8", "ENUMFLAGS16", "ENUMFLAGS32"), FieldType.UNSIGNED),
    **dict.fromkeys(("UID", "GID", "MODE", "SYSCALLID", "SIGTYPE"), FieldType.UNSIGNED),
    **dict.fromkeys(("SIGSET", "L4PROTO", "SOCKFAMILY"), FieldType.UNSIGNED),
    **dict.fromkeys(("IPADDR", "IPV4ADDR", "IPV6ADDR"), FieldType.ADDRESS),
    **dict.fromkeys(("IPNET", "IPV4NET", "IPV6NET"), FieldType.NETWORK),
    "BOOL": FieldType.BOOLEAN,
    "DOUBLE": FieldType.DOUBLE,
    "PORT": FieldType.PORT,
    "RELTIME": FieldType.RELATIVE_TIME,
    "ABSTIME": FieldType.ABSOLUTE_TIME,
}
"""Upstream's names of types; ``DYN`` is one more: as the value looks."""

_BITS = re.compile(r"(?:8|16|32)$")
_WIDTHS: Mapping[str, int] = {
    **dict.fromkeys(("UID", "GID", "MODE", "SIGSET"), 32),
    **dict.fromkeys(("SIGTYPE", "L4PROTO", "SOCKFAMILY"), 8),
    "SYSCALLID": 16,
}

_COMPILE = "LOAD_ERR_COMPILE_CONDITION"
_OUTPUT = "LOAD_ERR_COMPILE_OUTPUT"
_UNDEFINED = "LOAD_ERR_VALIDATE"
_VALUE = "SHIKRA_TEST_VALUE"
_OF_ANY_SOURCE = {
    name: msgspec.structs.replace(field, source="") for name, field in CATALOGUE.items()
}


def parse(condition: str) -> str:
    """Return a condition as Falco prints it; fields and macros needn't be known."""
    return show.canonical(_tree(condition))


def event_types(condition: str) -> frozenset[str]:
    """
    Return the types of event with which a condition may hold, of all that Falco knows.

    Only tests of ``evt.type`` are checked; what other fields and macros are isn't asked.
    """
    expr = _tree(condition)
    for leaf in tree.leaves(expr):
        if not isinstance(leaf, tree.MacroCall) and "evt.type" in _names(leaf.left):
            _checked(condition, leaf, _OF_ANY_SOURCE)
    return typing.of(expr, types.NAMES, {}).holds


def evaluate(condition: str, fields: Mapping[str, Typed]) -> bool:
    """Say whether a condition holds of an event with these fields; others have no value."""
    catalogue, event = _declared(fields)
    expr = _tree(condition)
    atoms = _checked(condition, expr, catalogue)
    circuit = lower.Circuit()
    root = circuit.condition(expr, atoms, {})
    folded = fold.Circuit()
    literal = folded.fold(circuit.nodes, {}, [root])[root]
    return bool(generate.Generator(folded).matcher({literal: (0,)})(event.fields))


def format(template: str, fields: Mapping[str, Typed]) -> str:  # noqa: A001  as users know it
    """Return what a rule's output prints; a leading ``*``, as Falco's formatter has it, is none."""
    catalogue, event = _declared(fields)
    output = template.removeprefix("*")
    compiled = _compiled(output, catalogue)
    return render.render(compiled.template, event)


def _compiled(output: str, catalogue: Catalogue) -> template.Compiled:
    found = template.compile_(output, _scope(catalogue))
    _refuse(_OUTPUT, output, found.errors)
    return found


def _tree(condition: str) -> tree.Expr:
    found = parsing.parse(condition)
    if isinstance(found, diagnostics.Mistake):
        raise _error(_COMPILE, condition, [found])
    return found


def _names(operand: tree.Argument) -> Iterator[str]:
    """Return the fields that an operand reads."""
    match operand:
        case tree.Field(name=name):
            yield name
        case tree.Call(arguments=parts) | tree.Items(items=parts):
            for part in parts:
                yield from _names(part)
        case tree.Value():
            pass
        case _:
            assert_never(operand)


def _checked(condition: str, expr: tree.Expr, catalogue: Catalogue) -> tuple[ir.Atom | None, ...]:
    _refuse(_UNDEFINED, condition, macros.undefined(macros.calls(expr), {}))
    found = check.check(expr, _scope(catalogue))
    _refuse(_COMPILE, condition, found.errors)
    return found.atoms


def _scope(catalogue: Catalogue) -> operands.Scope:
    return operands.Scope(catalogue, "", types.NAMES)


def _declared(fields: Mapping[str, Typed]) -> tuple[Catalogue, Event]:
    """Return a catalogue that has these fields, and an event that has their values."""
    catalogue = dict(_OF_ANY_SOURCE)
    event = Event("", "", 0, {})
    problems: list[Diagnostic] = []
    for name, (type_name, raw) in fields.items():
        kind = _looks_like(raw) if type_name == "DYN" else TYPES.get(type_name)
        if kind is None:
            hint = diagnostics.nearest(type_name, TYPES)
            problems.append(_problem(f'{name}: unknown type "{type_name}"', hint))
            continue
        sort = Sort(kind, _width(type_name))
        reference = _declare(catalogue, name, sort, is_list=_is_several(raw))
        try:
            value = _value(reference, kind, raw)
        except convert.ConversionError as error:
            problems.append(_problem(f"{name}: expected {error}, found {raw!r}"))
        else:
            event.fields[reference.name] = event.fields[name] = value
    if problems:
        raise RuleError(tuple(problems))
    return catalogue, event


def _declare(catalogue: dict[str, Field], name: str, sort: Sort, *, is_list: bool) -> Reference:
    """Make a field known by its type; what else the catalogue says of it stays."""
    base = name.partition("[")[0]
    known = locate(catalogue, name)
    if known is None:
        catalogue[base] = _field(base, sort.type)
        known = Reference(catalogue[base], name[len(base) + 1 :].removesuffix("]") or None)
    field = msgspec.structs.replace(
        known.field,
        type=sort.type,
        width=sort.width,
        sorts={},
        is_list=known.field.is_list or (is_list and not known.any_of),
    )
    catalogue[field.name] = field
    if base == name != field.name:  # evt.arg.name: each argument has a type of its own
        catalogue[name] = msgspec.structs.replace(
            field, name=name, argument=Argument.NONE, argument_may_follow_dot=False
        )
    return Reference(field, known.argument)


def _width(type_name: str) -> int:
    """Return how many bits a number of a type has."""
    if type_name in _WIDTHS:
        return _WIDTHS[type_name]
    bits = _BITS.search(type_name)
    return int(bits[0]) if bits else Sort(FieldType.UNSIGNED).width


def _field(name: str, kind: FieldType) -> Field:
    """Return a field that only this test knows."""
    return Field(
        name=name,
        type=kind,
        stage=Stage.EVENT,
        source="",
        filled=Filled.KERNEL,
        description="Declared by a test.",
        argument=Argument.ALLOWED,
    )


def _is_several(raw: object) -> bool:
    return isinstance(raw, list | tuple)


def _looks_like(raw: Single | Sequence[Single]) -> FieldType:
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return _looks_like(raw[0] if raw else None)
    match raw:
        case bool():
            return FieldType.BOOLEAN
        case int():
            return FieldType.SIGNED if raw < 1 << 63 else FieldType.UNSIGNED
        case float():
            return FieldType.DOUBLE
        case _:
            return FieldType.TEXT


def _value(reference: Reference, kind: FieldType, raw: Single | Sequence[Single]) -> Value:
    if isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
        return tuple(_single(kind, each) for each in raw)
    value = _single(kind, raw)
    is_several = reference.any_of or reference.field.is_list
    return (value,) if is_several and value is not None else value


def _single(kind: FieldType, raw: Single | Sequence[Single]) -> Value:
    if raw is None:
        return None
    if isinstance(raw, bytes):
        if kind not in (FieldType.TEXT, FieldType.BYTES):
            raise convert.ConversionError(f"a value of type {kind.value}")
        return raw
    if kind is FieldType.BOOLEAN and raw in (0, 1):
        return bool(raw)
    return convert.single(kind, raw)


def _refuse(code: str, text: str, mistakes: Sequence[diagnostics.Mistake]) -> None:
    if mistakes:
        raise _error(code, text, mistakes)


def _error(code: str, text: str, mistakes: Sequence[diagnostics.Mistake]) -> RuleError:
    where = texts.written(texts.Source("<text>", text), 0, len(text))
    return RuleError(tuple(diagnostics.error(code, one, where, "") for one in mistakes))


def _problem(message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(severity=Severity.ERROR, code=_VALUE, message=message, hint=hint)
