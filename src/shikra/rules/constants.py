"""
Turn the text of a constant into a value of the type that it is compared with.

``ValueError`` says why a text is no such value.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

from shikra.model.value import FieldType, Value
from shikra.rules import ir, services

_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)")
_HEX_PAIRS = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_MAX_DIGITS = 40
_MAX_PORT = 0xFFFF


def convert(text: bytes, kind: FieldType, width: int = 64) -> Value | ir.Network:
    """Return the value that a constant has where it is compared with this type."""
    if kind is FieldType.TEXT and b"\0" in text:
        raise ValueError("a text can't contain a NUL byte")
    reader = _READERS.get(kind)
    return reader(text) if reader else _number(text, kind, width)


def from_hex(text: bytes) -> bytes:
    """Return the bytes that pairs of hexadecimal digits stand for."""
    if not _HEX_PAIRS.fullmatch(text):
        raise ValueError("not an even number of hexadecimal digits")
    return bytes.fromhex(text.decode())


def _boolean(text: bytes) -> bool:
    if text not in (b"true", b"false"):
        raise ValueError("neither 'true' nor 'false'")
    return text == b"true"


def _number(text: bytes, kind: FieldType, width: int) -> int | float:
    number = _integer(text)
    match kind:
        case FieldType.DOUBLE:
            return float(number)
        case FieldType.SIGNED:
            allowed = range(-(1 << width - 1), 1 << width - 1)
        case _:
            allowed = range(1 << width)
            if number < 0:  # as in C: -1 is the greatest number
                number += 1 << width
    if number not in allowed:
        raise ValueError("out of range")
    return number


def _integer(text: bytes) -> int:
    written = _printable(text)
    if len(written) > _MAX_DIGITS or not _NUMBER.fullmatch(written):
        raise ValueError("not a whole number")
    is_hexadecimal = "x" in written.lower()
    return int(written, 16 if is_hexadecimal else 10)


def _port(text: bytes) -> int:
    written = _printable(text)
    if _NUMBER.fullmatch(written):
        port = _integer(text)
        if not 0 <= port <= _MAX_PORT:
            raise ValueError("not a port: they go up to 65535")
        return port
    if written in services.PORTS:
        return services.PORTS[written]
    raise ValueError("neither a port nor a service's name")


def _address(text: bytes) -> bytes:
    try:
        return ipaddress.ip_address(_printable(text)).packed
    except ValueError as error:
        raise ValueError("unrecognized IP address") from error


def _network(text: bytes) -> ir.Network:
    written = _printable(text)
    base, slash, length = written.partition("/")
    if not slash and ":" not in base:
        raise ValueError("an IPv4 network needs its length: 10.0.0.0/8")
    try:
        network = ipaddress.ip_network(f"{base}/{length}" if slash else base, strict=False)
    except ValueError as error:
        raise ValueError("unrecognized IP network") from error
    if slash and not (length.isascii() and length.isdigit()):
        raise ValueError("the length of a network must be a number")
    return ir.Network(network.network_address.packed, network.prefixlen)


def _printable(text: bytes) -> str:
    return text.decode("utf-8", "replace")


_READERS: Mapping[FieldType, Callable[[bytes], Value | ir.Network]] = {
    FieldType.TEXT: bytes,
    FieldType.BYTES: bytes,
    FieldType.BOOLEAN: _boolean,
    FieldType.ADDRESS: _address,
    FieldType.NETWORK: _network,
    FieldType.PORT: _port,
}
