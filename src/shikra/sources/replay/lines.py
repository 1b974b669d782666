"""
Read a file of events: recorded ones, a flat object of fields each, and those of an audit log.

In: a stream of bytes. Out: an ``Event`` for each that it holds, or why something is none. A
document says itself what it is: an array, or an object with a ``kind`` or an audit id, holds
events of an audit log; no field is named so. A recorded event is at most ``MAX_LINE_BYTES``
long, and so is one of an audit log; what may hold many of those, as long as ``documents`` reads.
Empty lines are passed over.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, assert_never

import msgspec

from shikra.model.event import Event
from shikra.sources.audit import events as audit
from shikra.sources.replay import documents, flat

MAX_LINE_BYTES = 1 << 20
MAX_MESSAGE = 400

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN = 3  # mistakes of one line
_DECODER = msgspec.json.Decoder(dict[str, Any])
_AUDIT_KINDS = ("Event", "EventList")


class Malformed(msgspec.Struct, frozen=True):
    """What is no event, and why."""

    line: int  # that the document begins at, it or what it is in
    message: str


class _Envelope(msgspec.Struct):
    """As much as tells an audit log from a recording."""

    kind: Any = None
    auditID: Any = None  # noqa: N815  Kubernetes' spelling


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def read(stream: BinaryIO) -> Iterator[Event | Malformed]:
    """Yield what each document says."""
    decoder = audit.Decoder(max_event_bytes=MAX_LINE_BYTES)
    for number, document in documents.read(stream):
        if document is None:
            yield Malformed(number, f"longer than {documents.MAX_BYTES:,} bytes")
            continue
        text = document.removeprefix(_BYTE_ORDER_MARK) if number == 1 else document
        if text.isspace() or not text:
            continue
        if _is_audit(text):
            yield from _audited(number, text, decoder)
        elif len(text) > MAX_LINE_BYTES:
            yield Malformed(number, f"longer than {MAX_LINE_BYTES:,} bytes")
        else:
            yield _recorded(number, text)


def _is_audit(text: bytes) -> bool:
    """Whether it is about an audit log; reading a few keys costs less than all of it."""
    if text.lstrip().startswith(b"["):
        return True
    if b'"kind"' not in text and b'"auditID"' not in text:
        return False
    try:
        envelope = _ENVELOPE.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b'"auditID"' in text  # the body of a patch may be hard to read
    return envelope.kind in _AUDIT_KINDS or envelope.auditID is not None


def _audited(number: int, text: bytes, decoder: audit.Decoder) -> Iterator[Event | Malformed]:
    for place, item in enumerate(decoder.read(text), start=1):
        match item:
            case Event():
                yield item
            case audit.Unread(reason=reason, message=message):
                yield Malformed(number, _cut(f"event {place} in it: {reason.value}: {message}"))
            case _:
                assert_never(item)


def _recorded(number: int, text: bytes) -> Event | Malformed:
    try:
        return flat.read(_DECODER.decode(text))
    except flat.FlatError as error:
        return Malformed(number, _cut(_said(error.mistakes)))
    except RecursionError:
        return Malformed(number, "nested too deeply: an event is one flat object")
    except UnicodeDecodeError:
        return Malformed(number, "not UTF-8")
    except (msgspec.DecodeError, ValueError) as error:
        return Malformed(number, _cut(_unread(str(error))))


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
