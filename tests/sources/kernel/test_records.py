"""Texts of records are cut out as the kernel wrote them."""

import struct

import pytest

from shikra.sources.kernel import btf, records


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        pytest.param(b"", (), id="none"),
        pytest.param(b"cat\0/etc/shadow\0", (b"cat", b"/etc/shadow"), id="two"),
        pytest.param(b"cat\0\0x\0", (b"cat", b"", b"x"), id="an empty one"),
        pytest.param(b"cat\0/etc/sha", (b"cat", b"/etc/sha"), id="cut"),
        pytest.param(b"\0", (b"",), id="only an empty one"),
    ],
)
def test_a_command_line_is_split_at_its_nuls(text: bytes, arguments: tuple[bytes, ...]) -> None:
    """Each argument ends in a NUL; empty ones count."""
    assert records.split_arguments(text) == arguments


def test_a_name_ends_at_its_nul() -> None:
    """Whatever lies behind the NUL of a fixed array isn't part of it."""
    assert records.until_nul(b"cat\0dog\0\0\0") == b"cat"


def test_streams_are_read_as_the_probe_lays_them_out(types: btf.Btf) -> None:
    """The one struct that is read out of an array is as its types say."""
    leaves = [(leaf.offset, leaf.code) for leaf in types.leaves("stream").values()]
    assert leaves == [(0, "I"), (4, "I"), (8, "H"), (10, "H")]
    streams = struct.pack("<2I2H", 1, 2, 3, 4) * 3
    assert types.leaves("call_record")["streams"].size == len(streams)
