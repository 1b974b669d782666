"""
Read of a long event what is short.

An event is as long as the objects in it, and whoever writes an object may make it as long as the
API server allows: leaving such events out would hide who did what. In: an event's text. Out: the
event without its longest parts, so that what is decoded has a bound.
"""

from typing import Any

import msgspec

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANYTHING = msgspec.json.Decoder()


def shortened(raw: bytes | msgspec.Raw, max_bytes: int) -> dict[str, Any]:
    """Return the event's shortest parts, of so many bytes in all; raise as the decoder does."""
    parts = {key: memoryview(part) for key, part in _PARTS.decode(raw).items()}
    found: dict[str, Any] = {}
    size = 0
    for key, part in sorted(parts.items(), key=lambda each: each[1].nbytes):
        size += len(key) + part.nbytes
        if size > max_bytes:
            break
        found[key] = _ANYTHING.decode(part)
    return found
