"""
Read a file of events: a line of JSON each.

In: a stream of bytes. Out: an ``Event`` for each line, or why the line is none. Nothing is kept,
and no line is held that is longer than ``MAX_LINE_BYTES``: a file may be of any size, and say
anything. Empty lines are passed over.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from shikra.model.event import Event
from shikra.sources.replay import flat

MAX_LINE_BYTES = 1 << 20
MAX_MESSAGE = 400

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN = 3  # mistakes of one line
_DECODER = msgspec.json.Decoder(dict[str, Any])


class Malformed(msgspec.Struct, frozen=True):
    """A line that is no event, and why."""

    line: int
    message: str


def read(stream: BinaryIO) -> Iterator[Event | Malformed]:
    """Yield what each line says."""
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            yield Malformed(number, f"longer than {MAX_LINE_BYTES:,} bytes")
            continue
        line = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line  # noqa: PLW2901  the same line
        if line.isspace() or not line:
            continue
        try:
            yield flat.read(_DECODER.decode(line))
        except flat.FlatError as error:
            yield Malformed(number, _cut(_said(error.mistakes)))
        except RecursionError:
            yield Malformed(number, "nested too deeply: an event is one flat object")
        except UnicodeDecodeError:
            yield Malformed(number, "not UTF-8")
        except (msgspec.DecodeError, ValueError) as error:
            yield Malformed(number, _cut(_unread(str(error))))


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield lines; in the place of one that is too long, nothing."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while rest := stream.readline(MAX_LINE_BYTES):
            if rest.endswith(b"\n"):
                break
        yield None


def _unread(message: str) -> str:
    """Say why a line isn't an object of JSON."""
    if message.startswith("Expected `object`"):
        found = message.rpartition("got ")[2].strip("`")
        return f"expected an object of fields and values, found {found}"
    return "not JSON: " + message.removeprefix("JSON is malformed: ")


def _said(mistakes: tuple[flat.Mistake, ...]) -> str:
    said = [f"{one.message} – {one.hint}" if one.hint else one.message for one in mistakes]
    more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    return "; ".join(map(_cut, said[:_SHOWN])) + more


def _cut(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "…"
