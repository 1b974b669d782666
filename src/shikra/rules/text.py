"""
Strings that remember where in which file each stretch of them was written.

A condition is read from YAML, joined with appended parts, and has lists put in before it is
parsed. Whatever happens to it, an offset into it still leads to a line and a column.
"""

import bisect
import functools
import itertools
import re
from collections.abc import Iterable

import msgspec

from shikra.model import diagnostic

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_EXCERPT_LENGTH = 1000


class Source:
    """One file's text, and its lines."""

    def __init__(self, name: str, text: str) -> None:
        """Keep the text; lines are found when somebody asks."""
        self.name = name
        self.text = text

    @functools.cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character, both from 1."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place: what ``place`` was given."""
        starts = self._line_starts
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """Return a line without its end."""
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Piece(msgspec.Struct, frozen=True):
    """From ``start`` on the text is what the file has at ``at``."""

    start: int
    source: Source
    at: int
    width: int = 0  # not 0: the text isn't in the file; it came from this many characters there


class Origin(msgspec.Struct, frozen=True):
    """From ``start`` on a new text is what the old one has at ``at``."""

    start: int
    at: int
    width: int = 0  # not 0: it isn't in the old text; it came from this many characters there


class Text(msgspec.Struct, frozen=True):
    """A string made of pieces of files. It has at least one piece."""

    value: str
    pieces: tuple[Piece, ...]

    def span(self, start: int, end: int) -> diagnostic.Span:
        """Return where a stretch was written; one line of it, and at least one character."""
        source, offset, width = self._origin(start)
        line, column = source.place(offset)
        length = width or end - start
        room = len(source.line(line)) - column + 1
        return diagnostic.Span(source.name, line, column, max(1, min(length, room)))

    def excerpt(self, start: int) -> tuple[str, int]:
        """
        Return the line of the file that an offset leads to, and the column where it begins.

        Of an absurdly long line it is what stands round that place.
        """
        source, offset, _ = self._origin(start)
        number, column = source.place(offset)
        line = source.line(number)
        first = max(0, column - _EXCERPT_LENGTH // 2) if len(line) > _EXCERPT_LENGTH else 0
        return line[first : first + _EXCERPT_LENGTH], first + 1

    def stripped(self) -> "Text":
        """Return the text without blanks at its ends."""
        start = len(self.value) - len(self.value.lstrip())
        return self.slice(start, len(self.value.rstrip()))

    def slice(self, start: int, end: int) -> "Text":
        """Return a part of the text."""
        first = self._index(start)
        inside = itertools.takewhile(lambda piece: piece.start < end, self.pieces[first + 1 :])
        head = self.pieces[first]
        shift = 0 if head.width else max(0, start - head.start)
        pieces = [msgspec.structs.replace(head, start=0, at=head.at + shift)]
        pieces += (msgspec.structs.replace(p, start=p.start - start) for p in inside)
        return Text(self.value[start:end], tuple(pieces))

    def instead(self, value: str) -> "Text":
        """Return another string that stands for this one and leads to where this one is."""
        head = self.pieces[0]
        return Text(value, (Piece(0, head.source, head.at, max(1, head.width or len(self.value))),))

    def rewritten(self, value: str, origins: Iterable[Origin]) -> "Text":
        """Return a text that was made from this one, part by part."""
        pieces: list[Piece] = []
        for origin in origins:
            source, at, width = self._origin(origin.at)
            width = origin.width or width
            last = pieces[-1] if pieces else None
            goes_on = last is not None and (
                (not width and not last.width and at - last.at == origin.start - last.start)
                or (width == last.width != 0 and at == last.at)
            )
            if last is None or not goes_on or source is not last.source:
                pieces.append(Piece(origin.start, source, at, width))
        return Text(value, tuple(pieces) or self.pieces)

    def _index(self, offset: int) -> int:
        return max(0, bisect.bisect_right(self.pieces, offset, key=lambda p: p.start) - 1)

    def _origin(self, offset: int) -> tuple[Source, int, int]:
        piece = self.pieces[self._index(min(offset, max(0, len(self.value) - 1)))]
        past = 0 if piece.width else max(0, offset - piece.start)
        return piece.source, min(piece.at + past, len(piece.source.text)), piece.width


def written(source: Source, start: int, end: int) -> Text:
    """Return a stretch of a file as it stands there."""
    return Text(source.text[start:end], (Piece(0, source, start),))


def joined(parts: Iterable[Text]) -> Text:
    """Put texts one behind the other."""
    value: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for part in parts:
        if length:
            pieces += (msgspec.structs.replace(p, start=p.start + length) for p in part.pieces)
        else:  # a text that is added to ten thousand times isn't made anew each time
            pieces += part.pieces
        value.append(part.value)
        length += len(part.value)
    return Text("".join(value), tuple(pieces))
