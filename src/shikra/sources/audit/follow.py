"""
Read the API server's audit log from its file.

In: a path at which lines of JSON are appended, through rotation by rename or by copy and truncate.
Out: batches of events, each with word to be given when it was delivered; only then its place is
stored, so that after a restart nothing is missed. A log that isn't there, can't be read or is no
file is told once, counted and tried again, less often while it lasts; this never ends by itself.
"""

import asyncio
import collections
import errno
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from shikra.model.clock import Clock
from shikra.model.event import Event
from shikra.sources.audit.events import Decoder, Unread
from shikra.sources.audit.intake import Batch
from shikra.sources.audit.opened import NotAFile
from shikra.sources.audit.place import Place
from shikra.sources.audit.position import InOrder, Kept
from shikra.sources.audit.tail import Piece, Tail

LOG = logging.getLogger(__name__)

Put = Callable[[str, Batch], Awaitable[None]]

_PAUSES_S = (0.2, 0.5)  # a look costs nothing, and a log that comes may be rotated soon
_KNOWN = {
    errno.ENOENT: "absent",
    errno.ENOTDIR: "absent",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
}

MAX_LINE_BYTES = 12 << 20
"""More than the API server puts into an event; of a long one the decoder reads a part."""


class FollowConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which file, and how."""

    path: Path
    from_start: bool = False  # what is in it already, where no position is stored
    state_dir: Path | None = None
    poll_seconds: float = 0.2
    max_line_bytes: int = MAX_LINE_BYTES


class _Stored(msgspec.Struct, frozen=True):
    """What the file of the position holds."""

    path: str
    place: Place


class Follow:
    """Reads one audit log as it grows."""

    way = "file"

    def __init__(self, config: FollowConfig, decoder: Decoder, put: Put, clock: Clock) -> None:
        """Open nothing before ``run``."""
        self._config = config
        self._decoder = decoder
        self._put = put
        self._clock = clock
        state = config.state_dir and config.state_dir / "audit-file.position"
        self._kept = Kept(state, _Stored, clock)
        self._order = InOrder(self._reached)
        self._counts: collections.Counter[str] = collections.Counter()
        self._told: str | None = None
        place = self._place()
        is_all_new = config.from_start or self._kept.is_unreadable  # twice is better than never
        self._tail = Tail(config.path, config.max_line_bytes, place, is_all_new=is_all_new)

    @property
    def counts(self) -> collections.Counter[str]:
        """What happened to the file, by reason, beside its lines being read."""
        return self._counts + self._tail.happened + self._kept.faults

    async def run(self) -> None:
        """Read for ever."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._kept.run())
                await self._follow()
        finally:
            self._tail.close()

    def finish(self) -> None:
        """Store the place of what was delivered after ``run`` ended."""
        self._kept.flush()

    def _place(self) -> Place | None:
        """Return where reading ended, if it was in this log."""
        stored = self._kept.load()
        if stored is None or stored.path != str(self._config.path):
            return None
        return stored.place

    def _reached(self, place: Place) -> None:
        self._kept.keep(lambda: _Stored(str(self._config.path), place))

    async def _follow(self) -> None:
        failures = 0
        while True:
            try:
                piece = await asyncio.to_thread(self._tail.read, self._clock.boot_ns())
            except OSError as error:
                self._refused(error)
                await self._clock.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
                failures += 1
                continue
            failures = 0
            if piece is None:
                await self._clock.sleep(self._config.poll_seconds)
                continue
            self._readable()
            await self._hand_on(piece)

    async def _hand_on(self, piece: Piece) -> None:
        done = self._order.add(piece.place)
        if piece.lines:
            await self._put(self.way, Batch(list(self._events(piece.lines)), done))
        else:
            done()

    def _events(self, lines: list[bytes | Unread]) -> Iterator[Event | Unread]:
        for line in lines:
            match line:
                case Unread():
                    yield line
                case bytes():
                    yield from self._decoder.read(line)

    def _refused(self, error: OSError) -> None:
        """Count it, and log it once."""
        reason = "not a file" if isinstance(error, NotAFile) else _KNOWN.get(error.errno or 0)
        reason = reason or (error.strerror or "unreadable").lower()
        self._counts[reason] += 1
        if self._told != reason:
            LOG.warning("%s can't be read: %s; it is tried again", self._config.path, reason)
            self._told = reason

    def _readable(self) -> None:
        if self._told is not None:
            LOG.info("%s is read now", self._config.path)
            self._told = None
