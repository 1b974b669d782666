"""A place knows the file that it is in."""

import os
from pathlib import Path

import pytest

from shikra.sources.audit import place

WRITTEN = b"a" * 1000 + b"b" * 1000
OFFSET = 1500


@pytest.mark.parametrize(
    ("content", "is_same"),
    [
        pytest.param(WRITTEN, True, id="a copy"),
        pytest.param(WRITTEN + b"more", True, id="a copy that grew"),
        pytest.param(WRITTEN[:OFFSET], True, id="a copy up to the place"),
        pytest.param(WRITTEN[: OFFSET - 1], False, id="shorter"),
        pytest.param(b"x" + WRITTEN[1:], False, id="another beginning"),
        pytest.param(WRITTEN[:1400] + b"x" * 600, False, id="other bytes before the place"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_a_file_is_known_by_its_bytes(tmp_path: Path, content: bytes, is_same: bool) -> None:
    """Its beginning and what stands before the place tell a file from others, not its inode."""
    (tmp_path / "read").write_bytes(WRITTEN)
    (tmp_path / "other").write_bytes(content)
    read = os.open(tmp_path / "read", os.O_RDONLY)
    other = os.open(tmp_path / "other", os.O_RDONLY)
    try:
        assert place.is_of(place.at(read, OFFSET, 0), other) is is_same
    finally:
        os.close(read)
        os.close(other)
