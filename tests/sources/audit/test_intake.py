"""The queue of audit events is bounded, and all that comes is counted."""

import asyncio

from shikra.model.event import Event
from shikra.sources.audit.events import Reason, Unread
from shikra.sources.audit.intake import Batch, Intake
from support.audited import event

WAY = "webhook"
NO_JSON = Unread(Reason.NOT_JSON, "")


def events(count: int, first: int = 0) -> list[Event | Unread]:
    """Make events that differ."""
    return [event(auditID=str(first + number)) for number in range(count)]


async def test_batches_come_out_in_their_order() -> None:
    """What went in first comes out first, and what was no event doesn't."""
    intake = Intake()
    first, second = events(2), events(1, first=2)
    assert await intake.offer(WAY, Batch([first[0], NO_JSON, first[1]]))
    await intake.put("file", Batch(second))
    assert intake.waiting == 3
    assert list((await intake.take()).items) == first
    assert list((await intake.take()).items) == second
    assert intake.waiting == 0
    assert intake.counts.events == {WAY: 2, "file": 1}
    assert intake.counts.unread == {(WAY, Reason.NOT_JSON): 1}


async def test_a_full_queue_refuses() -> None:
    """Who sends when there is no room hears so, and nothing of the batch is kept or remembered."""
    intake = Intake(capacity=3)
    assert await intake.offer(WAY, Batch(events(2)))
    assert not await intake.offer(WAY, Batch(events(2, first=2)))
    assert intake.waiting == 2
    assert intake.counts.refused == {WAY: 2}
    await intake.take()
    assert await intake.offer(WAY, Batch(events(2, first=2)))
    assert intake.counts.duplicates.total() == 0


async def test_who_can_wait_waits() -> None:
    """A batch that is put waits until there is room."""
    intake = Intake(capacity=3)
    await intake.put(WAY, Batch(events(3)))
    async with asyncio.TaskGroup() as tasks:
        putting = tasks.create_task(intake.put(WAY, Batch(events(2, first=3))))
        for _ in range(10):
            await asyncio.sleep(0)  # noqa: TID251  lets the other task run
        assert not putting.done()
        await intake.take()
    assert intake.waiting == 2


async def test_a_batch_larger_than_the_queue_is_taken_alone() -> None:
    """A batch that never fits is taken when nothing else waits, or its sender would try forever."""
    intake = Intake(capacity=3)
    assert await intake.offer(WAY, Batch(events(9)))
    assert not await intake.offer(WAY, Batch(events(1, first=9)))


async def test_an_event_that_comes_twice_is_evaluated_once() -> None:
    """A copy is counted and left out, whichever way it comes; its batch is still acknowledged."""
    intake = Intake()
    told: list[str] = []
    await intake.offer(WAY, Batch(events(2)))
    await intake.offer("file", Batch(events(3), lambda: told.append("done")))
    assert len((await intake.take()).items) == 2
    copies = await intake.take()
    assert len(copies.items) == 1
    assert copies.done is not None
    copies.done()
    assert told == ["done"]
    assert intake.counts.duplicates == {"file": 2}
