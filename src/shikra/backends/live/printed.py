"""
How a value is written, by its type, where Falco writes it: in messages and in joined texts.

Text is decoded, and what isn't UTF-8 in it replaced; nothing is escaped.
"""

import ipaddress
from typing import assert_never

from shikra.model.field import Notation
from shikra.model.value import FieldType, Value

MISSING = "<NA>"

_ADDRESS_SIZES = (4, 16)
_PRINTABLE = frozenset(range(0x20, 0x7F))


def text(value: Value, kind: FieldType) -> str:
    """Return a single value as Falco prints it."""
    match value:
        case None:
            return MISSING
        case bool():
            return "true" if value else "false"
        case bytes():
            return decoded(value, kind)
        case float():
            return f"{value:.1f}"
        case int():
            return str(value)
        case tuple():
            return "(" + ",".join(text(element, kind) for element in value) + ")"
        case _:
            assert_never(value)


def number(value: int, notation: Notation) -> str:
    """Return a number as its field has it printed."""
    match notation:
        case Notation.DECIMAL:
            return str(value)
        case Notation.PADDED:
            return f"{value:09d}"
        case Notation.HEXADECIMAL:
            return f"{value:X}"
        case _:
            assert_never(notation)


def decoded(value: bytes, kind: FieldType) -> str:
    """Return bytes as the text that their type makes of them."""
    match kind:
        case FieldType.ADDRESS | FieldType.NETWORK if len(value) in _ADDRESS_SIZES:
            return str(ipaddress.ip_address(value))
        case FieldType.BYTES:
            return "".join(chr(byte) if byte in _PRINTABLE else "." for byte in value)
        case _:
            return value.decode("utf-8", "replace")
