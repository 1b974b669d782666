"""Events that wait for metadata."""

import pytest

from shikra.app.pipeline import waiting
from shikra.app.pipeline.waiting import Parked, Waiting
from support.events import opened, plan_of, rule

PLAN = plan_of(rule("R", "proc.name = cat"))


def parked() -> Parked:
    """Make an event that waits."""
    return Parked(opened("/a"), frozenset({0}), PLAN)


def test_events_of_a_container_leave_together_in_order() -> None:
    """What was parked first is evaluated first, and other containers keep waiting."""
    events = Waiting()
    first, other, second = parked(), parked(), parked()
    for container, one in ((1, first), (2, other), (1, second)):
        assert events.park(container, one)
    assert events.containers() == [1, 2]
    assert events.release(1) == [first, second]
    assert events.release(1) == []
    assert events.count == 1


@pytest.mark.parametrize(
    ("containers", "room"),
    [
        pytest.param(1, waiting.MAX_EVENTS_OF_A_CONTAINER, id="one container"),
        pytest.param(100, waiting.MAX_EVENTS, id="all of them"),
    ],
)
def test_room_is_bounded(containers: int, room: int) -> None:
    """No container can fill the room of others, nor all of them the memory."""
    events = Waiting()
    taken = [events.park(at % containers, parked()) for at in range(room + 5)]
    assert sum(taken) == events.count == room
    events.release(0)
    assert events.park(0, parked())
