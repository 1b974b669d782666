"""Events that wait for metadata."""

import pytest

from shikra.app.pipeline import waiting
from shikra.app.pipeline.waiting import Parked, Waiting
from shikra.model.event import Event


def parked(until_ns: int = 10) -> Parked:
    """Make an event that waits until then."""
    return Parked(Event("syscall", "openat", 0, {}), frozenset({0}), until_ns)


def test_events_of_a_container_leave_together_in_order() -> None:
    """What was parked first is evaluated first, and other containers keep waiting."""
    events = Waiting()
    first, other, second = parked(), parked(), parked()
    for container, one in ((1, first), (2, other), (1, second)):
        assert events.park(container, one)
    assert events.release(1) == [first, second]
    assert events.release(1) == []
    assert events.count == 1


def test_events_leave_when_their_time_is_over() -> None:
    """Each event waits its own time, and the next time to look is the earliest."""
    events = Waiting()
    early, late, other = parked(10), parked(30), parked(20)
    for container, one in ((1, early), (1, late), (2, other)):
        events.park(container, one)
    assert events.next_ns() == 10
    assert list(events.release_expired(9)) == []
    assert list(events.release_expired(20)) == [early, other]
    assert events.next_ns() == 30
    assert list(events.release_expired(30)) == [late]
    assert events.next_ns() is None
    assert events.count == 0


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
