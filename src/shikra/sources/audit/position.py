"""
Keep where reading got to, so that it goes on there after a restart.

In: positions, each with what was read up to it, and word that this was delivered. Out: a file that
holds the last position before which everything was delivered, whole at any time: it is written
beside, made durable and renamed. Positions that follow quickly are stored as one. What can't be
stored or read is counted and told once; reading goes on.
"""

import asyncio
import collections
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from shikra.model.clock import Clock

LOG = logging.getLogger(__name__)

_PAUSE_S = 0.5
_NOT_STORED = "position not stored"
_NOT_READ = "position not read"

Position = TypeVar("Position")


class InOrder(Generic[Position]):
    """Tells how far everything is done, when parts are done in any order."""

    def __init__(self, reached: Callable[[Position], None]) -> None:
        """Tell each position once it and all before it are done."""
        self._reached = reached
        self._waiting: collections.deque[_Waiting[Position]] = collections.deque()

    def add(self, position: Position) -> Callable[[], None]:
        """Take the next position; what is returned is called when it is done."""
        one = _Waiting(position)
        self._waiting.append(one)

        def done() -> None:
            one.is_done = True
            while self._waiting and self._waiting[0].is_done:
                self._reached(self._waiting.popleft().position)

        return done


class Kept(Generic[Position]):
    """A position in a file, or without a path in memory only."""

    def __init__(self, path: Path | None, kind: type[Position], clock: Clock) -> None:
        """Store positions of this kind here."""
        self.faults = collections.Counter({_NOT_STORED: 0, _NOT_READ: 0})
        self._path = path
        self._kind = kind
        self._clock = clock
        self._position: Callable[[], Position] | None = None  # that isn't stored yet
        self._changed = asyncio.Event()
        self._is_told = False
        self._lock = threading.Lock()  # when it ends, a thread may still be storing
        self._taken = b""
        self._taken_number = 0
        self._stored_number = 0

    @property
    def is_unreadable(self) -> bool:
        """Whether something was stored, and nobody knows what."""
        return bool(self.faults[_NOT_READ])

    def load(self) -> Position | None:
        """Return what was stored; ``None`` if nothing was, or it can't be read."""
        if self._path is None:
            return None
        try:
            return msgspec.msgpack.decode(self._path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._tell(_NOT_READ, error)
            return None

    def keep(self, position: Callable[[], Position]) -> None:
        """Store a position soon; it is asked for then, since a later one may have come."""
        self._position = position
        self._changed.set()

    async def run(self) -> None:
        """Store what is to be stored, for ever, and when it ends."""
        try:
            while True:
                await self._changed.wait()
                self._take()
                await asyncio.to_thread(self._store, self._taken, self._taken_number)
                await self._clock.sleep(_PAUSE_S)
        finally:
            self.flush()

    def flush(self) -> None:
        """Store now what is to be stored, also what a thread was to store that never began."""
        self._take()
        self._store(self._taken, self._taken_number)

    def _take(self) -> None:
        """Make the content that the file should have."""
        position, self._position = self._position, None
        self._changed.clear()
        if position is not None:
            self._taken_number += 1
            self._taken = msgspec.msgpack.encode(position())

    def _store(self, content: bytes, number: int) -> None:
        """Write it, unless it or a later one was written already."""
        with self._lock:
            if self._path is None or number <= self._stored_number:
                return
            try:
                _write(self._path, content)
            except OSError as error:
                self._tell(_NOT_STORED, error)
            else:
                self._stored_number = number
                self._is_told = False

    def _tell(self, what: str, error: Exception) -> None:
        """Count it, and log it once until it works again."""
        self.faults[what] += 1
        if not self._is_told:
            LOG.warning("%s: %s: %s", self._path, what, error)
            self._is_told = True


class _Waiting(msgspec.Struct, Generic[Position]):
    """A position that isn't reached."""

    position: Position
    is_done: bool = False


def _write(path: Path, content: bytes) -> None:
    """Replace a file as a whole, durably."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with open(os.open(beside, mode, 0o600), "wb") as file:  # noqa: PTH123  it is a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
