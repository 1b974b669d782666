"""All of Shikra ends, however it does: opens go on."""

from pathlib import Path

import pytest

from support import ground, program
from support.guarding import SECOND, guard_of, has_ended, is_denied, seconds_to_open
from support.pods import Pods
from support.waiting import until

pytestmark = pytest.mark.containers


def test_opens_go_on_without_shikra(pods: Pods, rules: Path) -> None:
    """It is killed and leaves nothing behind: the guard ends too."""
    options = (
        "-c",
        "/dev/null",
        "-r",
        str(rules),
        "-o",
        "control_socket=",
        "-o",
        "state_dir=",
        "-o",
        "pin_dir=",
    )
    options += ("-o", "enforce.mode=enforce", "-o", f"enforce.only_cgroup={pods.engine.cgroup}")
    options += ("-o", "webserver.enabled=false")
    with program.started("run", *options) as shikra:
        until(lambda: guard_of(shikra.pid), "the guard", 30)
        with ground.running(pods) as place:
            until(lambda: is_denied(place), "the secret to be denied")
            guard = guard_of(shikra.pid)
            shikra.kill()
            assert seconds_to_open(place) < SECOND
            until(lambda: has_ended(guard), "the guard to end", SECOND)
            assert not is_denied(place)
