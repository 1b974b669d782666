"""Shikra that denies, and a container where tricks are tried: one of each a module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ground, sensor
from support.ground import Ground
from support.pods import Pods
from support.scenario import SECRETS
from support.sensor import Sensor

RULE = "Foreign read"
RULES = f"""
- rule: {RULE}
  desc: A secret is opened for reading by something other than the application.
  condition: >
    evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_read = true
    and container.id != host and fd.name pmatch ({SECRETS}) and not fd.type = directory
    and not (proc.in_init_tree = true and proc.exe_is_init = true)
  output: Foreign read (container=%container.id command=%proc.cmdline file=%fd.name res=%evt.res)
  priority: CRITICAL
  enforce: deny
"""


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the one rule."""
    path = tmp_path_factory.mktemp("denial") / "rules.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture(scope="session")
def real_time() -> None:
    """Skip where nobody may be real time: there a guard can't come before who keeps CPUs busy."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError as error:
        pytest.skip(f"a guard gets no real-time priority here: {error}")
    os.sched_setscheduler(0, *before)


@pytest.fixture(scope="module")
def denying(pods: Pods, rules: Path) -> Iterator[Sensor]:
    """Run Shikra with the rule, enforced in this test's containers alone."""
    enforce = {"mode": "enforce", "only_cgroup": pods.engine.cgroup, "brake": {"pods": 1000}}
    with sensor.running(pods.engine.socket, "-r", str(rules), enforce=enforce) as running:
        yield running


@pytest.fixture(scope="module")
def place(pods: Pods, denying: Sensor) -> Iterator[Ground]:  # noqa: ARG001  starts after Shikra
    """Run the container in which tricks are tried."""
    with ground.running(pods) as running:
        yield running
