"""
Make events of what an API server's audit log says.

In: bytes as they arrive: an ``Event``, an ``EventList`` or an array of events, of any version.
Out: an event each, or why it is none; one that can't be read doesn't spoil the others. Nothing
longer than ``max_event_bytes`` is decoded.
"""

import enum
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from shikra.model.event import Event
from shikra.sources.audit import when_audited
from shikra.sources.audit.document import Document, at, text
from shikra.sources.audit.readers import READERS

SOURCE = "k8s_audit"
TYPE = "pluginevent"  # Falco's word for events that aren't system calls

DEFAULT_MAX_EVENT_BYTES = 256 << 10
_MAX_MESSAGE = 200
_GROUP = "audit.k8s.io/"
_IDENTIFYING = (("auditID",), ("stage",), ("stageTimestamp",), ("requestURI",), ("verb",))


class Reason(enum.Enum):
    """Why something is no event: a label in the metrics."""

    NOT_JSON = "not json"
    NOT_AUDIT = "not an audit event"
    NO_TIME = "no time"
    TOO_LONG = "too long"
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
        """Begin at one; an event of more bytes isn't read."""
        self._max_event_bytes = max_event_bytes
        self._number = 0
        self._first_ns = 0
        self._envelope = msgspec.json.Decoder(_Envelope)
        self._array = msgspec.json.Decoder(list[msgspec.Raw])
        self._object = msgspec.json.Decoder(dict[str, Any])

    def read(self, body: bytes) -> Iterator[Event | Unread]:
        """Yield what is in it."""
        try:
            for raw, is_item in self._split(body):
                yield self._one(raw, is_item=is_item)
        except msgspec.DecodeError as error:
            yield Unread(Reason.NOT_JSON, str(error)[:_MAX_MESSAGE])
        except UnicodeDecodeError:
            yield Unread(Reason.NOT_JSON, "not UTF-8")
        except RecursionError:
            yield Unread(Reason.TOO_DEEP, "nested too deeply")

    def event(self, document: Document) -> Event | Unread:
        """Return the event that a decoded object is."""
        time_ns = when_audited.time_ns(document)
        if time_ns is None:
            return Unread(Reason.NO_TIME, "expected stageTimestamp as in 2026-01-31T08:15:00.5Z")
        self._number += 1
        self._first_ns = self._first_ns or time_ns
        event = Event(SOURCE, TYPE, time_ns, READERS)
        event.data = Audited(document, self._number, self._first_ns)
        event.identity = identity(document)
        event.actor = zlib.crc32(text(at(document, "user", "username")) or b"")
        return event

    def _split(self, body: bytes) -> Iterator[tuple[bytes | msgspec.Raw, bool]]:
        """Yield each event as it is written, and whether it is an element of a list."""
        if body.lstrip()[:1] == b"[":
            for raw in self._array.decode(body):
                yield raw, True
            return
        envelope = self._envelope.decode(body)
        if envelope.kind != "EventList" or not envelope.items:
            yield body, False
            return
        for raw in self._array.decode(envelope.items):
            yield raw, True

    def _one(self, raw: bytes | msgspec.Raw, *, is_item: bool) -> Event | Unread:
        size = memoryview(raw).nbytes
        if size > self._max_event_bytes:
            message = f"{size:,} bytes, at most {self._max_event_bytes:,} are read"
            return Unread(Reason.TOO_LONG, message)
        try:
            document = self._object.decode(raw)
        except msgspec.DecodeError as error:
            return Unread(Reason.NOT_JSON, str(error)[:_MAX_MESSAGE])
        except UnicodeDecodeError:
            return Unread(Reason.NOT_JSON, "not UTF-8")
        except RecursionError:
            return Unread(Reason.TOO_DEEP, "nested too deeply")
        if not _is_audit(document, is_item=is_item):
            found = {key: document.get(key) for key in ("kind", "apiVersion")}
            return Unread(
                Reason.NOT_AUDIT,
                f"expected kind Event of {_GROUP}v1, found {found!r:.{_MAX_MESSAGE}}",
            )
        return self.event(document)


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
