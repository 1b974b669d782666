"""
Read of a long event what is short.

An event is as long as the objects in it, and whoever writes an object may make it as long as the
API server allows: leaving such events out would hide who did what. In: an event's text. Out: the
event without what is long in it, wherever that stands, so that what is decoded has a bound: of an
object and of a list the shortest parts are kept whole, the longer ones shortened in turn.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

MAX_DEPTH = 8
"""So deep are parts looked into; what is long below is left out."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ANYTHING = msgspec.json.Decoder()
_LEFT_OUT = object()


def shortened(raw: bytes | msgspec.Raw, max_bytes: int) -> dict[str, Any]:
    """Return the event, of so many bytes at most; raise as the decoder does."""
    return _Shortener(max_bytes).of_object(raw, 0)


class _Shortener:
    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes

    def of_object(self, raw: bytes | msgspec.Raw, depth: int) -> dict[str, Any]:
        parts = _OBJECT.decode(raw)
        found: dict[str, Any] = {}
        for key in _shortest_first(parts, parts.values()):
            self._left -= len(key)
            if self._left < 0:
                break
            value = self._of(parts[key], depth)
            if value is not _LEFT_OUT:
                found[key] = value
        return found

    def _of(self, raw: msgspec.Raw, depth: int) -> Any:
        view = memoryview(raw)
        if view.nbytes <= self._left:
            self._left -= view.nbytes
            return _ANYTHING.decode(raw)
        first = bytes(view[:1])
        if depth == MAX_DEPTH or first not in (b"{", b"["):
            return _LEFT_OUT
        return self.of_object(raw, depth + 1) if first == b"{" else self._of_array(raw, depth + 1)

    def _of_array(self, raw: msgspec.Raw, depth: int) -> list[Any]:
        parts = _ARRAY.decode(raw)
        found = dict.fromkeys(range(len(parts)), _LEFT_OUT)
        for place in _shortest_first(range(len(parts)), parts):
            if self._left <= 0:
                break
            self._left -= 1
            found[place] = self._of(parts[place], depth)
        return [value for value in found.values() if value is not _LEFT_OUT]


def _shortest_first(keys: Iterable[Any], parts: Iterable[msgspec.Raw]) -> list[Any]:
    sizes = zip(keys, (memoryview(part).nbytes for part in parts), strict=True)
    return [key for key, _ in sorted(sizes, key=lambda each: each[1])]
