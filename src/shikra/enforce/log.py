"""What was done of late, or would have been: a bounded list, oldest first."""

import collections
from collections.abc import Sequence

import msgspec

from shikra.model.enforcement import Action, Mechanism

CAPACITY = 1_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One alert that says what was done."""

    time_ns: int
    rule: str
    revision: str
    action: Action
    mechanism: Mechanism | None
    container: str
    pod: str  # NAMESPACE/NAME, where there is one
    pid: int
    command: str
    path: str  # of the file that it was about, if any


class Log:
    """The latest entries."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Begin empty."""
        self._entries: collections.deque[Entry] = collections.deque(maxlen=capacity)
        self.forgotten = 0

    def add(self, entry: Entry) -> None:
        """Add the latest; the oldest makes room for it."""
        if len(self._entries) == self._entries.maxlen:
            self.forgotten += 1
        self._entries.append(entry)

    def latest(self, most: int) -> Sequence[Entry]:
        """Return the last so many, oldest first."""
        entries = list(self._entries)
        return entries[max(0, len(entries) - most) :]
