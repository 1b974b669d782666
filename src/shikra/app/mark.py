"""
Mark in the state folder that Shikra runs, for the next start to know if it wasn't asked to end.

In: the folder of the configuration. Out: whether it is ours, what ended there before, and a mark
that is kept fresh. Without a folder, or where another Shikra has it, nothing is marked or
remembered, which is said.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from shikra.enforce import last_run
from shikra.enforce.last_run import Ended, Mark
from shikra.enforce.memory import CannotRememberError
from shikra.model.clock import Clock

LOG = logging.getLogger(__name__)
BOOT = Path("/proc/sys/kernel/random/boot_id")
FRESH_SECONDS = 1.0
UNKNOWN = "the next start will know nothing of this one: %s"


class Marker:
    """The mark of this Shikra."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Mark nothing yet."""
        self._folder = folder
        self._clock = clock
        self._mark = Mark(boot=BOOT.read_text().strip(), pid=os.getpid(), began_ns=clock.wall_ns())
        self.ended: Ended | None = None
        """Whoever ran before and wasn't asked to end."""
        self._is_there = False

    def find(self) -> None:
        """Find what is there; it stays, should this start fail."""
        self.ended = last_run.find(self._folder, self._mark.boot, self._clock.wall_ns())

    async def run(self, enforcing: Callable[[], int]) -> None:
        """Take its place, and keep it fresh until cancelled; it says how many rules act."""
        while True:
            self._keep(enforcing())
            await self._clock.sleep(FRESH_SECONDS)

    def end(self) -> None:
        """Take it away: Shikra was asked to end."""
        if self._is_there:
            last_run.remove(self._folder)

    def _keep(self, enforcing: int) -> None:
        if self._is_there and enforcing == self._mark.enforcing:
            last_run.touch(self._folder, self._clock.wall_ns())
            return
        self._mark = Mark(
            boot=self._mark.boot,
            pid=self._mark.pid,
            began_ns=self._mark.began_ns,
            enforcing=enforcing,
        )
        try:
            last_run.write(self._folder, self._mark)
        except CannotRememberError as error:
            LOG.warning(UNKNOWN, error)
        self._is_there = True


@contextlib.contextmanager
def kept(folder: str, clock: Clock) -> Iterator[Marker | None]:
    """Have a mark for as long as the block lasts, and longer if it fails."""
    if not folder:
        yield None
        return
    marker = Marker(Path(folder), clock)
    with contextlib.ExitStack() as stack:
        try:
            is_ours = stack.enter_context(last_run.claimed(Path(folder)))
            if is_ours:
                marker.find()
        except CannotRememberError as error:
            LOG.warning(UNKNOWN, error)
            is_ours = False
        else:
            if not is_ours:
                LOG.warning(UNKNOWN, f"another Shikra has {folder}")
        yield marker if is_ours else None
        if is_ours:
            marker.end()
