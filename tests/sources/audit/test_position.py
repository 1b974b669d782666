"""A position is stored when everything before it is done, and whole."""

import asyncio
from pathlib import Path

import pytest

from shikra.sources.audit.position import InOrder, Kept
from support.clocks import FastClock
from support.pulled import running, until


@pytest.mark.parametrize(
    ("done", "reached"),
    [
        pytest.param([0, 1, 2], [0, 1, 2], id="in order"),
        pytest.param([2, 1, 0], [0, 1, 2], id="backwards"),
        pytest.param([1, 2], [], id="but for the first"),
        pytest.param([0, 2], [0], id="but for the middle"),
    ],
)
def test_a_position_waits_for_those_before_it(done: list[int], reached: list[int]) -> None:
    """What is done before something else was isn't a position to go on from."""
    found: list[int] = []
    order = InOrder(found.append)
    tell = [order.add(position) for position in range(3)]
    for position in done:
        tell[position]()
    assert found == reached


async def test_many_positions_are_stored_as_the_last(tmp_path: Path) -> None:
    """What changes quickly is stored once, in the end as it is."""
    kept = Kept(tmp_path / "new/folder/position", int, FastClock())
    async with running(kept):
        for position in range(1000):
            kept.keep(lambda position=position: position)  # type: ignore[misc]
            await asyncio.sleep(0)  # noqa: TID251  others may run
        await until(lambda: kept.load() == 999, "the last position")


async def test_what_is_kept_last_is_stored_at_the_end(tmp_path: Path) -> None:
    """A position that comes while it ends, or after, isn't forgotten."""
    kept = Kept(tmp_path / "position", int, FastClock())
    async with running(kept):
        await asyncio.sleep(0)  # noqa: TID251  it begins
        kept.keep(lambda: 1)
    assert kept.load() == 1
    kept.keep(lambda: 2)
    kept.flush()
    assert kept.load() == 2


def test_a_file_of_something_else_is_no_position(tmp_path: Path) -> None:
    """What was stored in another form counts as nothing, and is counted."""
    (tmp_path / "position").write_bytes(b"\xa3abc")
    kept = Kept(tmp_path / "position", int, FastClock())
    assert kept.load() is None
    assert kept.faults["position not read"] == 1
