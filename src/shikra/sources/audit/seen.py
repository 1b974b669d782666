"""
Remember which events were there already.

In: identities of events. Out: whether one is new. The latest ``capacity`` are remembered, so memory
is bounded: a copy that comes later than that many others is taken for new.
"""

import collections
import hashlib

DEFAULT_CAPACITY = 100_000
_DIGEST_BYTES = 16


class Seen:
    """Tells copies from events."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        """Begin with nothing seen."""
        self._capacity = capacity
        self._digests: collections.OrderedDict[bytes, None] = collections.OrderedDict()

    def is_new(self, identity: bytes) -> bool:
        """Whether it wasn't there before; it was from now on."""
        digest = hashlib.blake2b(identity, digest_size=_DIGEST_BYTES).digest()
        if digest in self._digests:
            self._digests.move_to_end(digest)
            return False
        self._digests[digest] = None
        if len(self._digests) > self._capacity:
            self._digests.popitem(last=False)
        return True
