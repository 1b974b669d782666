"""The object's own types are the only definition of its layout."""

import pytest

from shikra.sources.kernel import btf


@pytest.mark.parametrize(
    ("struct_name", "member", "size", "code"),
    [
        pytest.param("record", "size", 4, "I", id="first number"),
        pytest.param("call_record", "head.time_ns", 8, "Q", id="in a struct inside"),
        pytest.param("call_record", "result", 8, "q", id="signed"),
        pytest.param("call_record", "arguments", 48, "48s", id="array of numbers"),
        pytest.param("call_record", "comm", 16, "16s", id="array of characters"),
        pytest.param("call_record", "remote.port", 4, "I", id="second struct of a kind"),
        pytest.param("exec_record", "arguments.offset", 2, "H", id="text"),
    ],
)
def test_members_are_found_by_name(
    types: btf.Btf, struct_name: str, member: str, size: int, code: str
) -> None:
    """A member is found by its dotted name, with its width and sign."""
    leaf = types.leaves(struct_name)[member]
    assert (leaf.size, leaf.code) == (size, code)


def test_members_do_not_overlap(types: btf.Btf) -> None:
    """Members lie one after the other within the struct's size."""
    end = 0
    for leaf in types.leaves("call_record").values():
        assert leaf.offset >= end
        end = leaf.offset + leaf.size
    assert end <= types.size("call_record")


def test_enums_are_read_by_name(types: btf.Btf) -> None:
    """The values of an enum are those of the header."""
    reasons = types.enum("loss")
    assert reasons["LOSS_RING_FULL"] == 0
    assert reasons["LOSS_COUNT"] == len(reasons) - 1


@pytest.mark.parametrize("ask", ["size", "leaves", "enum"])
def test_a_missing_type_is_named(types: btf.Btf, ask: str) -> None:
    """Asking for what the object doesn't define says its name."""
    with pytest.raises(btf.LayoutError, match="no_such_thing"):
        getattr(types, ask)("no_such_thing")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"#!/bin/sh\n", id="script"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(30), id="cut off"),
        pytest.param(b"\x7fELF\x01\x01\x01" + bytes(200), id="32 bits"),
    ],
)
def test_what_is_no_object_is_refused(data: bytes) -> None:
    """A file that isn't a BPF object gives a clear error."""
    with pytest.raises(btf.LayoutError, match="no ELF object"):
        btf.Btf.of_object(data)
