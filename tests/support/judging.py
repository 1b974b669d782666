"""
What the kernel says of calls that a test makes, by the rules that it is given.

In: conditions, a program. Out: for each condition, what the probe said of the calls on files below
``MARK``: that it may hold, that it surely does, or nothing, if it held the call back. The program
runs in a cgroup of the test's; what the rest of the machine does isn't looked at.
"""

import contextlib
import enum
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.model import clock, event, event_types, fields
from shikra.model.kernel_tables import KernelTables
from shikra.rules import build
from shikra.rules.ir import RuleSet
from shikra.sources.kernel import cgroups, source
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted
from shikra.sources.kernel.readers import READERS
from support.waiting import until

MARK = "/shikra-marked"
ON_MARKED = f"evt.type in (open, openat, openat2) and fd.name startswith {MARK}"
PRELUDE = f"""
import os, sys
def mark(name="x"):
    try: os.open("{MARK}/" + name, 0)
    except OSError: pass
"""
"""What the source of a judged program may use."""

BY_SHELL = ("/bin/sh", "-c", '"$@"; true', "sh")
"""Before a command: it is created by a shell."""

EVERYTHING = 1 << 30


class Said(enum.Enum):
    """What the kernel said of one condition."""

    NOTHING = "it can't hold"
    MAY = "it may hold"
    SURELY = "it surely holds"


def compiled(*conditions: str, on: str = ON_MARKED) -> Compiled:
    """Compile a rule for each condition on the calls that are looked at."""
    text = "".join(
        f"- rule: R{number}\n  desc: d\n  condition: {on} and ({condition})\n"
        "  output: o\n  priority: INFO\n"
        for number, condition in enumerate(conditions)
    )
    file = build.RuleFile("rules.yaml", text.encode())
    loaded = build.load([file], fields.CATALOGUE, event_types=event_types.NAMES)
    assert loaded.ok, list(map(str, loaded.diagnostics))
    return compile_tables(loaded.ruleset)


class Judge:
    """The kernel as a source, and a cgroup for programs."""

    def __init__(self, probe_object: Path) -> None:
        """Attach; ``close`` must follow."""
        settings = source.Settings(probe_object=probe_object, ring_bytes=1 << 24)
        self.kernel = source.KernelSource.open(settings, clock.SystemClock(), READERS)
        above = cgroups.MOUNT
        if cgroups.chosen() is cgroups.Hierarchy.MEMORY:
            above /= "memory"
        self.folder = Path(tempfile.mkdtemp(prefix="shikra-test-judge-", dir=above))
        self.containers: set[int] = set()  # that are known, by key
        self._compiled = compiled("evt.type exists")

    def close(self) -> None:
        """Detach."""
        self.kernel.close()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def load(self, *conditions: str, on: str = ON_MARKED) -> None:
        """Let the kernel judge by these conditions, on such calls, from now on."""
        self._compiled = compiled(*conditions, on=on)
        self.kernel.load(self.kernel.pack(self._compiled.tables))
        self.events()

    def rest(self) -> None:
        """Ask for nothing, and order nothing, from now on; what happened before is gone."""
        self.kernel.load(self.kernel.pack(compile_tables(RuleSet((), ())).tables))
        self.events()

    @property
    def tables(self) -> KernelTables:
        """The tables that were loaded last."""
        return self._compiled.tables

    def bit(self, condition: str) -> int:
        """Return the bit of a comparison that user space decides once a container."""
        (wanted,) = compiled(condition).container_atoms
        return self._compiled.container_atoms.index(wanted)

    def run(self, source_text: str, *before: str) -> None:
        """Run Python in the cgroup to its end; these words stand before its own."""
        self.start(*before, sys.executable, "-I", "-S", "-c", PRELUDE + source_text)

    def start(self, *command: str) -> None:
        """Run a program in the cgroup to its end."""
        line = f'echo $$ > {self.folder}/cgroup.procs; exec "$@"'
        done = subprocess.run(
            ["/bin/sh", "-c", line, "sh", *command], check=False, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        until(self._is_empty, "the program's processes to end")

    @contextlib.contextmanager
    def waiting(self, source_text: str, *before: str) -> Iterator[Callable[[], None]]:
        """
        Start Python that waits until the block lets it go on; it ends with the block.

        These words stand before its own.
        """
        text = f"{PRELUDE}tell = os.write(1, b'.'); os.read(0, 1)\n{source_text}"
        line = f'echo $$ > {self.folder}/cgroup.procs; exec "$@"'
        with subprocess.Popen(
            ["/bin/sh", "-c", line, "sh", *before, sys.executable, "-I", "-S", "-c", text],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdout.read(1)
            yield program.stdin.close
            program.wait(60)
        assert program.returncode == 0
        until(self._is_empty, "the program's processes to end")

    def events(self) -> list[event.Event]:
        """Return the events of the cgroup since the last time."""
        key = self.folder.stat().st_ino
        return [item for item in self.drained() if item.data.call.cgroup == key]

    def drained(self) -> list[event.Event]:
        """Return all events since the last time; take note of containers."""
        drained = list(self.kernel.drain(EVERYTHING))
        for item in drained:
            match item:
                case ContainerStarted():
                    self.containers.add(item.key)
                case ContainerEnded():
                    self.containers.discard(item.key)
        return [item for item in drained if isinstance(item, event.Event)]

    def verdicts(self) -> list[tuple[str, tuple[Said, ...]]]:
        """Return what was said of each call since the last time: its file's name, by condition."""
        return [
            (Path((item.path or b"").decode()).name, self._said(item)) for item in self.events()
        ]

    def judge(
        self, *conditions: str, source_text: str, before: Sequence[str] = ()
    ) -> tuple[Said, ...]:
        """Return what is said, by condition, of the one marked call that a program makes."""
        self.load(*conditions)
        self.run(source_text, *before)
        said = self.verdicts()
        assert len(said) <= 1
        return said[0][1] if said else (Said.NOTHING,) * len(conditions)

    def _said(self, item: event.Event) -> tuple[Said, ...]:
        verdict = item.verdict
        assert verdict is not None
        rules = self._compiled.tables.rules
        may, surely = _rules(rules, verdict.may), _rules(rules, verdict.surely)
        return tuple(
            Said.SURELY if rule in surely else Said.MAY if rule in may else Said.NOTHING
            for rule in range(len(self._compiled.rules))
        )

    def _is_empty(self) -> bool:
        return not (self.folder / "cgroup.procs").read_text()


def _rules(rules: Sequence[frozenset[int]], conditions: bytes) -> frozenset[int]:
    bits = int.from_bytes(conditions, "little")
    return frozenset[int]().union(*(of for at, of in enumerate(rules) if bits >> at & 1))


@contextlib.contextmanager
def judging(probe_object: Path) -> Iterator[Judge]:
    """Judge while the block runs."""
    judge = Judge(probe_object)
    try:
        yield judge
    finally:
        judge.close()


def expect(
    judge: Judge, source_text: str, said: Mapping[str, Said], before: Sequence[str] = ()
) -> None:
    """Check what is said of each condition on the one marked call of a program."""
    found = judge.judge(*said, source_text=source_text, before=before)
    assert dict(zip(said, found, strict=True)) == dict(said)
