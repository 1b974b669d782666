"""When to stop."""

import asyncio
import os
import signal

import pytest

from shikra.app import stopping


async def stopped_by(number: signal.Signals) -> list[str]:
    """Send a signal to ourselves; return what it did."""
    did: list[str] = []
    stop = stopping.at_signals(lambda: did.append("reload"))
    os.kill(os.getpid(), number)
    await stopping.until(stop, 0.2)
    if stop.is_set():
        did.append("stop")
    return did


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(signal.SIGINT, ["stop"], id="interrupt"),
        pytest.param(signal.SIGTERM, ["stop"], id="terminate"),
        pytest.param(signal.SIGHUP, ["reload"], id="hang up"),
    ],
)
def test_a_signal_does_what_it_is_for(number: signal.Signals, expected: list[str]) -> None:
    """Interrupt and terminate stop; hang up is a request to reload."""
    assert asyncio.run(stopped_by(number)) == expected


def test_time_may_be_over_before() -> None:
    """Without a signal the wait ends when its time is over."""

    async def test() -> bool:
        """Wait for nothing."""
        stop = asyncio.Event()
        await stopping.until(stop, 0)
        return stop.is_set()

    assert not asyncio.run(test())
