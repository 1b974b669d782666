"""
Make events of what an API server's audit log says.

In: bytes as they arrive: an ``Event``, an ``EventList`` or an array of events, of any version.
Out: an event each, or why it is none; one that can't be read doesn't spoil the others. Who sends a
request chooses much of what stands there, so what can be read of an event is: one that is too long
is told as such and read without what is long in it, and letters that can't be read are replaced.
"""

import enum
import itertools
import zlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from shikra.model.event import Event
from shikra.sources.audit import mend, shorten, when_audited
from shikra.sources.audit.document import Document, at, text
from shikra.sources.audit.readers import READERS

SOURCE = "k8s_audit"
TYPE = "pluginevent"  # Falco's word for events that aren't system calls

DEFAULT_MAX_EVENT_BYTES = 256 << 10
MAX_EVENTS = 20_000
"""An API server sends 400 at once unless it is told otherwise."""

_MAX_MESSAGE = 200
_GROUP = "audit.k8s.io/"
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_IDENTIFYING = (("auditID",), ("stage",), ("stageTimestamp",), ("requestURI",), ("verb",))

T = TypeVar("T")


class Reason(enum.Enum):
    """Why something is no event: a label in the metrics."""

    NOT_JSON = "not json"
    NOT_AUDIT = "not an audit event"
    NO_TIME = "no time"
    TOO_LONG = "too long"
    TOO_MANY = "too many"
    SHORTENED = "shortened"  # it was too long, and is read without what is long in it
    TOO_DEEP = "too deep"
    TRUNCATED = "truncated"  # on its way here, and not by us


class Unread(msgspec.Struct, frozen=True):
    """What isn't an audit event."""

    reason: Reason
    message: str  # for a person; at most a few words of it were written by others


class Audited(msgspec.Struct, frozen=True):
    """What the readers of an audit event look into."""

    document: Document
    number: int  # of the event, counted from 1
    first_ns: int  # when the first one happened


class _Envelope(msgspec.Struct):
    """As much as tells a list from an event."""

    kind: Any = None
    apiVersion: Any = None  # noqa: N815  Kubernetes' spelling
    items: msgspec.Raw = msgspec.Raw()


class Decoder:
    """Makes events, and numbers them."""

    def __init__(self, *, max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES) -> None:
        """Begin at one; of an event that is longer only so much is read."""
        self._max_event_bytes = max_event_bytes
        self._numbers = itertools.count(1)  # more than one thread may read
        self._first_ns = 0
        self._envelope = msgspec.json.Decoder(_Envelope)
        self._array = msgspec.json.Decoder(list[msgspec.Raw])
        self._object = msgspec.json.Decoder(dict[str, Any])

    def read(self, body: bytes) -> Iterator[Event | Unread]:
        """Yield what is in it; of an event that is too long that it is, and what else it says."""
        try:
            found = _mended_if_need_be(self._split, body)
        except _UNREADABLE as error:
            yield _unread(error)
            return
        if len(found) > MAX_EVENTS:
            message = f"{len(found):,} events, at most {MAX_EVENTS:,} are taken at once"
            yield Unread(Reason.TOO_MANY, message)
            return
        for raw, is_item in found:
            yield from self._one(raw, is_item=is_item)

    def event(self, document: Document, *, is_cut: bool = False) -> Event | Unread:
        """Return the event that a decoded object is; ``is_cut`` if it is but a part of it."""
        time_ns = when_audited.time_ns(document)
        if time_ns is None:
            return Unread(Reason.NO_TIME, "expected stageTimestamp as in 2026-01-31T08:15:00.5Z")
        self._first_ns = self._first_ns or time_ns
        event = Event(SOURCE, TYPE, time_ns, READERS)
        event.data = Audited(document, next(self._numbers), self._first_ns)
        event.is_cut = is_cut
        event.identity = identity(document)
        event.actor = zlib.crc32(text(at(document, "user", "username")) or b"")
        return event

    def _split(self, body: bytes) -> list[tuple[bytes | msgspec.Raw, bool]]:
        """Return each event as it is written, and whether it is an element of a list."""
        if body.lstrip()[:1] == b"[":
            return [(raw, True) for raw in self._array.decode(body)]
        envelope = self._envelope.decode(body)
        if envelope.kind != "EventList" or not envelope.items:
            return [(body, False)]
        return [(raw, True) for raw in self._array.decode(envelope.items)]

    def _one(self, raw: bytes | msgspec.Raw, *, is_item: bool) -> Iterator[Event | Unread]:
        size = memoryview(raw).nbytes
        is_long = size > self._max_event_bytes
        try:
            document = _mended_if_need_be(self._shortened if is_long else self._object.decode, raw)
        except _UNREADABLE as error:
            yield _unread(error)
            return
        if not _is_audit(document, is_item=is_item):
            found = {key: document.get(key) for key in ("kind", "apiVersion")}
            message = f"expected kind Event of {_GROUP}v1, found {found!r:.{_MAX_MESSAGE}}"
            yield Unread(Reason.NOT_AUDIT, message)
            return
        if is_long:
            message = f"{size:,} bytes, at most {self._max_event_bytes:,} of it are read"
            yield Unread(Reason.SHORTENED, message)
        yield self.event(document, is_cut=is_long)

    def _shortened(self, raw: bytes | msgspec.Raw) -> dict[str, Any]:
        return shorten.shortened(raw, self._max_event_bytes)


def _mended_if_need_be(decode: Callable[[Any], T], raw: bytes | msgspec.Raw) -> T:
    """Decode; what can't be, once more, with all replaced that hinders."""
    try:
        return decode(raw)
    except _UNREADABLE:
        return decode(mend.mended(bytes(memoryview(raw))))


def _unread(error: Exception) -> Unread:
    match error:
        case RecursionError():
            return Unread(Reason.TOO_DEEP, "nested too deeply")
        case UnicodeDecodeError():
            return Unread(Reason.NOT_JSON, "not UTF-8")
        case _:
            return Unread(Reason.NOT_JSON, str(error)[:_MAX_MESSAGE])


def identity(document: Document) -> bytes:
    """
    Return what two copies of an event have in common, and two events haven't.

    An audit id alone isn't enough: a request has one in each of its stages, and an aggregated
    server gives its own events of a request that it was handed on the id of the first.
    """
    parts = (text(at(document, *keys)) or b"" for keys in _IDENTIFYING)
    return b"\0".join((*parts, text(at(document, "user", "username")) or b""))


def _is_audit(document: Document, *, is_item: bool) -> bool:
    """Whether it says that it is one. Elements of a list need not, nor did those of old servers."""
    version = document.get("apiVersion")
    if version is not None and not (isinstance(version, str) and version.startswith(_GROUP)):
        return False
    return document.get("kind") in (("Event", None) if is_item else ("Event",)) and (
        version is not None or "auditID" in document
    )
