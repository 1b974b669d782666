"""
Measure what the probe costs the processes that it watches.

Four ways, in turn: no tracing, a program that does nothing, the probe when nobody wants the
calls, when every call is told. The figure is the least CPU time of one call in any round:
whatever else the machine does only adds. Nobody drains the ring meanwhile, so waking a reader
isn't in it. Prints a table and keeps it in RESULTS.md.
"""

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import results

from shikra.model import event_types
from shikra.sources.kernel import layout, libbpf, probe, slots, state, tables, watching

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
BUILD = ROOT / "build" / "bench"
WORKLOAD = BUILD / "workload"
ROUNDS = 12
SIZES = {"ring": 1 << 26, "process_ring": 1 << 26}  # hold what one run tells
COMPONENTS = 7
WORKS = {  # how often in one run
    "getpid": 1_000_000,
    "open": 100_000,
    "exec": 300,
    "connect": 100_000,
}
TITLES = {
    "open": "open + close, 7 components",
    "exec": "fork + exec + exit",
    "connect": "connect (UDP)",
}
CALLS = frozenset(event_types.PRODUCED)
NONE: frozenset[str] = frozenset()
ASKED = {"probe, not wanted": NONE, "probe, told": CALLS}  # which calls are asked for
WAYS = ("no tracing", "empty program", *ASKED)


def build() -> tuple[bytes, bytes]:
    """Build the workload, and return the empty object and the probe."""
    BUILD.mkdir(parents=True, exist_ok=True)
    compiler = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-O2"]
    subprocess.run([*compiler, str(BENCH / "workload.c"), "-o", str(WORKLOAD)], check=True)
    tool = [sys.executable, str(ROOT / "tools" / "build_probe.py"), "--output"]
    empty, full = BUILD / "empty.bpf.o", BUILD / "shikra.bpf.o"
    subprocess.run([*tool, str(empty), "--source", str(BENCH / "empty.bpf.c")], check=True)
    subprocess.run([*tool, str(full)], check=True)
    return empty.read_bytes(), full.read_bytes()


@contextlib.contextmanager
def tracing(way: str, empty: bytes, full: bytes) -> Iterator[None]:
    """Trace in this way while the block runs."""
    if way == "no tracing":
        yield
    elif way == "empty program":
        with probe.Probe(libbpf.Libbpf(), empty, {}) as loaded:
            loaded.attach()
            yield
    else:
        with probe.Probe(libbpf.Libbpf(), full, SIZES) as loaded:
            place = slots.Slots(loaded)
            place.load(tables.pack(loaded.types, watching.tables(ASKED[way])))
            configure(loaded)
            state.ProbeState(loaded).plan_calls()
            loaded.attach()
            loaded.iterate("list_tasks")
            yield
            place.close()


def configure(loaded: probe.Probe) -> None:
    """Say what is the host."""
    values = {
        "hierarchy": loaded.types.enum("hierarchy")["HIERARCHY_DEFAULT"],
        "host_mount_namespace": Path("/proc/self/ns/mnt").stat().st_ino,
        "own_pid": os.getpid(),
    }
    loaded.map("settings").set(struct.pack("<I", 0), layout.pack(loaded.types, "settings", values))


def measure(work: str, path: Path) -> float:
    """Return the nanoseconds that one call took."""
    line = [str(WORKLOAD), work, str(WORKS[work]), str(path)]
    return float(subprocess.run(line, check=True, capture_output=True).stdout)


def deep_file(above: Path) -> Path:
    """Make a file whose path has the wanted number of components."""
    names = ["d"] * (COMPONENTS - len(above.parts))
    folder = above.joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "file"
    file.touch()
    return file


def compare() -> dict[str, dict[str, float]]:
    """Measure each work in each way, in turn, and return the least of each."""
    empty, full = build()
    least: dict[str, dict[str, float]] = {work: {} for work in WORKS}
    with tempfile.TemporaryDirectory() as place:
        file = deep_file(Path(place))
        for _ in range(ROUNDS):
            for way in WAYS:
                with tracing(way, empty, full):
                    for work, row in least.items():
                        row[way] = min(measure(work, file), row.get(way, float("inf")))
    return least


def table(least: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield the lines of a table: nanoseconds, and what each way adds."""
    yield f"| CPU time, ns | {' | '.join(WAYS)} |"
    yield f"|---|{'---:|' * len(WAYS)}"
    for work, row in least.items():
        base = row[WAYS[0]]
        added = (f"{row[way] - base:+,.0f}" for way in WAYS[1:])
        yield f"| {TITLES.get(work, work)} | {base:,.0f} | {' | '.join(added)} |"


def main() -> None:
    """Measure, print and keep."""
    results.keep(
        "What the probe costs",
        f"Least CPU time of one call in {ROUNDS} interleaved rounds, and what each way of tracing"
        " adds to it.\n"
        "The empty program is attached to the same tracepoint as the probe's main hook.",
        table(compare()),
    )


if __name__ == "__main__":
    main()
