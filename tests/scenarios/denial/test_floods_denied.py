"""Opens are refused as fast as somebody can ask: that is a count, and holds up nothing else."""

import threading
import time
from pathlib import Path

import pytest

from support.ground import Ground
from support.guarding import CREDENTIAL, is_denied
from support.sensor import Line, Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign read"
SECONDS = 6
MOST_RELOAD_SECONDS = 2.0
MOST_MORE_KIB = 32 << 10


def resident_kib(pid: int) -> int:
    """Return how much memory a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def counted(denying: Sensor) -> int:
    """Return how many opens the metrics say were denied."""
    figures = denying.metrics("shikra_enforced_total")
    return int(sum(n for name, n in figures.items() if 'action="denied"' in name))


def reloads(denying: Sensor) -> int:
    """Count the reloads so far."""
    return sum("reloaded" in line for line in denying.log)


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("by_name", id="the kernel sees it match"),
        pytest.param("by_a_link", id="only the guard knows the file"),
        pytest.param("by_many_processes", id="each few by another process"),
    ],
)
def test_a_flood_of_refusals_is_a_count_and_holds_up_no_reload(
    place: Ground, denying: Sensor, rules: Path, trick: str
) -> None:
    """Rules are in force within two seconds, and metrics and alerts count each refused open."""
    until(lambda: is_denied(place), "the secret to be denied")
    denying.expect(place.container.id, RULE, {"proc.cmdline": f"cat {CREDENTIAL}"})
    text = rules.read_text()
    before, kib, loaded = counted(denying), resident_kib(denying.pid), reloads(denying)
    told: list[bytes] = []

    def flood() -> None:
        command = (*place.command("floods", trick), str(SECONDS))
        told.append(place.container.exec(*command, seconds=60).stdout)

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        time.sleep(2)  # until it floods
        began = time.monotonic()
        rules.write_text(f"{text}# changed\n")
        until(lambda: reloads(denying) > loaded, "the reload", SECONDS)
        took = time.monotonic() - began
    finally:
        flooding.join()
        rules.write_text(text)
    tried, granted = map(int, told[0].split())
    assert granted == 0
    assert took < MOST_RELOAD_SECONDS
    until(lambda: counted(denying) - before >= tried, "all of it to be counted")
    assert counted(denying) - before == tried
    assert resident_kib(denying.pid) - kib < MOST_MORE_KIB
    until(lambda: _sum(flooded(place, denying, trick)) >= tried, "alerts of all of it", 20)
    alerts = flooded(place, denying, trick)
    assert _sum(alerts) == tried
    assert {line["action"] for line in alerts} == {"denied"}


def flooded(place: Ground, denying: Sensor, trick: str) -> list[Line]:
    """Return the alerts of the flood."""
    lines = denying.of(place.container.id, RULE)
    return [line for line in lines if trick in line["output"]]


def _sum(alerts: list[Line]) -> int:
    return sum(line["count"] for line in alerts)
