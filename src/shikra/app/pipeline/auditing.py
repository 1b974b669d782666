"""
Evaluate what came of the audit log, and say when it need not come again.

In: batches of the intake. Out: events, handed to the sensor a slice at a time so that nothing else
has to wait for long; and ``done`` of each batch, once its alerts were delivered. Audit events can
wait, others can't: while outputs are busy nothing is taken, the queue fills, and those who send are
told to wait.
"""

import asyncio
import collections
from collections.abc import Callable

from shikra.app.pipeline.outputs import Outputs
from shikra.app.pipeline.sensor import Sensor
from shikra.model.clock import Clock
from shikra.model.event import Event
from shikra.sources.audit.events import Unread
from shikra.sources.audit.intake import Done, Intake

SLICE = 32
"""Events that are evaluated before others have their turn."""

PAUSE_SECONDS = 0.02
LAST_NS = 5_000_000_000
"""How long is spent at the end on what waits."""

IsDelivered = Callable[[], bool]


class Auditing:
    """Takes from the intake until cancelled."""

    def __init__(self, intake: Intake, sensor: Sensor, outputs: Outputs, clock: Clock) -> None:
        """Have this sensor evaluate, whose alerts these outputs deliver."""
        self._intake = intake
        self._sensor = sensor
        self._outputs = outputs
        self._clock = clock
        self.unevaluated = 0  # when it had to end
        self._left: collections.deque[Event | Unread] = collections.deque()
        self._undelivered: collections.deque[tuple[IsDelivered, Done]] = collections.deque()
        self._begun: Done | None = None  # of the batch that is being evaluated
        self._finished: list[Done] = []  # of those that were evaluated when it had to end

    async def run(self) -> None:
        """Evaluate, and acknowledge, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._evaluate())
            tasks.create_task(self._acknowledge())

    def finish(self) -> None:
        """Evaluate what still waits, for a bounded time: its senders were told that it is taken."""
        dones = [self._begun]
        for batch in self._intake.rest():
            self._left.extend(batch.items)
            dones.append(batch.done)
        end_ns = self._clock.boot_ns() + LAST_NS
        while self._left and self._clock.boot_ns() < end_ns:
            self._slice()
        self.unevaluated = len(self._left)
        if not self._left:
            self._finished = [done for done in dones if done is not None]

    def settle(self) -> None:
        """Acknowledge what the outputs have delivered by the end."""
        self._acknowledge_delivered()
        if self._outputs.so_far()():
            for done in self._finished:
                done()

    async def _evaluate(self) -> None:
        while True:
            batch = await self._intake.take()
            self._begun = batch.done
            self._left.extend(batch.items)
            while self._left:
                while self._outputs.is_half_full:
                    await self._clock.sleep(PAUSE_SECONDS)
                self._slice()
                await self._clock.sleep(0)
            if batch.done is not None:
                # what is held back must not be forgotten by a restart
                self._sensor.tell_repeats(self._clock.wall_ns())
                self._undelivered.append((self._outputs.so_far(), batch.done))
            self._begun = None

    def _slice(self) -> None:
        for _ in range(min(SLICE, len(self._left))):
            one = self._left.popleft()
            if isinstance(one, Event):
                self._sensor.take_from_elsewhere(one)

    async def _acknowledge(self) -> None:
        while True:
            await self._clock.sleep(PAUSE_SECONDS)
            self._acknowledge_delivered()

    def _acknowledge_delivered(self) -> None:
        while self._undelivered and self._undelivered[0][0]():
            _, done = self._undelivered.popleft()
            done()
