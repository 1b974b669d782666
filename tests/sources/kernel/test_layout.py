"""Structs are read and written by the names of their members."""

import struct

import msgspec
import pytest

from shikra.sources.kernel import btf, layout


class Backwards(msgspec.Struct):
    """Members in another order than they lie in."""

    raw: bytes
    pid: int
    process: int
    time_ns: int


class Plain(msgspec.Struct):
    """No bytes of its own."""

    own_pid: int
    hierarchy: int


class Wrong(msgspec.Struct):
    """Asks for what isn't there."""

    raw: bytes
    favourite_colour: int


def test_the_order_of_attributes_is_free(types: btf.Btf) -> None:
    """Values reach the attribute of their name, whatever lies first in memory."""
    data = layout.pack(types, "exit_record", {"time_ns": 1, "process": 2, "pid": 3})
    assert layout.reader(types, "exit_record", Backwards)(data) == Backwards(data, 3, 2, 1)


def test_a_struct_is_written_and_read_back(types: btf.Btf) -> None:
    """What was packed is what is read; members that weren't given are 0."""
    data = layout.pack(types, "settings", {"own_pid": 7})
    assert layout.reader(types, "settings", Plain)(data) == Plain(own_pid=7, hierarchy=0)


def test_patching_leaves_the_rest(types: btf.Btf) -> None:
    """Changing one member keeps the others."""
    data = layout.pack(types, "settings", {"own_pid": 7, "hierarchy": 1})
    changed = layout.patch(types, "settings", data, {"own_pid": 8})
    assert layout.reader(types, "settings", Plain)(changed) == Plain(own_pid=8, hierarchy=1)


def test_a_missing_member_is_named(types: btf.Btf) -> None:
    """Asking for a member that the object lacks names the struct and the member."""
    with pytest.raises(btf.LayoutError, match=r"exit_record.*favourite_colour"):
        layout.reader(types, "exit_record", Wrong)


def test_a_number_of_an_array_has_its_index(types: btf.Btf) -> None:
    """Each number of an array is a member of its own; the bytes of a text aren't."""
    found = layout.leaves(types, "call_record")
    whole, third = found["arguments"], found["arguments_2"]
    assert (third.offset, third.size, third.code) == (whole.offset + 16, 8, "Q")
    assert "arguments_6" not in found
    assert "comm_0" not in found


def test_short_bytes_are_refused(types: btf.Btf) -> None:
    """Bytes that end before the last member raise, they aren't padded."""
    with pytest.raises(struct.error):
        layout.reader(types, "exit_record", Backwards)(b"\0" * 10)
