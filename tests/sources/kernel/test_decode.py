"""Bytes of the ring become records, or are counted."""

import pytest

from shikra.sources.kernel import btf, decode, layout, records


def call_bytes(types: btf.Btf, **values: int | bytes) -> bytes:
    """Return a call record without texts."""
    kind = types.enum("record_kind")["RECORD_CALL"]
    return layout.pack(types, "call_record", {"kind": kind, **values})


def test_a_call_is_decoded(types: btf.Btf) -> None:
    """Numbers, addresses and texts of a call come out as they went in."""
    size = types.size("call_record")
    raw = call_bytes(
        types,
        pid=7,
        result=-2,
        remote_address=bytes(range(16)),
        remote_port=443,
        arguments=(5).to_bytes(8, "little") + bytes(32) + (9).to_bytes(8, "little"),
        name_offset=size,
        name_length=4,
    )
    (record,) = decode.Decoder(types).decode([raw + b"/etc"])
    assert isinstance(record, records.CallRecord)
    assert (record.pid, record.result, record.remote_port) == (7, -2, 443)
    assert record.remote_address == bytes(range(16))
    assert (record.argument(0), record.argument(5)) == (5, 9)
    assert (record.name, record.base, record.real) == (b"/etc", None, None)


def test_a_text_that_claims_too_much_is_cut(types: btf.Btf) -> None:
    """A text whose length goes past the record ends with the record."""
    size = types.size("call_record")
    raw = call_bytes(types, name_offset=size, name_length=4000) + b"/etc"
    (record,) = decode.Decoder(types).decode([raw])
    assert isinstance(record, records.CallRecord)
    assert record.name == b"/etc"


@pytest.mark.parametrize(
    ("raw", "short", "unknown"),
    [
        pytest.param(b"", 1, 0, id="nothing"),
        pytest.param(b"\1\0\0\0\5", 1, 0, id="half a head"),
        pytest.param(b"\0\0\0\0\5\0" + bytes(30), 1, 0, id="half a call"),
        pytest.param(b"\0\0\0\0\xff\xff" + bytes(300), 0, 1, id="kind of a newer probe"),
    ],
)
def test_what_cannot_be_read_is_counted(
    types: btf.Btf, raw: bytes, short: int, unknown: int
) -> None:
    """A damaged record is counted, and those after it are still read."""
    decoder = decode.Decoder(types)
    (record,) = decoder.decode([raw, call_bytes(types, pid=7)])
    assert isinstance(record, records.CallRecord)
    assert record.pid == 7
    assert (decoder.skipped_short, decoder.skipped_unknown) == (short, unknown)
