"""
Measure how long Shikra takes from its start to its first alert, and how much memory it holds.

Each round starts ``shikra run`` with both packs, waits until it says what it watches, and reads
/etc/shadow in a container made for that. Prints a table of the median and the worst round and
keeps it in RESULTS.md.
"""

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import results

from shikra.app import demo

SHIKRA = Path(sys.executable).with_name("shikra")
ROUNDS = 10
QUANTITIES = {
    "start until it watches, s": ".2f",
    "start until the first alert, s": ".2f",
    "open until its alert is printed, s": ".2f",
    "resident memory after that, MB": ".0f",
}


def measure() -> tuple[float, ...]:
    """Start it once and return the four quantities."""
    started = time.monotonic()
    with subprocess.Popen(
        [SHIKRA, "run", "-o", "control_socket="], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("no pipes")
        try:
            next(line for line in process.stderr if b"watching" in line)
            watching = time.monotonic()
            demo.run()
            next(line for line in process.stdout if b"/etc/shadow" in line)
            alerted = time.monotonic()
            memory = resident_mb(process.pid)
        finally:
            process.terminate()
    return watching - started, alerted - started, alerted - watching, memory


def resident_mb(pid: int) -> float:
    """Return how much memory a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s*(\d+) kB", status)[0]) * 1024 / 1e6


def main() -> None:
    """Measure, print and keep."""
    measure()  # Python compiles what it hasn't yet
    rounds = [measure() for _ in range(ROUNDS)]
    lines = ["| | median | worst |", "|---|---:|---:|"]
    for (name, shape), values in zip(QUANTITIES.items(), zip(*rounds, strict=True), strict=True):
        lines.append(f"| {name} | {statistics.median(values):{shape}} | {max(values):{shape}} |")
    results.keep(
        "From the start to the first alert",
        f"{ROUNDS} starts with both packs; the container of the alert is one that no runtime knows,"
        " so there is no metadata to wait for.",
        lines,
    )


if __name__ == "__main__":
    main()
