"""Audit events are evaluated in turn with everything else, and acknowledged when it is done."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Self

from shikra.app.pipeline.auditing import SLICE, Auditing
from shikra.model.event import Event
from shikra.sources.audit.intake import Batch, Intake
from support.audited import event
from support.clocks import ManualClock


class Sensor:
    """Counts what it is given."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events: list[Event] = []
        self.told = 0

    def take_from_elsewhere(self, one: Event) -> None:
        """Take note of it."""
        self.events.append(one)

    def tell_repeats(self, _now_ns: int) -> None:
        """Take note that counts were asked for."""
        self.told += 1


class Outputs:
    """Is as busy as a test wants it, and has delivered when the test says so."""

    is_half_full = False
    has_delivered = False

    def so_far(self) -> Callable[[], bool]:
        """Tell whether alerts until now were delivered."""
        return lambda: self.has_delivered


class Bench:
    """What a test needs."""

    def __init__(self) -> None:
        """Connect it."""
        self.intake, self.sensor, self.outputs = Intake(), Sensor(), Outputs()
        self.clock = ManualClock()
        self.auditing = Auditing(self.intake, self.sensor, self.outputs, self.clock)
        self.done: list[str] = []

    async def put(self, count: int) -> None:
        """Have a batch come in."""
        number = len(self.done) + count
        items = [event(auditID=f"{number} {index}") for index in range(count)]
        await self.intake.put("file", Batch(items, lambda: self.done.append("done")))

    async def __aenter__(self) -> Self:
        """Run it."""
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._task = self._tasks.create_task(self.auditing.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        self._task.cancel()
        await self._tasks.__aexit__(None, None, None)


async def test_a_batch_is_done_when_its_alerts_are_delivered() -> None:
    """A position is stored only after the alerts of what was read have arrived."""
    async with Bench() as bench:
        await bench.put(3)
        await bench.clock.advance(1)
        assert len(bench.sensor.events) == 3
        assert bench.sensor.told == 1  # what is held back is told before
        assert bench.done == []
        bench.outputs.has_delivered = True
        await bench.clock.advance(1)
        assert bench.done == ["done"]


async def test_busy_outputs_are_waited_for() -> None:
    """While outputs have enough to do, events stay in the queue, where they aren't lost."""
    async with Bench() as bench:
        bench.outputs.is_half_full = True
        await bench.put(3)
        await bench.clock.advance(5)
        assert bench.sensor.events == []
        bench.outputs.is_half_full = False
        await bench.clock.advance(1)
        assert len(bench.sensor.events) == 3


async def test_others_have_their_turn() -> None:
    """A large batch is evaluated a slice at a time."""
    async with Bench() as bench:
        await bench.put(SLICE * 3)
        await bench.clock.settle_once()
        await bench.clock.settle_once()
        assert 0 < len(bench.sensor.events) <= SLICE
        await bench.clock.advance(1)
        assert len(bench.sensor.events) == SLICE * 3


async def test_what_was_taken_is_evaluated_at_the_end() -> None:
    """Batches that wait, and the rest of the one that was begun, are evaluated before the end."""
    async with Bench() as bench:
        bench.outputs.is_half_full = True
        await bench.put(SLICE)
        await bench.put(SLICE + 1)
        await bench.clock.settle()
    bench.auditing.finish()
    assert len(bench.sensor.events) == 2 * SLICE + 1
    assert bench.auditing.unevaluated == 0


async def test_the_end_is_not_put_off_for_ever() -> None:
    """What can't be evaluated in time is counted."""

    class Late(ManualClock):
        times: Iterator[int] = iter(range(0, 1 << 62, 3_000_000_000))

        def boot_ns(self) -> int:
            return next(self.times)

    bench = Bench()
    bench.auditing = Auditing(bench.intake, bench.sensor, bench.outputs, Late())
    await bench.put(SLICE * 9)
    bench.auditing.finish()
    assert len(bench.sensor.events) + bench.auditing.unevaluated == SLICE * 9
    assert bench.auditing.unevaluated > 0


async def test_what_was_evaluated_at_the_end_need_not_come_again() -> None:
    """Batches that are begun or waiting when it ends are acknowledged once all is delivered."""
    async with Bench() as bench:
        bench.outputs.is_half_full = True
        for count in (SLICE + 1, 2, 3):
            await bench.put(count)
        await bench.clock.advance(1)
        assert bench.sensor.events == []
    bench.auditing.finish()
    assert len(bench.sensor.events) == SLICE + 1 + 2 + 3
    bench.auditing.settle()
    assert bench.done == []
    bench.outputs.has_delivered = True
    bench.auditing.settle()
    assert bench.done == ["done"] * 3
