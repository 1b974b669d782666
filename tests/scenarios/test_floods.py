"""A flood on a file in a real container: told as a count, so that nothing of it is lost."""

from pathlib import Path

import pytest

from support import runc, sensor
from support.pods import Pods

pytestmark = pytest.mark.containers

FILE = "/bin/busybox"
RING_BYTES = 1 << 20  # for less than a twentieth of the flood
OPENS = 60_000
RULE = """
- rule: Opened
  desc: d
  condition: evt.type in (open, openat) and container.id != host and fd.name = {name}
  output: o
  priority: WARNING
"""
LOOP = "i=0; while [ $i -lt {count} ]; do : < {name}; i=$((i+1)); done"


@pytest.mark.parametrize(
    ("name", "before"),
    [
        pytest.param(FILE, ":", id="by its name"),
        pytest.param("/srv/link", f"mkdir -p /srv; ln -sf {FILE} /srv/link", id="by a link"),
    ],
)
def test_a_flood_on_a_file_is_counted(pods: Pods, tmp_path: Path, name: str, before: str) -> None:
    """Each open of a file that a rule names is in an alert's count."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULE.format(name=name))
    settings = {"rules_files": [str(rules)], "ring_bytes": RING_BYTES}
    with (
        sensor.running(pods.engine.socket, **settings) as shikra,
        runc.running(pods.engine) as container,
    ):
        container.exec("sh", "-c", f"{before}; : < {name}")
        shikra.expect(container.id, "Opened", {})
        told = len(shikra.of(container.id))
        loop = LOOP.format(count=OPENS, name=name)
        assert container.exec("sh", "-c", f"{before}; {loop}").returncode == 0
        found = shikra.expect_many(container.id, "Opened", {}, OPENS, after=told)
        assert sum(line["count"] for line in found) == OPENS
