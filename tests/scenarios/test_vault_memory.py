"""Scenario S1 with enforcement: who reaches into the application's memory holds nothing of it."""

from collections.abc import Iterator

import pytest

from support import scenario, sensor
from support.pods import Pods
from support.scenario import Application
from support.sensor import Sensor

pytestmark = pytest.mark.containers

MEMORY, TOOL = "Vault secret memory read", "Vault secret exfiltration tool"
KILLED = 137
MARKER = "reached in"
PRELUDE = f"""
import ctypes, os
libc = ctypes.CDLL(None)
def reached(): os.write(1, b"{MARKER}")
"""


class Scene:
    """Shikra, which enforces in this test's cgroup alone, and the application."""

    def __init__(self, shikra: Sensor, application: Application) -> None:
        """Stand for them."""
        self.shikra = shikra
        self.application = application


@pytest.fixture(scope="module")
def scene(pods: Pods) -> Iterator[Scene]:
    """Start Shikra with its default packs; a Python from outside is let start, to be seen later."""
    enforce = {
        "mode": "enforce",
        "only_cgroup": pods.engine.cgroup,
        "rules": {TOOL: "off", "Vault secret read": "off"},
    }
    with (
        sensor.running(pods.engine.socket, enforce=enforce) as shikra,
        scenario.running(pods) as application,
    ):
        yield Scene(shikra, application)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        pytest.param("open('/proc/1/mem', 'rb'); reached()", "openat", id="as a file"),
        pytest.param("libc.ptrace(16, 1, 0, 0); reached()", "ptrace", id="traced"),
        pytest.param(
            "libc.ptrace(0x4206, 1, 0, 0); reached()", "ptrace", id="traced without a stop"
        ),
        pytest.param(
            "libc.process_vm_readv(1, 0, 0, 0, 0, 0); reached()", "process_vm_readv", id="by a call"
        ),
        pytest.param(
            "libc.syscall(438, os.pidfd_open(1), 0, 0); reached()",
            "pidfd_getfd",
            id="a descriptor taken",
        ),
    ],
)
def test_who_reaches_in_is_killed(scene: Scene, code: str, call: str) -> None:
    """The reader dies in the call that would show it something; the application reads on."""
    application = scene.application
    done = application.container.exec("python3", "-c", PRELUDE + code)
    assert (done.exit_code, done.stdout) == (KILLED, b"")
    told = scene.shikra.expect(application.container.id, MEMORY, {"evt.type": call})
    assert (told["action"], told["mechanism"]) == ("killed", "signal")
    application.wait_for_reads(2)  # it isn't stopped
    assert application.misses() == []


def test_what_the_rule_does_for_want_of_denial_is_said(scene: Scene) -> None:
    """Where only a security module could deny, and none asks, the start tells of a kill."""
    (said,) = [line for line in scene.shikra.log if f'"{MEMORY}"' in line]
    assert "enforce: kill by signal, since nothing here can deny: " in said
