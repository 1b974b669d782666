"""
Take a stream of bytes apart into the documents that it holds.

In: a stream. Out: a document each, and the line that it begins at: a line, or, where a line is a
bracket alone, all that stands indented below it, as programs print JSON for people. Nothing is
kept, and nothing is held that is longer than ``MAX_BYTES``: in its place there is none. Nothing
is read ahead but what tells the end of an indented document.
"""

from collections.abc import Iterator
from typing import BinaryIO

MAX_BYTES = 16 << 20  # what an API server sends in one request fits

_Numbered = tuple[int, bytes | None]

_OPENING = (b"{", b"[")
_INDENTED = (b" ", b"\t")
_CLOSING = (b"}", b"]")


def read(stream: BinaryIO) -> Iterator[_Numbered]:
    """Yield documents, each with its line; in the place of one that is too long, nothing."""
    lines = enumerate(_lines(stream), start=1)
    ahead: _Numbered | None = None
    while (taken := ahead or next(lines, None)) is not None:
        number, line = taken
        if line is None or line.strip() not in _OPENING:
            ahead = None
            yield number, line
            continue
        document, ahead = _indented(line, lines)
        yield number, document


def _indented(line: bytes, lines: Iterator[_Numbered]) -> tuple[bytes | None, _Numbered | None]:
    """Return a document of several lines, and the line behind it, if that had to be read."""
    parts, size = [line], len(line)
    for number, following in lines:
        is_last = following is not None and following.startswith(_CLOSING)
        if following is not None and not is_last and not _belongs(following):
            return _joined(parts, size), (number, following)
        size += MAX_BYTES + 1 if following is None else len(following)
        if following is None or size > MAX_BYTES:
            parts.clear()  # the rest is only passed over
        else:
            parts.append(following)
        if is_last:
            break
    return _joined(parts, size), None


def _belongs(line: bytes) -> bool:
    return line.startswith(_INDENTED) or line.isspace()


def _joined(parts: list[bytes], size: int) -> bytes | None:
    return b"".join(parts) if size <= MAX_BYTES else None


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield lines; in the place of one that is too long, nothing."""
    while line := stream.readline(MAX_BYTES + 1):
        if len(line) <= MAX_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while rest := stream.readline(MAX_BYTES):
            if rest.endswith(b"\n"):
                break
        yield None
