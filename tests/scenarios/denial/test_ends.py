"""The guard ends: opens go on, and are denied again as soon as can be."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from support import ground
from support.ground import Ground
from support.guarding import SECOND, busy, guard_of, guards_of, is_denied, is_ready, seconds_to_open
from support.pods import Pods
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers


@pytest.fixture
def guarded(pods: Pods, denying: Sensor) -> Iterator[Ground]:
    """Run a container whose secret is denied."""
    del denying
    with ground.running(pods) as place:
        until(lambda: is_denied(place), "the secret to be denied")
        yield place


@pytest.mark.parametrize(
    ("number", "wait_s"),
    [
        pytest.param(signal.SIGKILL, SECOND, id="it is killed"),
        pytest.param(signal.SIGSTOP, 2 * SECOND, id="it answers no more"),
    ],
)
def test_another_guard_takes_over(
    guarded: Ground, denying: Sensor, number: signal.Signals, wait_s: float
) -> None:
    """Opens wait for it a second or so, no longer; then it denies again, and that is an alert."""
    before = [line for line in denying.alerts if line["rule"].endswith("guard gone")]
    pid = guard_of(denying.pid)
    os.kill(pid, number)
    assert seconds_to_open(guarded) < wait_s
    until(lambda: guard_of(denying.pid) not in (0, pid), "another guard")
    until(lambda: is_denied(guarded), "the secret to be denied again")
    told = [line for line in denying.alerts if line["rule"].endswith("guard gone")]
    assert len(told) == len(before) + 1


@pytest.mark.usefixtures("real_time")
@pytest.mark.parametrize(
    "loops", [pytest.param(0, id="on a quiet machine"), pytest.param(8, id="on a busy one")]
)
def test_hardly_an_open_falls_between_two_guards(
    guarded: Ground, denying: Sensor, loops: int
) -> None:
    """A spare is ready, so that nothing has to be started first."""
    guard = guard_of(denying.pid)
    until(lambda: len([one for one in guards_of(denying.pid) if is_ready(one)]) > 1, "a spare", 30)
    granted: list[bytes] = []

    def read() -> None:
        command = (*guarded.command("floods", "again_and_again"), "5")
        granted.append(guarded.container.exec(*command, seconds=60).stdout)

    reader = threading.Thread(target=read)
    with busy(loops):
        reader.start()
        time.sleep(2)  # until it reads
        os.kill(guard, signal.SIGKILL)
        reader.join()
    assert float(granted[0]) < SECOND
    assert is_denied(guarded)
