"""
Measure what enforcement costs an application that may read its secret, and how fast it kills.

A process in a container of its own opens and closes a file of a volume, and one elsewhere; in
turn a rule on the volume tells, kills and denies (by the guard). Wall-clock time of one call, since
a guarded one waits for the guard: the best median of any round, and the 99th percentile of that
round. Then others come in, open the file and are killed: how long after the call the kernel had
found out, and how long until the parent heard of the death. Prints tables and keeps them in
RESULTS.md.
"""

import asyncio
import contextlib
import enum
import json
import signal
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
from shikra.model.event import Event
from shikra.model.kernel_tables import ContainerBits
from shikra.rules import build
from shikra.sources.kernel import cgroups, source
from shikra.sources.kernel.containers import ContainerStarted
from shikra.sources.kernel.enforcing import NO_ORDERS, Orders
from shikra.sources.kernel.readers import READERS

ROUNDS = 12
OPENS = 1000
EVERYTHING = 1 << 30
KILLED = 500
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
INTRUDER = f"""
import json, mmap, os, struct, sys, time
room, now = mmap.mmap(-1, 8), lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME)
for _ in range({KILLED}):
    child = os.fork()
    if child == 0:
        room[:] = struct.pack("q", now())
        os.open(sys.argv[1], os.O_RDONLY)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print(json.dumps([child, struct.unpack("q", room)[0], now(), status]))
"""
RULE = """
- rule: Secret read, {0}
  desc: By something else than the application.
  condition: >
    evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_read = true
    and container.id != host and fd.name pmatch ({1})
    and not (proc.in_init_tree = true and proc.exe_is_init = true)
  output: Secret read
  priority: CRITICAL
  enforce: {0}
"""

JUDGED, HEARD = "it is known to be killed", "its parent hears of its end"
Figures = dict[str, tuple[float, float]]


class Way(enum.Enum):
    """What the rule does about a read."""

    TOLD = "told"
    KILLED = "killed for"
    DENIED = "denied by the guard"


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

    def pod_of(self, container: int) -> str:
        """Have each container be a pod of its own."""
        return str(container)


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
    text = "".join(RULE.format(means, place) for means in ("kill", "deny"))
    file = build.RuleFile("rules.yaml", text.encode())
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
                        denier.guarding.started(item.key, item.first_pid)
            atoms = range(len(compiled.container_atoms))
            kernel.tell_container(modes.container, ContainerBits(sum(1 << at for at in atoms)))
            kernel.tell_mode(modes.container, Mode.ENFORCE)
            kills = Orders(kill=compiled.tables.kill)
            for _ in range(ROUNDS):
                for way in Way:
                    kernel.enforce(kills if way is Way.KILLED else NO_ORDERS)
                    modes.is_guarded = way is Way.DENIED
                    denier.guarding.changed(modes.container)
                    while bool(denier.guarding.volumes()) != modes.is_guarded:
                        denier.listen()
                    measured = zip(("volume", "elsewhere"), await measure(reader), strict=True)
                    for name, figure in measured:
                        key = f"{name}, reads in the volume {way.value}"
                        best[key] = min(best.get(key, figure), figure)
                    list(kernel.drain(EVERYTHING))
            modes.is_guarded = False
            denier.guarding.changed(modes.container)
            kernel.enforce(kills)
            best |= killed(kernel, reader.pid, place / "token")
    finally:
        print(denier.counts(), file=sys.stderr)
        denier.close()
    return best


def killed(kernel: source.KernelSource, reader: int, token: Path) -> Figures:
    """Let others come into the container and open the file; return how long that went well."""
    path = cgroups.path_in(Path(f"/proc/{reader}/cgroup").read_bytes(), cgroups.chosen())
    above = cgroups.MOUNT
    if cgroups.chosen() is cgroups.Hierarchy.MEMORY:
        above /= "memory"
    procs = f"{above}{path.decode()}/cgroup.procs"
    enter = f'echo $$ > {procs}; exec nsenter --mount=/proc/{reader}/ns/mnt "$@"'
    command = [sys.executable, "-I", "-S", "-c", INTRUDER, str(token)]
    told = subprocess.check_output(["/bin/sh", "-c", enter, "sh", *command])
    found = {
        item.process.pid: item.data.call.time_ns
        for item in kernel.drain(EVERYTHING)
        if isinstance(item, Event) and item.process and item.verdict and item.verdict.outcome
    }
    rows = [json.loads(line) for line in told.splitlines()]
    if any(status != signal.SIGKILL for *_, status in rows):
        raise RuntimeError("somebody lived on")
    judged = sorted(found[pid] - asked for pid, asked, _, _ in rows)
    heard = sorted(end - asked for _, asked, end, _ in rows)
    return {
        name: (took[KILLED // 2], took[KILLED * 99 // 100])
        for name, took in ((JUDGED, judged), (HEARD, heard))
    }


def main() -> None:
    """Measure, print and keep."""
    with (
        mounted() as place,
        source.KernelSource.open(source.Settings(), SystemClock(), READERS) as kernel,
    ):
        best = asyncio.run(compare(kernel, place))
    late = {name: best.pop(name) for name in (JUDGED, HEARD)}
    results.keep(
        "What enforcement costs",
        f"An application in Python that may read; best of {ROUNDS} interleaved rounds of {OPENS}"
        " opens each.",
        table("open + close, µs", best),
    )
    results.keep(
        "From the call to the kill",
        f"{KILLED} processes that came into the container, each killed in its first open.",
        table("from the call, µs, until", late),
    )


def table(what: str, figures: Figures) -> list[str]:
    """Return the lines of a table."""
    head = [f"| {what} | median | 99th percentile |", "|---|---:|---:|"]
    return head + [
        f"| {name} | {median / 1000:.1f} | {high / 1000:.1f} |"
        for name, (median, high) in figures.items()
    ]


if __name__ == "__main__":
    main()
