"""Whom enforcement spares lives on, and everybody can see that it was held, and how often."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import program, runc, sensor
from support.pods import Pods
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Read by anybody"
RULES = f"""
- rule: {RULE}
  desc: d
  condition: >
    evt.type in (open, openat) and evt.is_open_read = true and container.id != host
    and fd.name = /shikra-held
  output: x (container=%container.id)
  priority: CRITICAL
  enforce: kill
"""
READS = 3
APPLICATION = """
i=0; while [ $i -lt {} ]; do read line < /shikra-held; i=$((i+1)); done
sleep 2147483647
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the rule in it."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


@pytest.fixture
def shikra(pods: Pods, folder: Path) -> Iterator[Sensor]:
    """Start Shikra; it acts in this test's containers alone."""
    enforce = {"mode": "enforce", "only_cgroup": pods.engine.cgroup}
    settings = {"control_socket": str(folder / "control.sock"), "enforce": enforce}
    rules = str(folder / "rules.yaml")
    with sensor.running(pods.engine.socket, "-r", rules, **settings) as running:
        yield running


def test_a_first_process_reads_on_and_is_counted(pods: Pods, shikra: Sensor, folder: Path) -> None:
    """Its alerts say that they were held, and so do the counts that the kernel keeps."""
    with runc.running(pods.engine, "sh", "-c", APPLICATION.format(READS)) as container:
        shikra.expect_many(container.id, RULE, {}, READS)
        assert {line["action"] for line in shikra.of(container.id, RULE)} == {"held"}
        assert Path(f"/proc/{container.pid}").exists()

    def counted() -> dict[str, int]:
        done = program.shikra(
            "enforce", "status", "--json", "--socket", str(folder / "control.sock")
        )
        (rule,) = json.loads(done.stdout)["rules"]
        return dict(rule["counts"])

    try:
        until(lambda: counted().get("held") == READS, "the counts to be shown")
    except TimeoutError as error:
        error.add_note(f"seen: {counted()}")
        raise
