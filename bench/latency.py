"""
Measure how long an alert takes from the kernel to its line, and how long a reload takes.

``shikra run`` watches with both packs and as many rules more as make a hundred, all different.
One of them names a file, which this program opens again and again; each alert says when the
kernel saw the open, and is stamped as it is read. Meanwhile the rules are reloaded now and then:
an open without an alert is counted. Prints tables and keeps them in RESULTS.md.
"""

import json
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import results

from shikra.app import packs

SHIKRA = (sys.executable, "-m", "shikra.app.cli")
RULES = 100
OPENS = 2_000
PAUSE_S = 0.002
RELOADS = 8
PER_CENT = 100
WAIT_S = 30
RULE = """
- rule: Bench {number}
  desc: d
  condition: >
    evt.type in (open, openat, openat2) and proc.name startswith bench-{number}
    and fd.name startswith /bench/{number}/ and not fd.name endswith .{number}
  output: opened %fd.name by %proc.cmdline
  priority: INFO
"""
TARGET = """
- rule: Target
  desc: d
  condition: evt.type in (open, openat, openat2) and fd.name = {file}
  output: opened
  priority: INFO
"""


class Running:
    """Shikra, watching; its alerts stamped as they are read."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Wait until it watches."""
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("no pipes")
        self.process = process
        self.latencies_ns: list[int] = []
        self.messages: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._stamp, args=(process.stdout,), daemon=True).start()
        threading.Thread(target=self._listen, args=(process.stderr,), daemon=True).start()
        self.until("watching")

    def until(self, word: str) -> None:
        """Wait for a message."""
        while word not in self.messages.get(timeout=WAIT_S):
            pass

    def reload(self) -> float:
        """Have the rules read again; return how long it took, in seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGHUP)
        self.until("reloaded")
        return time.monotonic() - started

    def _stamp(self, pipe: IO[str]) -> None:
        for line in pipe:
            now_ns = time.time_ns()
            alert = json.loads(line)
            if alert["rule"] == "Target":
                self.latencies_ns.append(now_ns - alert["output_fields"]["evt.time"])

    def _listen(self, pipe: IO[str]) -> None:
        for line in pipe:
            self.messages.put(line)


def rules(file: Path) -> Iterator[str]:
    """Write rules until there are a hundred with the packs'."""
    read = (path.read_text() for pack in packs.names() for path in packs.files(packs.find(pack)))
    of_packs = sum(text.count("\n- rule:") + text.startswith("- rule:") for text in read)
    for number in range(RULES - of_packs - 1):
        yield RULE.format(number=number)
    yield TARGET.format(file=file)


def opened(shikra: Running, file: Path, *, times: int) -> list[int]:
    """Open the file so often; return the latencies of the alerts in nanoseconds."""
    before = len(shikra.latencies_ns)
    for _ in range(times):
        file.read_bytes()
        time.sleep(PAUSE_S)
    time.sleep(1)
    return shikra.latencies_ns[before:]


def main() -> None:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory() as folder:
        file, own = Path(folder, "file"), Path(folder, "rules.yaml")
        file.touch()
        own.write_text("".join(rules(file)))
        config = Path(folder, "shikra.yaml")
        config.write_text("webserver: {enabled: false}\nalert_limit: {burst: 0}\n")
        sources = [word for pack in packs.names() for word in ("-r", f"pack:{pack}")]
        words = [*SHIKRA, "run", "--json", "-c", config, *sources, "-r", own]
        with subprocess.Popen(
            list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                tables(Running(process), file)
            finally:
                process.terminate()


def tables(shikra: Running, file: Path) -> None:
    """Measure quietly, then while rules are reloaded."""
    quiet = opened(shikra, file, times=OPENS)
    reloads: list[float] = []

    def reload() -> None:
        reloads.extend(shikra.reload() for _ in range(RELOADS))

    thread = threading.Thread(target=reload)
    thread.start()
    meanwhile: list[int] = []
    opens = 0
    while thread.is_alive():
        meanwhile += opened(shikra, file, times=OPENS // 4)
        opens += OPENS // 4
    thread.join()
    results.keep(
        "From the kernel to the alert's line",
        f"{RULES} rules, all different, the packs' among them; {OPENS} opens, one every"
        f" {PAUSE_S * 1e3:.0f} ms, each of which one rule matches.",
        [
            "| | median, ms | 99th percentile, ms | opens without an alert |",
            "|---|---:|---:|---:|",
            row("nothing else happens", quiet, OPENS),
            row("while rules are reloaded", meanwhile, opens),
        ],
    )
    results.keep(
        f"A reload of {RULES} rules",
        f"{RELOADS} times, from SIGHUP to the message that they are in force.",
        [
            "| | s |",
            "|---|---:|",
            f"| median | {statistics.median(reloads):.2f} |",
            f"| worst | {max(reloads):.2f} |",
        ],
    )


def row(name: str, latencies_ns: list[int], opens: int) -> str:
    """Write one row."""
    ordered = sorted(latencies_ns)
    last = ordered[len(ordered) * 99 // PER_CENT]
    median = statistics.median(ordered)
    return f"| {name} | {median / 1e6:.2f} | {last / 1e6:.2f} | {opens - len(ordered)} |"


if __name__ == "__main__":
    main()
