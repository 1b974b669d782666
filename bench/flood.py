"""
Measure what Shikra does while a container opens and closes files as fast as it can.

Shikra with both packs has one CPU, the container the other. The file is one that no rule names, in
a container that rules watch. Counted: what was lost, and Shikra's CPU time as a share of a core.
Then the time from the kernel to the printed line, of alerts of another container, at rest and
meanwhile. Prints a table and keeps it in RESULTS.md.
"""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import results
import yaml
from probe_cost import WORKLOAD, build

from shikra.app import demo
from shikra.sources.kernel.losses import REASONS, Effect

SHIKRA = (sys.executable, "-m", "shikra.app.cli", "run", "-c")
QUIET_CPU, FLOODED_CPU = 0, 1
FLOOD_SECONDS = 8.0
CALIBRATION = 200_000
ALERTS = 300
PAUSE_SECONDS = 0.02
READ = (
    "import sys, time\n"
    "for _ in range(int(sys.argv[1])):\n"
    "    open('/etc/shadow').close()\n"
    "    time.sleep(float(sys.argv[2]))\n"
)
DROPS = re.compile(r'shikra_kernel_drops_total\{cpu="\d+",reason="(\w+)"\} (\S+)')
METRICS = re.compile(r"metrics at (http://\S+/metrics)")
SETTINGS = {
    "json_output": True,
    "alert_limit": {"burst": 0},  # each alert's time is asked for
    "webserver": {"listen_port": 0},
}


class Running:
    """A Shikra that runs, and the alerts that it printed: how long after the event each came."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Read what it prints from now on."""
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("no pipes")
        self.pid = process.pid
        self.late_ns: list[int] = []
        self._lines = process.stdout
        found = (METRICS.search(line.decode()) for line in process.stderr)
        self._metrics = next(match[1] for match in found if match)
        for stream, read in ((process.stdout, self._read), (process.stderr, list)):
            threading.Thread(target=read, args=(stream,), daemon=True).start()

    def lost(self) -> float:
        """Return how many events were lost so far."""
        with urllib.request.urlopen(self._metrics) as answer:  # noqa: S310  an address of ours
            text = answer.read().decode()
        known = {name: reason.effect for name, reason in REASONS.items()}
        return sum(float(n) for reason, n in DROPS.findall(text) if known[reason] is Effect.EVENT)

    def spent_ns(self) -> int:
        """Return the CPU time of all its threads so far."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads)

    def _read(self, stream: Iterator[bytes]) -> None:
        for line in stream:
            now_ns = time.time_ns()
            alert = msgspec.json.decode(line)
            if "/etc/shadow" in alert["output"]:
                self.late_ns.append(now_ns - alert["output_fields"]["evt.time"])


@contextlib.contextmanager
def shikra() -> Iterator[Running]:
    """Run it on its CPU while the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shikra.yaml")
        path.write_text(yaml.safe_dump(SETTINGS))
        with subprocess.Popen(
            [*SHIKRA, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, {QUIET_CPU}),  # noqa: PLW1509  takes no lock
        ) as process:
            try:
                yield Running(process)
            finally:
                process.terminate()


@contextlib.contextmanager
def contained(cpu: int, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command in a container of its own, on this CPU."""
    with demo.container() as made:

        def enter() -> None:
            os.sched_setaffinity(0, {cpu})
            made.enter()

        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            preexec_fn=enter,  # noqa: PLW1509  takes no lock
        ) as process:
            yield process


def flood(rounds: int) -> float:
    """Open and close so often; return how many seconds that took."""
    began = time.monotonic()
    with contained(FLOODED_CPU, str(WORKLOAD), "open", str(rounds), __file__):
        pass
    return time.monotonic() - began


def read_secrets(running: Running) -> list[float]:
    """Read a secret now and then; return how many milliseconds later each alert was there."""
    running.late_ns.clear()
    with contained(QUIET_CPU, sys.executable, "-c", READ, str(ALERTS), str(PAUSE_SECONDS)):
        pass
    end = time.monotonic() + FLOOD_SECONDS
    while len(running.late_ns) < ALERTS and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)
    return [late / 1e6 for late in running.late_ns]


def row(title: str, late: list[float]) -> str:
    """Return a row of latencies."""
    if len(late) < ALERTS:
        return f"| {title} | only {len(late)} of {ALERTS} came |"
    p99 = statistics.quantiles(late, n=100)[-1]
    return f"| {title} | {statistics.median(late):.2f} / {p99:.2f} |"


def main() -> None:
    """Measure, print and keep."""
    build()
    rounds = int(CALIBRATION * FLOOD_SECONDS / flood(CALIBRATION))
    alone = flood(rounds)
    with shikra() as running:
        at_rest = read_secrets(running)
        lost, spent, began = running.lost(), running.spent_ns(), time.monotonic()
        took = flood(rounds)
        share = (running.spent_ns() - spent) / (time.monotonic() - began) / 1e9
        lost = running.lost() - lost
        with contextlib.ExitStack() as stack:
            line = (str(WORKLOAD), "open", str(rounds * 2), __file__)
            stack.enter_context(contained(FLOODED_CPU, *line))
            meanwhile = read_secrets(running)
    results.keep(
        "A flood of open and close",
        f"One core at full speed, {rounds:,} times, in a container that both packs watch; the file"
        " is named by no rule. Shikra has the other core.",
        [
            "| | |",
            "|---|---:|",
            f"| open + close a second, without Shikra | {rounds / alone:,.0f} |",
            f"| with it | {rounds / took:,.0f} |",
            f"| events lost | {lost / rounds:.1%} |",
            f"| Shikra's CPU meanwhile, of a core | {share:.1%} |",
            row("kernel to alert line at rest, median / 99th percentile, ms", at_rest),
            row("kernel to alert line meanwhile, median / 99th percentile, ms", meanwhile),
        ],
    )


if __name__ == "__main__":
    main()
