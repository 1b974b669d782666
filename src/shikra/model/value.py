"""
The values that fields have.

Names on Linux are bytes, so text is ``bytes`` from the kernel to the formatter and only
output decodes it. That makes ``lower`` fold ASCII alone, ``?`` in a glob one byte, and a
byte automaton in the kernel say the same as Python.
"""

import enum

Value = bytes | int | float | bool | tuple["Value", ...] | None
"""What a field holds. ``None``: there is no value; every comparison with it is false."""


class FieldType(enum.Enum):
    """How a value is compared, written and printed. In brackets: what Python holds."""

    TEXT = "text"  # bytes
    BYTES = "bytes"  # bytes, not text: compared and printed as a buffer
    SIGNED = "signed"  # int
    UNSIGNED = "unsigned"  # int
    DOUBLE = "double"  # float
    BOOLEAN = "boolean"  # bool
    ADDRESS = "address"  # bytes: 4 of an IPv4, 16 of an IPv6 address, network order
    NETWORK = "network"  # bytes as ADDRESS: compared by containment in a rule's network
    PORT = "port"  # int
    RELATIVE_TIME = "relative time"  # int, nanoseconds
    ABSOLUTE_TIME = "absolute time"  # int, nanoseconds since the epoch
