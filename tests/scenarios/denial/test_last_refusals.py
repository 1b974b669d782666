"""Opens that were refused right before Shikra ended are told of before it has."""

import contextlib
from pathlib import Path

import pytest

from support import ground, sensor
from support.guarding import is_denied
from support.pods import Pods
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign read"


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("by_name", id="the kernel sees it match"),
        pytest.param("by_a_link", id="only the guard knows the file"),
    ],
)
def test_an_orderly_end_loses_no_refusal(pods: Pods, rules: Path, trick: str) -> None:
    """Neither what the guard had only counted, nor what was too young for an alert of its own."""
    enforce = {"mode": "enforce", "only_cgroup": pods.engine.cgroup, "brake": {"pods": 1000}}
    with contextlib.ExitStack() as stack:
        with sensor.running(pods.engine.socket, "-r", str(rules), enforce=enforce) as shikra:
            place = stack.enter_context(ground.running(pods))
            until(lambda: is_denied(place), "the secret to be denied")
            flood = (*place.command("floods", trick), "1")
            tried, granted = map(int, place.container.exec(*flood, seconds=60).stdout.split())
        told = [line for line in shikra.of(place.container.id, RULE) if trick in line["output"]]
    assert granted == 0
    assert sum(line["count"] for line in told) == tried
    assert {line["action"] for line in told} == {"denied"}
