"""
Any part of the event, by a JSON pointer (RFC 6901), and all of it.

The slash that begins a pointer may be left out. Text is what it is; all else is compact JSON.
"""

from typing import Any

import msgspec

from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.audit.document import compact
from shikra.sources.audit.readers.wrap import document_of

_MISSING = object()


def follow(node: Any, pointer: str) -> Any:
    """Return what a pointer leads to; ``_MISSING`` if nothing."""
    if not pointer:
        return node
    for part in pointer.removeprefix("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(key, _MISSING)
        elif isinstance(node, list) and key.isdecimal() and len(key) <= len(str(len(node))):
            node = node[int(key)] if int(key) < len(node) else _MISSING
        else:
            return _MISSING
    return node


def _value(event: Event, argument: str | None) -> Value:
    found = follow(document_of(event), argument or "")
    if found is _MISSING:
        return None
    return found.encode(errors="replace") if isinstance(found, str) else compact(found)


def _whole(event: Event, _argument: str | None) -> Value:
    return msgspec.json.format(compact(document_of(event)), indent=2)


def _time(event: Event, _argument: str | None) -> Value:
    return str(event.time_ns).encode()


def _named(prefix: str) -> Readers:
    return {f"{prefix}.value": _value, f"{prefix}.obj": _whole, f"{prefix}.rawtime": _time}


def _truncated(event: Event, _argument: str | None) -> Value:
    return b"true" if event.is_cut else b"false"


READERS: Readers = {"ka.truncated": _truncated, **_named("json"), **_named("jevt")}
