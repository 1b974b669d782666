"""A stream is taken apart into the documents in it."""

import io

import pytest

from shikra.sources.replay import documents

PRETTY = b'[\n  {"a": 1},\n\n\t{"b": [\n  ]}\n]\n'
TOO_LONG = b" " + b"x" * documents.MAX_BYTES + b"\n"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"a\n\nb", [(1, b"a\n"), (2, b"\n"), (3, b"b")], id="a line each"),
        pytest.param(PRETTY + b"a", [(1, PRETTY), (7, b"a")], id="an indented array"),
        pytest.param(b'a\n{\n "b": 1\n}', [(1, b"a\n"), (2, b'{\n "b": 1\n}')], id="at the end"),
        pytest.param(b"{\n{\na\n", [(1, b"{\n"), (2, b"{\n"), (3, b"a\n")], id="lone brackets"),
        pytest.param(b"[\n 1,\na\n", [(1, b"[\n 1,\n"), (3, b"a\n")], id="never closed"),
        pytest.param(b"[\n 1,\n", [(1, b"[\n 1,\n")], id="cut off"),
        pytest.param(TOO_LONG + b"a", [(1, None), (2, b"a")], id="a long line"),
        pytest.param(
            b"[\n" + TOO_LONG + b" 1\n]\na", [(1, None), (5, b"a")], id="a long line in an array"
        ),
        pytest.param(
            b"[\n" + 20 * (b" " + b"x" * (1 << 20) + b"\n") + b"]\na",
            [(1, None), (23, b"a")],
            id="a long array",
        ),
    ],
)
def test_documents_are_lines_or_what_is_indented(
    data: bytes, found: list[tuple[int, bytes | None]]
) -> None:
    """Each document has the line that it begins at; one that is too long hides no other."""
    assert list(documents.read(io.BytesIO(data))) == found


def test_nothing_is_read_behind_a_document() -> None:
    """A document is there as soon as it has ended: a pipe can be followed."""
    stream = io.BytesIO(PRETTY + b"a\n")
    next(documents.read(stream))
    assert stream.tell() == len(PRETTY)
