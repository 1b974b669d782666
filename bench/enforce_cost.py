"""
Measure what a guarded volume costs an application that may read in it.

A process in a container of its own opens and closes a file of a volume, and one elsewhere; in
turn the volume is guarded and isn't. Wall-clock time of one call, since a guarded one waits for the
guard: the best median of any round, and the 99th percentile of that round. Prints a table and
keeps it in RESULTS.md.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import results

from shikra.app import demo
from shikra.app.pipeline import plan
from shikra.app.pipeline.denying import Denier
from shikra.app.pipeline.guard_told import Told
from shikra.app.pipeline.refusals import More, Refusal
from shikra.app.settings import Settings
from shikra.backends.kernel.compile import compile_tables
from shikra.enforce.guard import messages
from shikra.model import event_types, fields
from shikra.model.clock import SystemClock
from shikra.model.enforcement import Mode
from shikra.model.kernel_tables import ContainerBits
from shikra.rules import build
from shikra.sources.kernel import source
from shikra.sources.kernel.containers import ContainerStarted
from shikra.sources.kernel.readers import READERS

ROUNDS = 12
OPENS = 1000
EVERYTHING = 1 << 30
WAYS = {"volume, not guarded": False, "volume, guarded": True}
READER = f"""
import json, os, sys, time
def measure(path):
    took = []
    for _ in range({OPENS}):
        began = time.perf_counter_ns()
        os.close(os.open(path, os.O_RDONLY))
        took.append(time.perf_counter_ns() - began)
    took.sort()
    return took[{OPENS} // 2], took[{OPENS} * 99 // 100]
print(flush=True)
for _ in sys.stdin:
    print(json.dumps([measure(path) for path in sys.argv[1:]]), flush=True)
"""
RULE = """
- rule: Secret read
  desc: By something else than the application.
  condition: >
    evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_read = true
    and container.id != host and fd.name pmatch ({})
    and not (proc.in_init_tree = true and proc.exe_is_init = true)
  output: Secret read
  priority: CRITICAL
  enforce: deny
"""

Figures = dict[str, tuple[float, float]]


class Modes:
    """One container may be guarded, or may not."""

    container = 0
    is_guarded = False

    def of_rule(self, _rule: str) -> Mode:
        """Enforce the one rule."""
        return Mode.ENFORCE

    def of_container(self, container: int) -> Mode:
        """Look at the switch."""
        is_on = self.is_guarded and container == self.container
        return Mode.ENFORCE if is_on else Mode.OFF


@contextlib.contextmanager
def mounted() -> Iterator[Path]:
    """Mount a volume with a file in it."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, "secrets")
        place.mkdir()
        subprocess.run(["/bin/mount", "-t", "tmpfs", "shikra-bench", str(place)], check=True)
        try:
            (place / "token").write_text("secret")
            (place.parent / "elsewhere").write_text("public")
            yield place
        finally:
            subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def reading(*paths: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the application in a container of its own."""
    with (
        demo.container() as container,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", READER, *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=container.enter,  # noqa: PLW1509  no other thread runs yet
        ) as reader,
    ):
        try:
            _end(reader.stdout).readline()
            yield reader
        finally:
            reader.kill()
            reader.wait()


class Heard:
    """Hears the guard, and says what is wrong with it."""

    def trouble(self, told: Told) -> None:
        """Say it."""
        print(told, file=sys.stderr)

    def denied(self, rules: frozenset[str], count: int) -> None:
        """Nothing to do: the guard counts as well."""

    def event(self, _told: messages.Denied) -> None:
        """Make none."""

    def refused(self, _refusal: Refusal) -> None:
        """Nothing to do."""

    def more(self, _more: More) -> None:
        """Nothing to do."""


async def measure(reader: subprocess.Popen[bytes]) -> list[tuple[int, int]]:
    """Let the application open its files once more."""
    return await asyncio.to_thread(_asked, reader)


def _asked(reader: subprocess.Popen[bytes]) -> list[tuple[int, int]]:
    _end(reader.stdin).write(b"\n")
    _end(reader.stdin).flush()
    return [(median, high) for median, high in json.loads(_end(reader.stdout).readline())]


def _end(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("there is no pipe")
    return pipe


async def compare(kernel: source.KernelSource, place: Path) -> Figures:
    """Measure each way in turn."""
    file = build.RuleFile("rules.yaml", RULE.format(place).encode())
    loaded = build.load([file], fields.CATALOGUE, event_types=event_types.NAMES)
    ready = plan.plan(loaded.ruleset, Settings(), fields.CATALOGUE)
    compiled = compile_tables(ready.ruleset)
    list(kernel.drain(EVERYTHING))
    generation = kernel.load(kernel.pack(compiled.tables))
    modes = Modes()
    denier = Denier(kernel, modes, SystemClock(), Heard())
    denier.loaded(ready, compiled.tables, generation)
    best: dict[str, tuple[float, float]] = {}
    try:
        with reading(place / "token", place.parent / "elsewhere") as reader:
            while not modes.container:
                for item in kernel.drain(EVERYTHING):
                    if isinstance(item, ContainerStarted) and item.first_pid == reader.pid:
                        modes.container = item.key
                        denier.started(item.key, item.first_pid)
            atoms = range(len(compiled.container_atoms))
            kernel.tell_container(modes.container, ContainerBits(sum(1 << at for at in atoms)))
            for _ in range(ROUNDS):
                for way, is_guarded in WAYS.items():
                    modes.is_guarded = is_guarded
                    denier.changed(modes.container)
                    while bool(denier.volumes()) != is_guarded:
                        denier.listen()
                    within, elsewhere = await measure(reader)
                    name = "elsewhere, volume guarded" if is_guarded else "elsewhere"
                    for key, figure in ((way, within), (name, elsewhere)):
                        best[key] = min(best.get(key, figure), figure)
                    list(kernel.drain(EVERYTHING))
    finally:
        print(denier.counts(), file=sys.stderr)
        denier.close()
    return best


def main() -> None:
    """Measure, print and keep."""
    with (
        mounted() as place,
        source.KernelSource.open(source.Settings(), SystemClock(), READERS) as kernel,
    ):
        best = asyncio.run(compare(kernel, place))
    lines = ["| open + close, µs | median | 99th percentile |", "|---|---:|---:|"]
    for way in sorted(best):
        median, high = best[way]
        lines.append(f"| {way} | {median / 1000:.1f} | {high / 1000:.1f} |")
    results.keep(
        "What a guarded volume costs",
        f"An application in Python that may read; best of {ROUNDS} interleaved rounds of {OPENS}"
        " opens each.",
        lines,
    )


if __name__ == "__main__":
    main()
