"""
Fill an output template with an event's values.

In: a template and an event. Out: the message, and the fields as JSON has them. Text is decoded
here, and what isn't UTF-8 in it replaced; it isn't escaped: each output escapes for its medium.
A value that is missing is ``<NA>`` in the message and null in JSON.
"""

import functools
from collections.abc import Iterator
from typing import assert_never

from shikra.backends.live import printed
from shikra.backends.live.operands import Reading, reading
from shikra.model import time_readers
from shikra.model.alert import OutputValue
from shikra.model.event import Event
from shikra.model.field import Notation
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType, Value
from shikra.rules.ir import Apply, Constant, Operand, Placeholder, Read, Sequence, Template


def render(template: Template, event: Event) -> str:
    """Return the message."""
    return "".join(part if isinstance(part, str) else _filled(part, event) for part in template)


def output_fields(template: Template, event: Event) -> dict[str, OutputValue]:
    """Return the values of a template's fields, and of those that its transformers read."""
    found: dict[str, OutputValue] = {}
    for part in template:
        if isinstance(part, str):
            continue
        for inner, name in _within(part.operand):
            found.setdefault(name, _typed(inner, event))
        found[part.name] = _typed(part.operand, event)
    return found


def _filled(placeholder: Placeholder, event: Event) -> str:
    operand = placeholder.operand
    value = _read(operand)(event.fields)
    written = _noted(value, operand) or (
        _joined(value, operand) if _is_any_of(operand) else printed.text(value, _type(operand))
    )
    width = placeholder.width
    return written.ljust(width)[:width] if width else written


def _typed(operand: Operand, event: Event) -> OutputValue:
    """Return a value as JSON has it."""
    if isinstance(operand, Read) and operand.name in time_readers.WRITTEN:
        return event.time_ns
    value = _read(operand)(event.fields)
    return (
        _joined(value, operand)
        if value is not None and _is_any_of(operand)
        else _json(value, _type(operand))
    )


def _noted(value: Value, operand: Operand) -> str | None:
    """Return a number that isn't printed in plain decimals; in JSON it stays a number."""
    if type(value) is not int or not isinstance(operand, Read):
        return None
    known = CATALOGUE.get(operand.field)
    if known is None or known.notation is Notation.DECIMAL:
        return None
    return printed.number(value, known.notation)


def _json(value: Value, kind: FieldType) -> OutputValue:
    match value:
        case bytes():
            return printed.decoded(value, kind)
        case tuple():
            return [_json(element, kind) for element in value]
        case _:
            return value


def _joined(value: Value, operand: Operand) -> str:
    """Print a field that stands for any of several values: all of them, blanks between."""
    if not isinstance(value, tuple):
        return printed.text(value, _type(operand))
    return " ".join(printed.text(element, _type(operand)) for element in value)


@functools.lru_cache(maxsize=4096)  # templates belong to rules, of which there are few
def _read(operand: Operand) -> Reading:
    return reading(operand)


@functools.lru_cache(maxsize=4096)  # as above
def _within(operand: Operand) -> tuple[tuple[Read | Apply, str], ...]:
    """
    Return what a transformer is applied to, by the names that Falco has for it.

    As in Falco, a transformer's value is left out where another transformer follows it at once.
    """
    found: list[Read | Apply] = []
    for part in _inside_out(operand):
        if isinstance(part, Apply) and found and isinstance(found[-1], Apply):
            found.pop()
        found.append(part)
    return tuple((part, _written(part)) for part in found[:-1])


def _inside_out(operand: Operand) -> Iterator[Read | Apply]:
    """Yield fields and transformers, each after what it is applied to."""
    match operand:
        case Apply(arguments=parts) | Sequence(items=parts):
            for part in parts:
                yield from _inside_out(part)
        case Read() | Constant():
            pass
        case _:
            assert_never(operand)
    if isinstance(operand, Read | Apply):
        yield operand


def _written(operand: Operand) -> str:
    """Return an operand as a rule writes it: ``evt.arg.flags``, but ``evt.arg[1]``."""
    match operand:
        case Read(argument=str() as argument) if not argument.isdecimal():
            known = CATALOGUE.get(operand.field)
            has_dot = known is not None and known.argument_may_follow_dot
            return f"{operand.field}.{argument}" if has_dot else operand.name
        case Read():
            return operand.name
        case Constant(value=value):
            return printed.text(value, FieldType.TEXT)
        case Sequence(items=items):
            return "(" + ",".join(map(_written, items)) + ")"
        case Apply():
            index = "" if operand.index is None else f"[{operand.index}]"
            arguments = ",".join(map(_written, operand.arguments))
            return f"{operand.transformer.value}({arguments}){index}"
        case _:
            assert_never(operand)


def _type(operand: Operand) -> FieldType:
    return operand.type if isinstance(operand, Read | Apply) else FieldType.TEXT


def _is_any_of(operand: Operand) -> bool:
    return isinstance(operand, Read) and operand.any_of
