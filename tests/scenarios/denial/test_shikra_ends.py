"""All of Shikra ends, however it does: opens go on, also while it is started again."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ground, program
from support.ground import Ground
from support.guarding import SECOND, guard_of, has_ended, is_denied, seconds_to_open
from support.pods import Pods
from support.waiting import until

pytestmark = pytest.mark.containers

PATIENCE = 120  # a probe takes long to load where much else goes on


@contextlib.contextmanager
def opening(place: Ground) -> Iterator[list[float]]:
    """Open all the time until the block ends; the list gets how long each took, in seconds."""
    is_over = threading.Event()
    took: list[float] = []

    def go_on() -> None:
        while not is_over.wait(0.005):
            took.append(seconds_to_open(place))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield took
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked"])
def test_opens_go_on_without_shikra(ended_by: signal.Signals, pods: Pods, rules: Path) -> None:
    """It leaves nothing that answers; the next denies again, and nobody waits for a second."""
    options = ("-c", "/dev/null", "-r", str(rules), "-o", "control_socket=", "-o", "state_dir=")
    options += ("-o", "enforce.mode=enforce", "-o", f"enforce.only_cgroup={pods.engine.cgroup}")
    options += ("-o", "webserver.enabled=false", "-o", "pin_dir=")
    with contextlib.ExitStack() as stack:
        with program.started("run", *options) as shikra:
            until(lambda: guard_of(shikra.pid), "the guard", PATIENCE)
            place = stack.enter_context(ground.running(pods))
            until(lambda: is_denied(place), "the secret to be denied")
            guard = guard_of(shikra.pid)
            took = stack.enter_context(opening(place))
            shikra.send_signal(ended_by)
            assert seconds_to_open(place) < SECOND
            until(lambda: has_ended(guard), "the guard to end", PATIENCE)
            shikra.wait(PATIENCE)
            assert not is_denied(place)
        with program.started("run", *options) as again:
            until(lambda: guard_of(again.pid), "the guard", PATIENCE)
            until(lambda: is_denied(place), "the secret to be denied again", PATIENCE)
        until(lambda: not is_denied(place), "it not to be denied", SECOND)
        assert max(took) < SECOND
