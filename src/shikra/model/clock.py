"""Time as a parameter, so that tests need not wait and a jump of the clock can be tried."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the time is, and how to let it pass."""

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch. May jump."""
        ...

    def boot_ns(self) -> int:
        """Nanoseconds since boot, suspension included. Never jumps back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after this long."""
        ...


class SystemClock:
    """The machine's clock."""

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return time.time_ns()

    def boot_ns(self) -> int:
        """Nanoseconds since boot."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Return after this long."""
        await asyncio.sleep(seconds)  # noqa: TID251  the one place that may
