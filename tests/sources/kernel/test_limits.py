"""A flood of what surely matches is told as a count, by condition and process."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shikra.model import kernel_tables as model
from shikra.sources.kernel.limits import Held
from support.flooded import CALLS, RARE, URGENT, Flooded, flood, flooded, only

pytestmark = pytest.mark.kernel

CPU = min(os.sched_getaffinity(0))
BURST, SELDOM = 5, 0.001
NEVER_SURE = model.Program(requirements=((0, 0),))  # node 0 is what nobody knows


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[Flooded]:
    """Return a probe that is loaded once."""
    with flooded(probe_object.read_bytes(), only(RARE)) as watch:
        yield watch


@pytest.fixture
def watch(loaded: Flooded) -> Flooded:
    """Return the probe as it tells five calls of a condition and process; the next much later."""
    loaded.load(only(RARE, URGENT, limited=frozenset({0})))
    loaded.limits.configure(BURST, SELDOM)
    loaded.drain()
    loaded.limits.take()
    return loaded


def test_what_is_beyond_the_burst_is_counted(watch: Flooded) -> None:
    """Each process has its burst; the rest is counted for it, once, and is no lost event."""
    before = watch.lost("LOSS_LIMITED")[CPU]
    for _ in range(2):
        came = watch.calls(flood(CPU, open_by_handle_at=CALLS))
        assert len(came) == BURST
        assert watch.limits.take() == [Held(came[0].process, watch.generation, 0, CALLS - BURST)]
    assert watch.lost("LOSS_LIMITED")[CPU] - before == 2 * (CALLS - BURST)
    assert watch.limits.take() == ()
    assert watch.limits.forgotten == 0


def test_tokens_come_back(watch: Flooded) -> None:
    """After the burst, calls come at the rate; what came and what is held add up."""
    watch.limits.configure(BURST, 1_000)
    came = watch.calls(flood(CPU, open_by_handle_at=CALLS))
    took_ns = came[-1].time_ns - came[0].time_ns
    assert BURST < len(came) <= BURST + took_ns // 1_000_000 + 1
    (held,) = watch.limits.take()
    assert len(came) + held.count == CALLS


def test_a_flood_of_one_takes_nothing_from_another(watch: Flooded) -> None:
    """Where one condition has no token left, others come, and conditions without a limit do."""
    pid = flood(CPU, open_by_handle_at=CALLS, pivot_root=CALLS)
    assert len(watch.calls(pid)) == BURST + CALLS


def test_a_call_goes_on_for_its_other_conditions(watch: Flooded) -> None:
    """A call whose one condition has no token left is told for the one that has."""
    watch.load(only(RARE, RARE, limited=frozenset({0})))
    came = watch.calls(flood(CPU, open_by_handle_at=CALLS))
    assert len(came) == CALLS
    assert [each.may[0] for each in came] == [0b11] * BURST + [0b10] * (CALLS - BURST)
    assert [held.count for held in watch.limits.take()] == [CALLS - BURST]


def test_what_only_may_match_takes_no_token(watch: Flooded) -> None:
    """Calls that merely may match empty no bucket, or they would hide the one that does."""
    sure = only(RARE, limited=frozenset({0}))
    (of_type,) = sure.classes
    unsure = msgspec.structs.replace(of_type, full=NEVER_SURE)
    watch.load(msgspec.structs.replace(sure, classes=(unsure,)))
    assert len(watch.calls(flood(CPU, open_by_handle_at=CALLS))) == CALLS
    assert watch.limits.take() == ()


@pytest.mark.parametrize(
    "made", [only(RARE), only(RARE, limited=frozenset({0}))], ids=["tables", "user"]
)
def test_a_limit_can_be_off(watch: Flooded, made: model.KernelTables) -> None:
    """Without a limit in the tables or by the user, every call is told."""
    watch.load(made)
    if made.limited:
        watch.limits.configure(0, SELDOM)
    assert len(watch.calls(flood(CPU, open_by_handle_at=CALLS))) == CALLS


def test_what_made_room_is_counted(probe_object: Path) -> None:
    """What a bucket held that made room for another is known by its number alone."""
    made = only(RARE, limited=frozenset({0}))
    with flooded(probe_object.read_bytes(), made, {"buckets": 1}) as watch:
        watch.limits.configure(BURST, SELDOM)
        processes = 64
        for _ in range(processes):
            flood(CPU, open_by_handle_at=20)
        found = sum(held.count for held in watch.limits.take())
        assert found + watch.limits.forgotten == sum(watch.lost("LOSS_LIMITED"))
        assert watch.limits.forgotten > 0
