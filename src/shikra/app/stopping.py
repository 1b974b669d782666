"""When to stop: at a signal, or when the time is over."""

import asyncio
import signal
from collections.abc import Callable

NUMBERS = (signal.SIGINT, signal.SIGTERM)


def at_signals(hang_up: Callable[[], None] | None = None) -> asyncio.Event:
    """Return what is set when the program is told to stop; SIGHUP may mean something else."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in NUMBERS:
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, hang_up or stop.set)
    return stop


async def until(stop: asyncio.Event, seconds: float | None) -> None:
    """Wait until told to stop, at most this long."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
