"""
Names of the flags and values that system calls take, as Falco prints them.

In: the name of a table (``event_type.Parameter.names``) and a register. Out: the names in Falco's
order, and the number that Falco has for it: ``evt.rawarg`` gives that, which isn't the kernel's.
The tables stand in ``flag_tables``.
"""

from collections.abc import Iterator, Mapping

import msgspec

from shikra.model import flag_tables

_ALL_BITS = 0xFFFFFFFF


class Flag(msgspec.Struct, frozen=True):
    """One name."""

    name: str
    bits: int  # in the kernel
    mask: int
    number: int  # in Falco

    def is_in(self, value: int) -> bool:
        """Return whether a value has it."""
        return value & self.mask == self.bits


def _tables(text: str) -> Iterator[tuple[str, tuple[Flag, ...]]]:
    """Yield each table by its name; the rows of one are indented."""
    for block in text.replace("\n    ", "\t").splitlines():
        name, *rows = block.split("\t")
        if rows:
            yield name, tuple(map(_flag, rows))


def _flag(row: str) -> Flag:
    name, bits, *other = row.split()
    is_value = bits.startswith("=")  # not bits: the whole value
    told, _, mask = bits.removeprefix("=").partition("/")
    value = int(told, 0)
    whole = is_value or not value
    number = "0" if other == ["-"] else (other or [told])[0]
    covered = int(mask, 0) if mask else _ALL_BITS if whole else value
    return Flag(name, value, covered, int(number, 0))


TABLES: Mapping[str, tuple[Flag, ...]] = {
    name: flags
    for text in (
        flag_tables.FILES,
        flag_tables.MOUNTS,
        flag_tables.PROCESSES,
        flag_tables.SOCKETS,
        flag_tables.KERNEL,
    )
    for name, flags in _tables(text)
}
"""The flags of each table, in Falco's order."""


def names(table: str, value: int) -> str:
    """Return the names of what is set, joined; empty if nothing has a name."""
    return "|".join(flag.name for flag in TABLES.get(table, ()) if flag.is_in(value))


def number(table: str, value: int) -> int:
    """Return Falco's number for what is set; the value itself where no table has it."""
    flags = TABLES.get(table, ())
    if all(flag.mask == _ALL_BITS for flag in flags):  # one of several values, or no table
        return next((flag.number for flag in flags if flag.is_in(value)), value)
    found = 0
    for flag in flags:
        if flag.is_in(value):
            found |= flag.number
    return found
