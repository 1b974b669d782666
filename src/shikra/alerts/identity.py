"""Name alerts so that names sort by time: UUID version 7, to a quarter of a microsecond."""

import hashlib
import uuid

RANDOM_BYTES = 8
_MILLISECOND_NS = 1_000_000


def uuid7(time_ns: int, random: bytes) -> str:
    """Return the identity of what happened at this time; RFC 9562, method 3."""
    milliseconds, rest = divmod(max(time_ns, 0), _MILLISECOND_NS)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76  # version
    value |= (rest * 4_096 // _MILLISECOND_NS) << 64
    value |= 0b10 << 62  # variant
    value |= int.from_bytes(random) & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def derived(*parts: bytes) -> bytes:
    """Return what stands for chance where the same alert must get the same name again."""
    told = b"".join(len(part).to_bytes(8) + part for part in parts)
    return hashlib.sha256(told).digest()[:RANDOM_BYTES]
