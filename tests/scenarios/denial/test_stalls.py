"""Shikra itself, or the whole machine, has no time: the guard denies all the same."""

import os
import time
from pathlib import Path

import pytest

from support.ground import Ground
from support.guarding import SECOND, busy, guard_of, is_denied, seconds_to_open, stopped
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

BUSY = 8
READS = 2000
SOON = "0.005"  # seconds: most answers by then
SYS_RESOURCE = 24  # the capability that lets a process be spared when memory runs out


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(0.0, id="for a moment"),
        pytest.param(3.0, id="for longer than the guard may be silent"),
    ],
)
def test_while_shikra_stands_still_the_guard_denies(
    place: Ground, denying: Sensor, seconds: float
) -> None:
    """Who may open waits for nobody; and the guard isn't blamed for what Shikra didn't hear."""
    until(lambda: is_denied(place), "the secret to be denied")
    guard = guard_of(denying.pid)
    with stopped(denying.pid):
        began = time.monotonic()
        while True:
            assert is_denied(place)
            assert seconds_to_open(place) < SECOND
            if time.monotonic() - began >= seconds:
                break
    for _ in range(20):
        assert is_denied(place)
    assert guard_of(denying.pid) == guard


@pytest.mark.usefixtures("real_time")
def test_on_a_busy_machine_nothing_comes_out(place: Ground, denying: Sensor) -> None:
    """Of two thousand foreign reads none prints the secret; answers come in time."""
    until(lambda: is_denied(place), "the secret to be denied")
    guard = guard_of(denying.pid)
    command = (*place.command("floods", "by_programs"), str(READS))
    with busy(BUSY):
        done = place.container.exec(*command, seconds=300)
    assert done.stdout == f"{READS} 0\n".encode(), done
    assert guard_of(denying.pid) == guard
    figures = denying.metrics("shikra_guard")
    assert figures['shikra_guarded_opens_total{result="late"}'] == 0
    answered = figures["shikra_guard_answer_seconds_count"]
    assert answered >= READS * 0.9  # the last of them aren't told yet
    assert figures[f'shikra_guard_answer_seconds_bucket{{le="{SOON}"}}'] >= answered * 0.99
    assert figures["shikra_guard_longest_delay_seconds"] < SECOND / 2


@pytest.mark.usefixtures("real_time")
def test_the_guard_comes_first(denying: Sensor) -> None:
    """It runs before all that isn't real time."""
    guard = guard_of(denying.pid)
    assert os.sched_getscheduler(guard) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR


def test_the_guard_stays_in_memory(denying: Sensor) -> None:
    """It isn't moved out, and is the last to be ended for want of it."""
    guard = guard_of(denying.pid)
    status = Path(f"/proc/{guard}/status").read_text()
    held, locked = (
        next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))
        for name in ("VmRSS:", "VmLck:")
    )
    assert locked >= held // 2
    capabilities = next(line.split()[1] for line in status.splitlines() if "CapEff:" in line)
    if int(capabilities, 16) >> SYS_RESOURCE & 1:
        assert Path(f"/proc/{guard}/oom_score_adj").read_text() == "-1000\n"
