"""
Fill an output template with an event's values.

In: a template and an event. Out: the message, and the fields as JSON has them. Text is decoded
here, and what isn't UTF-8 in it replaced; it isn't escaped: each output escapes for its medium.
A value that is missing is ``<NA>`` in the message and null in JSON.
"""

import functools
import ipaddress
from collections.abc import Iterator
from typing import assert_never

from shikra.backends.live.operands import Reading, reading
from shikra.model import time_readers
from shikra.model.alert import OutputValue
from shikra.model.event import Event
from shikra.model.value import FieldType, Value
from shikra.rules.ir import Apply, Constant, Operand, Placeholder, Read, Sequence, Template

MISSING = "<NA>"

_ADDRESS_SIZES = (4, 16)
_PRINTABLE = frozenset(range(0x20, 0x7F))


def render(template: Template, event: Event) -> str:
    """Return the message."""
    return "".join(part if isinstance(part, str) else _filled(part, event) for part in template)


def output_fields(template: Template, event: Event) -> dict[str, OutputValue]:
    """Return the values of a template's fields, and of those that its transformers read."""
    found: dict[str, OutputValue] = {}
    for part in template:
        if isinstance(part, str):
            continue
        for read in _reads(part.operand):
            if read is not part.operand:
                found.setdefault(read.name, _typed(read, event))
        found[part.name] = _typed(part.operand, event)
    return found


def text(value: Value, kind: FieldType) -> str:
    """Return a single value as Falco prints it."""
    match value:
        case None:
            return MISSING
        case bool():
            return "true" if value else "false"
        case bytes():
            return _decoded(value, kind)
        case float():
            return f"{value:.1f}"
        case int():
            return str(value)
        case tuple():
            return "(" + ",".join(text(element, kind) for element in value) + ")"
        case _:
            assert_never(value)


def _filled(placeholder: Placeholder, event: Event) -> str:
    operand = placeholder.operand
    value = _read(operand)(event.fields)
    written = _joined(value, operand) if _is_any_of(operand) else text(value, _type(operand))
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


def _json(value: Value, kind: FieldType) -> OutputValue:
    match value:
        case bytes():
            return _decoded(value, kind)
        case tuple():
            return [_json(element, kind) for element in value]
        case _:
            return value


def _joined(value: Value, operand: Operand) -> str:
    """Print a field that stands for any of several values: all of them, blanks between."""
    if not isinstance(value, tuple):
        return text(value, _type(operand))
    return " ".join(text(element, _type(operand)) for element in value)


def _decoded(value: bytes, kind: FieldType) -> str:
    match kind:
        case FieldType.ADDRESS | FieldType.NETWORK if len(value) in _ADDRESS_SIZES:
            return str(ipaddress.ip_address(value))
        case FieldType.BYTES:
            return "".join(chr(byte) if byte in _PRINTABLE else "." for byte in value)
        case _:
            return value.decode("utf-8", "replace")


@functools.lru_cache(maxsize=4096)  # templates belong to rules, of which there are few
def _read(operand: Operand) -> Reading:
    return reading(operand)


def _reads(operand: Operand) -> Iterator[Read]:
    match operand:
        case Read():
            yield operand
        case Apply(arguments=parts) | Sequence(items=parts):
            for part in parts:
                yield from _reads(part)
        case Constant():
            pass


def _type(operand: Operand) -> FieldType:
    return operand.type if isinstance(operand, Read | Apply) else FieldType.TEXT


def _is_any_of(operand: Operand) -> bool:
    return isinstance(operand, Read) and operand.any_of
