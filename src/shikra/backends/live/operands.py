"""
Reading the sides of a comparison: fields, constants, transformers on them.

In: an operand. Out: a function from an event's fields to a value, ``None`` where there is none.
An empty list counts as no value, and a transformer of something that has none has none either.
"""

from collections.abc import Callable
from typing import assert_never

from shikra.backends.live import printed, transform
from shikra.model.event import Fields
from shikra.model.value import FieldType, Value
from shikra.rules.ir import Apply, Constant, Operand, Read, Sequence, Transformer

Reading = Callable[[Fields], Value]

_TEXTS = frozenset({FieldType.TEXT, FieldType.BYTES})


def reading(operand: Operand) -> Reading:
    """Return the function that reads an operand."""
    match operand:
        case Read(name=name, is_list=False, any_of=False):
            return lambda fields: fields[name]
        case Read(name=name):
            return lambda fields: fields[name] or None
        case Constant(value=value):
            return lambda _fields: value
        case Sequence(items=items):
            return _all_of(tuple(map(_as_text, items)))
        case Apply():
            return _applied(operand)
        case _:
            assert_never(operand)


def _as_text(operand: Operand) -> Reading:
    """Read an element of a list that is joined: numbers and addresses as they are printed."""
    read = reading(operand)
    if not isinstance(operand, Read | Apply) or operand.type in _TEXTS:
        return read
    kind = operand.type

    def read_text(fields: Fields) -> Value:
        """Write what there is."""
        value = read(fields)
        return None if value is None else printed.text(value, kind).encode()

    return read_text


def _all_of(readings: tuple[Reading, ...]) -> Reading:
    """Read several values into one; nothing if one of them is missing."""

    def read(fields: Fields) -> Value:
        """Read them in order."""
        values = tuple(each(fields) for each in readings)
        return None if None in values else values

    return read


def _applied(apply: Apply) -> Reading:
    arguments = _all_of(tuple(map(reading, apply.arguments)))
    function = _function(apply)

    def read(fields: Fields) -> Value:
        """Apply the transformer, if all its arguments have values."""
        values = arguments(fields)
        return None if values is None else function(*values)  # type: ignore[misc]

    return read


def _function(apply: Apply) -> Callable[..., Value]:  # noqa: PLR0911  one line a transformer
    match apply.transformer:
        case Transformer.TOLOWER:
            return transform.on_each(bytes.lower)
        case Transformer.TOUPPER:
            return transform.on_each(bytes.upper)
        case Transformer.B64:
            return transform.on_each(transform.decode_base64)
        case Transformer.BASENAME:
            return transform.on_each(transform.basename)
        case Transformer.LEN:
            return transform.length
        case Transformer.JOIN:
            return transform.join
        case Transformer.CONCAT:
            return lambda *parts: transform.join(b"", parts)
        case Transformer.GETOPT if apply.index is None:
            return transform.all_options
        case Transformer.GETOPT:
            name = apply.index.encode()
            return lambda arguments, accepted: transform.one_option(arguments, accepted, name)
        case _:
            assert_never(apply.transformer)
