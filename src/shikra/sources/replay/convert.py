"""
Turn a value as JSON or YAML has it into what a field of that type holds.

In: text, a number, a boolean or a list, as written. Out: a ``Value``. YAML is read with all its
scalars as text, so text is taken for every type; what doesn't fit raises ``ConversionError``.
"""

import ipaddress
import math
from collections.abc import Callable, Mapping
from typing import Any

from shikra.model.field import Reference
from shikra.model.value import FieldType, Value

_TRUTHS = {"true": True, "false": False}


class ConversionError(Exception):
    """The value isn't of the field's type; says what was expected."""


def convert(reference: Reference, raw: Any) -> Value:
    """Return the field's value; ``None`` stays ``None``."""
    if raw is None:
        return None
    kind = reference.sort.type
    if not reference.any_of and not reference.field.is_list:
        return single(kind, raw)
    if isinstance(raw, str) and reference.any_of:
        raw = raw.split()  # as Falco prints all creators
    elements = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(single(kind, element) for element in elements)


def single(kind: FieldType, raw: Any) -> Value:
    """Return one value of a type."""
    if isinstance(raw, list | tuple):
        raise ConversionError("a single value")
    return _CONVERTERS[kind](raw)


def _text(raw: Any) -> Value:
    match raw:
        case str():
            return _encoded(raw)
        case bool():
            return b"true" if raw else b"false"
        case int() | float():
            return str(raw).encode()
        case _:
            raise ConversionError("text")


def _encoded(text: str) -> bytes:
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        raise ConversionError("text that is Unicode") from None


def _integer(lowest: int, highest: int) -> Callable[[Any], Value]:
    def convert_integer(raw: Any) -> Value:
        expected = ConversionError(f"a whole number from {lowest} to {highest}")
        if isinstance(raw, bool | float) or not isinstance(raw, int | str):
            raise expected
        try:
            number = int(raw, 0) if isinstance(raw, str) else raw
        except ValueError:
            raise expected from None
        if not lowest <= number <= highest:
            raise expected
        return number

    return convert_integer


def _double(raw: Any) -> Value:
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ConversionError("a number")
    return number


def _boolean(raw: Any) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _TRUTHS:
        return _TRUTHS[raw.lower()]
    raise ConversionError("true or false")


def _address(raw: Any) -> Value:
    try:
        address = ipaddress.ip_address(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ConversionError("an IP address") from None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).packed


_SIGNED = _integer(-(2**63), 2**63 - 1)
_UNSIGNED = _integer(0, 2**64 - 1)

_CONVERTERS: Mapping[FieldType, Callable[[Any], Value]] = {
    FieldType.TEXT: _text,
    FieldType.BYTES: _text,
    FieldType.SIGNED: _SIGNED,
    FieldType.UNSIGNED: _UNSIGNED,
    FieldType.DOUBLE: _double,
    FieldType.BOOLEAN: _boolean,
    FieldType.ADDRESS: _address,
    FieldType.NETWORK: _address,
    FieldType.PORT: _integer(0, 2**16 - 1),
    FieldType.RELATIVE_TIME: _SIGNED,
    FieldType.ABSOLUTE_TIME: _UNSIGNED,
}
