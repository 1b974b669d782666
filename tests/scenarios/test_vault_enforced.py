"""Scenario S1 with enforcement: thousands of foreign reads, and nobody has seen the secret."""

import re
import shlex
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shikra.app.demo_vault import judge, needs, readers, scene
from shikra.app.demo_vault.readers import Reader, Way
from shikra.app.demo_vault.scene import Ran, Scene
from support import sensor
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

READS = 2_000
ROTATIONS = 50
METRICS = re.compile(r"http://\S+/metrics")
SLOW = ("python3", "curl")
"""Programs that take long to start are started less often."""

READ, MEMORY = "Vault secret read", "Vault secret memory read"
TOOL = "Vault secret exfiltration tool"
"""Let be here: who is stopped before it reads says nothing of reading."""
RULES = """
- macro: vault_scope
  condition: (container.id != host)
- rule: Vault secret read
  enforce: {means}
  override: {{enforce: replace}}
"""


@contextmanager
def enforcing(folder: Path, means: str) -> Iterator[tuple[Sensor, Scene]]:
    """Run Shikra and the application of the demonstration."""
    rules = folder / "rules.yaml"
    rules.write_text(RULES.format(means=means))
    container_id = scene.new_id()
    settings = {
        "rules_files": ["pack:vault-secrets", str(rules)],
        "alert_limit": {"burst": 0},
        "metadata_wait_seconds": 0,
        "control_socket": str(folder / "control.sock"),
        "enforce": {
            "mode": "enforce",
            "rules": {TOOL: "off"},
            "only_cgroup": scene.cgroup(container_id),
            "brake": {"processes": READS},
        },
    }
    with (
        sensor.running(folder / "no-runtime.sock", **settings) as shikra,
        scene.running(needs.look(), container_id) as made,
    ):
        if means == "deny":
            until(lambda: is_guarded(shikra), "the volume to be guarded", seconds=30)
        yield shikra, made


def is_guarded(shikra: Sensor) -> bool:
    """Whether Shikra says of itself that it denies opens in a volume."""
    return "shikra_guarded_volumes 1.0" in said_of_guard(shikra)


def said_of_guard(shikra: Sensor) -> list[str]:
    """Return the metrics about it; an open that it answers too late is allowed, and counted."""
    (address,) = [found[0] for line in shikra.log if (found := METRICS.search(line))]
    with urllib.request.urlopen(address) as reply:  # noqa: S310  our own
        lines = reply.read().decode().splitlines()
    return [line for line in lines if line.startswith("shikra_guarded_")]


def times(reader: Reader) -> int:
    """Return how often a reader reads, so that all together read often enough."""
    return 40 if any(program in " ".join(reader.command) for program in SLOW) else 120


def read_again_and_again(made: Scene, reader: Reader) -> Ran:
    """Have a reader read, from a shell in the container."""
    command = ["cp", "--backup=numbered", *reader.command[1:]]  # so that each copy is seen
    line = shlex.join(command if reader.command[0] == "cp" else reader.command)
    script = f"i=0; while [ $i -lt {times(reader)} ]; do {line}; i=$((i+1)); done"
    match reader.way:
        case Way.ENTERED:
            return made.enter(("sh", "-c", script))
        case Way.TRICKED:
            return made.trick(("sh", "-c", script))


@pytest.mark.parametrize(
    ("means", "done"),
    [
        pytest.param("kill", "killed", id="killed"),
        pytest.param("deny", "denied", id="denied"),
    ],
)
def test_thousands_of_foreign_reads_print_nothing(tmp_path: Path, means: str, done: str) -> None:
    """No byte of the secret comes out, each read is told, the application is untouched."""
    present = readers.present()
    assert sum(map(times, present)) >= READS
    with enforcing(tmp_path, means) as (shikra, made):
        ran = {reader.name: read_again_and_again(made, reader) for reader in present}
        until(lambda: made.secret.rotations >= ROTATIONS, "rotations", seconds=30)
        kept = made.kept()
        secrets = tuple(made.secret.given_out)
        leaked = [name for name in ran if judge.leaks(ran[name].output, secrets)]
        assert leaked == [], said_of_guard(shikra)
        assert (kept.missed, kept.is_running, kept.stuck_workers) == ((), True, 0)

        def acted(rule: str) -> int:
            told = shikra.of(made.id, rule)
            return sum(line["count"] for line in told if line.get("action") in {done, "killed"})

        wanted = sum(map(times, present))
        until(lambda: acted(READ) + acted(MEMORY) >= wanted, f"{wanted} times {done}", seconds=30)
        alerts = shikra.of(made.id)
        assert {line.get("action") for line in alerts if line["rule"] == READ} == {done}
        applications = [
            line
            for line in alerts
            if line["output_fields"].get("proc.cmdline") == "python3 app.py"
            and not line["output_fields"]["proc.entered"]
        ]
        assert applications == []
