"""What the kernel refuses comes twice, as it is refused and as a call that failed: one alert."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shikra.app.pipeline.assembly import Assembly, Surroundings
from shikra.app.settings import Enforce, FileOutput, Settings
from shikra.enrich.users import Users
from shikra.model.clock import SystemClock
from shikra.model.enforcement import Mechanism, Mode
from shikra.sources.kernel.containers import ContainerStarted
from support import killing
from support.events import plan_of, rule
from support.judging import Judge
from support.kernels import QUIET
from support.killing import Ended, Scene

pytestmark = pytest.mark.kernel

TRIES = 3
LAST = "/shikra-last"
READ = f"""
import os, sys
for path in (sys.argv[1],) * {TRIES} + ({LAST!r},):
    try: os.open(path, os.O_RDONLY)
    except OSError as error: os.write(1, b"%d " % error.errno)
"""
SECONDS = 120  # an emulated machine takes long


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret."""
    if not judge.kernel.can_deny:
        pytest.skip("this kernel lets nobody refuse an open by BPF (no bpf among its modules)")
    with killing.scene(judge) as made:
        yield made


def rules(scene: Scene) -> str:
    """Return one that denies, one that only alerts, and one by which the end is known."""
    read = f"fd.name = {scene.token} and {killing.FOREIGN}"
    return (
        rule("Denies", read, more="  enforce: deny\n")
        + rule("Alerts", read)
        + rule("Last", f"fd.name = {LAST}")
    )


async def alerts(scene: Scene, settings: Settings) -> Ended:
    """Let a foreign reader be refused while everything runs."""
    clock = SystemClock()
    around = Surroundings(
        clock=clock, hostname="node-1", environment={}, runtimes=(), users=Users(clock)
    )
    kernel = scene.judge.kernel
    assembly = Assembly(kernel, plan_of(rules(scene), settings), settings, around)
    assembly.take(
        ContainerStarted(
            key=scene.key,
            cgroup_name=scene.folder.name.encode(),
            cgroup_parent_name=b"",
            first_pid=scene.first.pid,
        )
    )
    try:
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(SECONDS):
            running = tasks.create_task(assembly.run())
            await assembly.ready.wait()
            ended = await asyncio.to_thread(scene.python, READ, str(scene.token))
            while not any(r.name == "Last" for r in assembly.sensor.counts.matches.elements()):
                await clock.sleep(0.05)
            running.cancel()
    finally:
        assembly.close()
    return ended


def test_a_refused_call_is_one_alert_for_each_rule(scene: Scene, tmp_path: Path) -> None:
    """Of the rule that denies, which says so, and of one that only alerts."""
    path = tmp_path / "alerts"
    settings = msgspec.structs.replace(
        QUIET,
        file_output=FileOutput(enabled=True, filename=str(path)),
        json_output=True,
        enforce=Enforce(mode=Mode.ENFORCE, only_cgroup=scene.folder.name),
    )
    assert asyncio.run(alerts(scene, settings)) == Ended(0, b"1 " * TRIES + b"2 ")
    told: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    denied, alone = (
        [each for each in told if each["rule"] == name] for name in ("Denies", "Alerts")
    )
    assert [each["count"] for each in denied] == [1] * TRIES
    assert {(each["action"], each["mechanism"]) for each in denied} == {
        ("denied", Mechanism.LSM.value)
    }
    assert [each["count"] for each in alone] == [1] * TRIES
    assert not any("action" in each for each in alone)
