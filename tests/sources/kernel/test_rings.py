"""What doesn't fit into the rings is counted, each on its CPU, and nothing else is lost by it."""

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.sources.kernel import records, syscalls
from support.flooded import CALLS, RARE, URGENT, Flooded, flood, flooded, only

pytestmark = pytest.mark.kernel

CPU = min(os.sched_getaffinity(0))


@pytest.fixture(scope="module")
def loaded(probe_object: Path) -> Iterator[Flooded]:
    """Return a probe whose ring for calls is soon full; one type of call is urgent."""
    made = only(RARE, URGENT, urgent=frozenset({1}))
    sizes = {"ring": mmap.PAGESIZE, "urgent_ring": 1 << 23}
    with flooded(probe_object.read_bytes(), made, sizes) as watch:
        yield watch


@pytest.fixture
def narrow(loaded: Flooded) -> Flooded:
    """Return it with nothing waiting."""
    loaded.drain()
    return loaded


def test_a_full_ring_is_counted_exactly(narrow: Flooded) -> None:
    """What came and what was lost add up to what was made, on each CPU for itself."""
    for cpu in sorted(os.sched_getaffinity(0)):
        narrow.drain()
        before = narrow.lost("LOSS_RING_FULL")
        came = narrow.calls(flood(cpu, open_by_handle_at=CALLS))
        lost = [now - then for now, then in zip(narrow.lost("LOSS_RING_FULL"), before, strict=True)]
        assert 0 < len(came) < CALLS
        assert lost[cpu] == CALLS - len(came)
        assert sum(lost) == lost[cpu]


def test_a_flood_of_calls_pushes_no_process_out(narrow: Flooded) -> None:
    """While the ring of calls is full, who comes, executes and goes is told all the same."""
    before = narrow.lost("LOSS_RING_FULL")[CPU]
    flood(CPU, open_by_handle_at=CALLS)
    assert narrow.lost("LOSS_RING_FULL")[CPU] > before
    pid = flood(CPU, open_by_handle_at=CALLS)
    told = {
        type(each)
        for each in narrow.drain()
        if not isinstance(each, records.HeartbeatRecord | records.MoveRecord) and each.pid == pid
    }
    assert told >= {records.ForkRecord, records.ExecRecord, records.ExitRecord}
    assert sum(narrow.lost("LOSS_PROCESS_RING_FULL")) == 0


def test_a_flood_of_forks_pushes_no_image_out(probe_object: Path) -> None:
    """While the ring of processes has no room for who comes and goes, images are told."""
    forks = "import os\nfor _ in range(100):\n if not os.fork(): os._exit(0)\n os.wait()"
    sizes = {"process_ring": 1 << 20}  # what is kept of it holds others' images, too
    with flooded(probe_object.read_bytes(), only(RARE), sizes) as watch:
        while sum(watch.lost("LOSS_PROCESS_RING_FULL")) == 0:
            subprocess.run([sys.executable, "-I", "-S", "-c", forks], check=True)  # noqa: S603
        pid = flood(CPU)
        images = [each for each in watch.drain() if isinstance(each, records.ExecRecord)]
    assert [each.arguments[-1] for each in images if each.pid == pid] == [str(CPU).encode()]


def test_a_flood_of_calls_pushes_no_urgent_one_out(narrow: Flooded) -> None:
    """While the ring of calls is full, calls that an urgent rule may match have their own."""
    before = narrow.lost("LOSS_RING_FULL")[CPU]
    pid = flood(CPU, open_by_handle_at=CALLS, pivot_root=CALLS)
    (number,) = syscalls.numbers(syscalls.Table.NATIVE, {URGENT})
    came = [each for each in narrow.calls(pid) if each.number == number]
    assert len(came) == CALLS
    assert narrow.lost("LOSS_RING_FULL")[CPU] > before
    assert sum(narrow.lost("LOSS_URGENT_RING_FULL")) == 0


def test_urgent_calls_beyond_their_ring_use_the_other(probe_object: Path) -> None:
    """When their own ring is full, urgent calls take the room of others; the rest is counted."""
    sizes = {"urgent_ring": mmap.PAGESIZE, "ring": 4 * mmap.PAGESIZE}
    made = only(URGENT, urgent=frozenset({0}))
    with flooded(probe_object.read_bytes(), made, sizes) as watch:
        came = watch.calls(flood(CPU, pivot_root=CALLS))
        assert len(came) > 4 * mmap.PAGESIZE // max(len(each.raw) + 8 for each in came)
        assert watch.lost("LOSS_URGENT_RING_FULL")[CPU] == CALLS - len(came)
        assert sum(watch.lost("LOSS_RING_FULL")) == 0
