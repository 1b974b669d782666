"""
Numbers of the system calls that become events, in each table that a task can use.

In: names or a number. Out: the numbers to ask the probe for, or the name of what was called.
"""

import enum
import platform
from collections.abc import Iterable, Mapping

X86_64: Mapping[str, int] = {
    "open": 2,
    "connect": 42,
    "sendto": 44,
    "sendmsg": 46,
    "execve": 59,
    "creat": 85,
    "openat": 257,
    "open_by_handle_at": 304,
    "execveat": 322,
    "openat2": 437,
}
I386: Mapping[str, int] = {  # also by ``int 0x80`` from a 64-bit process
    "open": 5,
    "creat": 8,
    "execve": 11,
    "openat": 295,
    "open_by_handle_at": 342,
    "execveat": 358,
    "connect": 362,
    "sendto": 369,
    "sendmsg": 370,
    "openat2": 437,
}
ARM64: Mapping[str, int] = {  # has no open and no creat
    "openat": 56,
    "connect": 203,
    "sendto": 206,
    "sendmsg": 211,
    "execve": 221,
    "open_by_handle_at": 265,
    "execveat": 281,
    "openat2": 437,
}
ARM: Mapping[str, int] = {
    "open": 5,
    "creat": 8,
    "execve": 11,
    "connect": 283,
    "sendto": 290,
    "sendmsg": 296,
    "openat": 322,
    "open_by_handle_at": 371,
    "execveat": 387,
    "openat2": 437,
}


class Table(enum.Enum):
    """Which numbers a call was made by."""

    NATIVE = "native"
    COMPAT = "compat"  # the 32-bit table of a 64-bit kernel


_TABLES: Mapping[str, Mapping[Table, Mapping[str, int]]] = {
    "x86_64": {Table.NATIVE: X86_64, Table.COMPAT: I386},
    "aarch64": {Table.NATIVE: ARM64, Table.COMPAT: ARM},
}


def numbers(table: Table, names: Iterable[str], machine: str | None = None) -> list[int]:
    """Return the numbers of those names that the table has."""
    known = _TABLES[machine or platform.machine()][table]
    return sorted(known[name] for name in names if name in known)


def names(table: Table, machine: str | None = None) -> dict[int, str]:
    """Return names by number."""
    known = _TABLES[machine or platform.machine()][table]
    return {number: name for name, number in known.items()}
