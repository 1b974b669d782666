"""Taking what a source has."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from shikra.app.pipeline import pump
from shikra.model.event import Event
from support.clocks import SECOND_NS, ManualClock
from support.events import opened
from support.kernels import FakeKernel

CLOCK = ManualClock()


async def settled() -> None:
    """Let the loop look at its descriptors and run what is due."""
    for _ in range(5):
        await CLOCK.settle()


def pumped(kernel: FakeKernel, test: Coroutine[Any, Any, None], taken: list[Any]) -> None:
    """Run a test beside the pump."""

    async def both() -> None:
        """Pump until the test is over."""
        async with asyncio.TaskGroup() as tasks:
            pumping = tasks.create_task(pump.pump(kernel, taken.append))
            await test
            pumping.cancel()

    try:
        asyncio.run(both())
    finally:
        kernel.close()


def test_items_are_taken_as_they_come() -> None:
    """What was there before and what comes later is taken, in order."""
    kernel = FakeKernel()
    events = [opened("/a"), opened("/b"), opened("/c")]
    taken: list[Event] = []

    async def test() -> None:
        """Let the last event come later."""
        await settled()
        assert taken == events[:2]
        kernel.put(events[2])
        await settled()
        assert taken == events

    for event in events[:2]:
        kernel.put(event)
    pumped(kernel, test(), taken)


def test_a_flood_lets_others_run() -> None:
    """A full source is taken in pieces, and other tasks run in between."""
    kernel = FakeKernel()
    taken: list[Event] = []
    for _ in range(pump.BATCH * 3):
        kernel.put(opened("/a"))

    async def test() -> None:
        """See the pieces."""
        seen = set()
        while len(taken) < pump.BATCH * 3:
            await CLOCK.settle_once()
            seen.add(len(taken))
        assert {pump.BATCH, pump.BATCH * 2} <= seen

    pumped(kernel, test(), taken)


def test_a_mistake_ends_the_pump() -> None:
    """What the taker raises isn't swallowed: the program must not look alive and see nothing."""
    kernel = FakeKernel()
    kernel.put(opened("/a"))

    def take(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(pump.pump(kernel, take))
    kernel.close()


class Endless(FakeKernel):
    """A kernel whose ring never gets empty, and a second passes with each batch."""

    is_empty = False

    def drain(self, limit: int) -> Iterator[pump.Item]:
        """Yield for ever."""
        CLOCK.boot += SECOND_NS
        return iter([opened("/a")] * limit)


def test_the_end_takes_what_is_left_for_a_bounded_time() -> None:
    """Nothing more is watched, the ring is emptied, and a flood doesn't keep us."""
    for kernel, expected in ((FakeKernel(), 2), (Endless(), 2 * pump.BATCH)):
        for _ in range(2):
            kernel.put(opened("/a"))
        taken: list[pump.Item] = []
        pump.finish(kernel, taken.append, CLOCK)
        assert len(taken) == expected
        assert kernel.watched == [frozenset()]
        kernel.close()
