"""
A container that a test made, with a secret of its own, in which the kernel ends what rules name.

The container is what one is to the kernel: a cgroup with such a name, a mount namespace, a first
process. Its secret lies in a file system that only it has mounted. Orders are given to it alone:
every other container, and the host, has enforcement off.
"""

import contextlib
import os
import secrets
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec

from shikra.model.enforcement import Mode
from shikra.model.event import Event
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import Orders
from support import judging
from support.judging import Judge
from support.probing import PYTHON
from support.waiting import until

READS = "evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.num >= 0"
FOREIGN = "not proc.in_init_tree = true"
SECRET = b"the-secret-itself"
ENDED = -9  # what a process's end by SIGKILL is told as

_MOUNT = 'mount -t tmpfs none "$1" && printf %s "$2" > "$1/token" && echo $$ > "$3" && shift 3'
_ENTER = 'echo $$ > "$1" && shift && exec nsenter "$@"'
_IDLE = "import os; os.read(0, 1)"


class Ended(msgspec.Struct, frozen=True):
    """How a program in the container ended."""

    status: int
    output: bytes  # of both its streams

    @property
    def has_leaked(self) -> bool:
        """Whether any byte of the secret came out."""
        return SECRET in self.output


class Scene:
    """The container at work."""

    def __init__(
        self, judge: Judge, folder: Path, secret: Path, first: "subprocess.Popen[bytes]"
    ) -> None:
        """Take what ``scene`` made."""
        self.judge = judge
        self.folder = folder
        self.key = folder.stat().st_ino
        self.token = secret / "token"
        self.first = first

    def order(
        self, *conditions: str, on: str = READS, mode: Mode = Mode.ENFORCE, **orders: object
    ) -> Self:
        """Kill by these conditions, in this container alone, from now on."""
        compiled = judging.compiled(*conditions, on=on)
        every = frozenset(range(len(compiled.tables.rules)))
        asking = compiled.tables.asks_lineage
        ordered = msgspec.convert({"kill": every, "asks_lineage": asking, **orders}, Orders)
        kernel = self.judge.kernel
        kernel.load(kernel.pack(compiled.tables), ordered)
        kernel.tell_mode(self.key, mode)
        self.judge.events()
        return self

    def order_reads(self, mode: Mode = Mode.ENFORCE, **orders: object) -> Self:
        """Kill who reads the secret and wasn't made by the application."""
        return self.order(f"fd.name = {self.token} and {FOREIGN}", mode=mode, **orders)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a program in the container, from outside."""
        where = f"--mount=/proc/{self.first.pid}/ns/mnt"
        return subprocess.Popen(
            ["/bin/sh", "-c", _ENTER, "sh", str(self.folder / "cgroup.procs"), where, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str) -> Ended:
        """Run a program in the container, from outside."""
        with self.start(*command) as program:
            try:
                output, _ = program.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                program.kill()
                raise
            return Ended(program.returncode, output)

    def python(self, source: str, *arguments: str) -> Ended:
        """Run Python in the container, from outside."""
        return self.run(PYTHON, "-I", "-S", "-c", source, *arguments)

    def events(self) -> list[Event]:
        """Return the container's events since the last time."""
        drained = self.judge.drained()
        return [item for item in drained if item.data.call.container == self.key]

    def told(self) -> list[Outcome]:
        """Return what became of orders, as the events since the last time say it."""
        verdicts = (item.verdict for item in self.events())
        return [each.outcome for each in verdicts if each is not None and each.outcome is not None]

    def counted(self) -> Counter[Outcome]:
        """Return what the kernel counted of the tables in force."""
        found: Counter[Outcome] = Counter()
        generation = self.judge.kernel.generation
        for each, count in self.judge.kernel.enforced().items():
            if each.generation == generation:
                found[each.outcome] += count
        return found


@contextlib.contextmanager
def scene(judge: Judge, application: Sequence[str] = ()) -> Iterator[Scene]:
    """Make a container with a secret for as long as the block lasts."""
    folder = judge.folder.parent / secrets.token_hex(32)
    folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="shikra-kill-") as place:
        first = subprocess.Popen(
            [
                *("unshare", "--mount", "/bin/sh", "-c", f'{_MOUNT} && exec "$@"', "sh"),
                *(place, SECRET.decode(), str(folder / "cgroup.procs")),
                *(application or (PYTHON, "-I", "-S", "-c", _IDLE)),
            ],
            env={**os.environ, "TOKEN": f"{place}/token"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            until(lambda: _is_known(judge, folder), "the container to be known")
            yield Scene(judge, folder, Path(place), first)
        finally:
            for process in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    subprocess.run(["kill", "-KILL", process], check=False, capture_output=True)
            first.kill()
            first.communicate(timeout=60)
            until(lambda: not (folder / "cgroup.procs").read_text(), "the container to end")
            judge.kernel.forget_mode(folder.stat().st_ino)
            folder.rmdir()


def _is_known(judge: Judge, folder: Path) -> bool:
    judge.events()
    return folder.stat().st_ino in judge.containers
