"""Things that wait for metadata."""

import pytest

from shikra.app.pipeline import waiting
from shikra.app.pipeline.waiting import Waiting


def test_what_waits_for_a_container_leaves_together_in_order() -> None:
    """What was parked first comes first, and other containers keep waiting."""
    things: Waiting[str] = Waiting()
    for container, thing in ((1, "first"), (2, "other"), (1, "second")):
        assert things.park(container, thing)
    assert things.containers() == [1, 2]
    assert things.release(1) == ["first", "second"]
    assert things.release(1) == []
    assert things.count == 1


@pytest.mark.parametrize(
    ("containers", "room"),
    [
        pytest.param(1, waiting.MAX_PARKED_OF_A_CONTAINER, id="one container"),
        pytest.param(100, waiting.MAX_PARKED, id="all of them"),
    ],
)
def test_room_is_bounded(containers: int, room: int) -> None:
    """No container can fill the room of others, nor all of them the memory."""
    things: Waiting[int] = Waiting()
    taken = [things.park(at % containers, at) for at in range(room + 5)]
    assert sum(taken) == things.count == room
    things.release(0)
    assert things.park(0, 0)


def test_a_closed_one_takes_nothing_more() -> None:
    """What was there stays until it is released."""
    things: Waiting[str] = Waiting()
    assert things.park(1, "before")
    things.close()
    assert not things.park(1, "after")
    assert things.release(1) == ["before"]
