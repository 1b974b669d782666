"""A clock that stands still until a test moves it."""

import asyncio
import time

SECOND_NS = 1_000_000_000


class ManualClock:
    """Both times are set by hand; sleepers wake when their time has come."""

    def __init__(self, wall_ns: int = 1_700_000_000 * SECOND_NS, boot_ns: int = SECOND_NS) -> None:
        """Begin at these times."""
        self.wall = wall_ns
        self.boot = boot_ns
        self._sleepers: list[tuple[int, asyncio.Event]] = []

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return self.wall

    def boot_ns(self) -> int:
        """Nanoseconds since boot."""
        return self.boot

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved this far."""
        event = asyncio.Event()
        self._sleepers.append((self.boot + int(seconds * SECOND_NS), event))
        await event.wait()

    async def advance(self, seconds: float) -> None:
        """Move both times on, and let what wakes run until it waits again."""
        end = self.boot + int(seconds * SECOND_NS)
        await self.settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= end]:
            sleeper = min(due, key=lambda one: one[0])
            self._sleepers.remove(sleeper)
            self._move(max(sleeper[0], self.boot))
            sleeper[1].set()
            await self.settle()
        self._move(end)

    async def settle(self) -> None:
        """Let every task run until it waits for something."""
        for _ in range(20):
            await self.settle_once()

    async def settle_once(self) -> None:
        """Let every task that is due run once."""
        await asyncio.sleep(0)  # noqa: TID251  yields to other tasks, waits for nothing

    def _move(self, boot_ns: int) -> None:
        self.wall += boot_ns - self.boot
        self.boot = boot_ns


class FastClock:
    """The machine's time, so many times as fast."""

    def __init__(self, times: int = 20) -> None:
        """Begin now."""
        self._times = times
        self._began_ns = time.monotonic_ns()
        self._wall_ns = time.time_ns()

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return self._wall_ns + self.boot_ns()

    def boot_ns(self) -> int:
        """Nanoseconds since this clock began."""
        return (time.monotonic_ns() - self._began_ns) * self._times

    async def sleep(self, seconds: float) -> None:
        """Return when this clock is so much later."""
        await asyncio.sleep(seconds / self._times)  # noqa: TID251  real time passes
