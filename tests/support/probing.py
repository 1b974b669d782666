"""
The probe at work on processes that a test starts, told as it tells it.

In: the built object, Python source to run. Out: the records of that process and of all that it
created, by the members of the probe's own structs. The process runs in a cgroup of the test's,
and nothing else of what the machine does is looked at.
"""

import ast
import contextlib
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shikra.sources.kernel import btf, layout, libbpf, probe, rings

RING_BYTES = 1 << 25
BATCH = 1 << 20
KINDS = ("fork", "exec", "exit", "container", "call")
CALLS = {
    "open": 2,
    "connect": 42,
    "sendto": 44,
    "sendmsg": 46,
    "execve": 59,
    "creat": 85,
    "openat": 257,
    "open_by_handle_at": 304,
    "execveat": 322,
    "openat2": 437,
}
RUNTIMES = (b"runc",)
CGROUPS = Path("/sys/fs/cgroup")
MODULES = ("ctypes", "socket", "struct", "threading")
"""What a watched process may use beside os and sys; only what its source names is imported."""
PRELUDE = """
import os, sys
def tell(*values):
    os.write(1, repr(values).encode() + b"\\n")
"""
CALLING = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def syscall(number, *arguments):
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return libc.syscall(ctypes.c_long(number), *values)
"""
"""Where the source calls the C library."""


class Told:
    """One record; a member is an attribute, a text is bytes, or ``None`` where there is none."""

    def __init__(self, raw: bytes, kind: str, leaves: Mapping[str, btf.Leaf]) -> None:
        """Read from these bytes."""
        self.raw = raw
        self.kind_name = kind
        self._leaves = leaves

    def __getattr__(self, name: str) -> Any:
        """Read a member."""
        if f"{name}_offset" in self._leaves:
            at, length = getattr(self, f"{name}_offset"), getattr(self, f"{name}_length")
            return self.raw[at : at + length] if at else None
        if name not in self._leaves:
            raise AttributeError(name)
        leaf = self._leaves[name]
        value = struct.unpack_from(f"<{leaf.code}", self.raw, leaf.offset)[0]
        return value.partition(b"\0")[0] if name == "comm" else value


class Seen:
    """What the probe told while something ran."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.printed: list[Any] = []  # what the process gave to tell(), in order
        self.records: list[Told] = []
        self.losses: dict[str, int] = {}  # what was counted meanwhile, on the whole machine

    def of(self, kind: str) -> list[Told]:
        """Return the records of a kind."""
        return [each for each in self.records if each.kind_name == kind]

    def calls(self, *names: str) -> list[Told]:
        """Return the calls of these names."""
        numbers = {CALLS[name] for name in names}
        return [each for each in self.of("call") if each.number in numbers]


class Watch:
    """The probe, attached."""

    def __init__(self, elf: bytes) -> None:
        """Load and attach; ``close`` must follow."""
        self._probe = probe.Probe(
            libbpf.Libbpf(), elf, {"ring": RING_BYTES, "process_ring": RING_BYTES}
        )
        self.types = self._probe.types
        self._kinds = {self.types.enum("record_kind")[f"RECORD_{k.upper()}"]: k for k in KINDS}
        self._leaves = {k: layout.leaves(self.types, f"{k}_record") for k in KINDS}
        self._rings = rings.Rings(self._probe)
        is_v2 = (CGROUPS / "cgroup.controllers").exists()
        above = CGROUPS if is_v2 else CGROUPS / "memory"
        self.cgroup = Path(tempfile.mkdtemp(prefix="shikra-test-probe-", dir=above))
        self._fill("HIERARCHY_DEFAULT" if is_v2 else "HIERARCHY_MEMORY")
        self._probe.attach()
        self.listed = list(self._listed())

    def close(self) -> None:
        """Detach."""
        self._rings.close()
        self._probe.close()
        with contextlib.suppress(OSError):
            self.cgroup.rmdir()

    def flags(self, enum: str, prefix: str, value: int) -> set[str]:
        """Return the names of the flags that are set, in lower case and without the prefix."""
        names = self.types.enum(enum).items()
        return {name.removeprefix(prefix).lower() for name, bit in names if value & bit}

    def lineage(self, record: Told) -> set[str]:
        """Return what the record says of its process's lineage, but for what tests don't ask."""
        value = record.process_flags if record.kind_name == "call" else record.flags
        known = {"in_init_tree", "entered", "exe_is_init", "is_first", "runtime"}
        return self.flags("process_flag", "PROCESS_", value) & known

    def containers(self) -> set[int]:
        """Return the keys of the containers that are known now."""
        return {int.from_bytes(key, "little") for key, _ in self._probe.map("containers").items()}

    def run(self, source: str, *arguments: str) -> Seen:
        """Run Python source to its end and return what was seen of it."""
        with self.watching() as seen:
            script = f'echo $$ > {self.cgroup}/cgroup.procs; exec "$@"'
            python = [sys.executable, "-I", "-S", "-c", _whole(source), *arguments]
            done = subprocess.run(
                ["sh", "-c", script, "sh", *python],
                check=False,
                capture_output=True,
                timeout=30,
            )
        if done.returncode:
            raise AssertionError(done.stderr.decode(errors="replace"))
        seen.printed = [list(ast.literal_eval(line.decode())) for line in done.stdout.splitlines()]
        seen.records = list(_of_cgroup(seen.records, self.cgroup.stat().st_ino))
        return seen

    @contextlib.contextmanager
    def watching(self) -> Iterator[Seen]:
        """Collect every record of the machine while the block runs."""
        self._drain()
        before = self._losses()
        seen = Seen()
        yield seen
        seen.records = self._drain()
        seen.losses = {name: now - before[name] for name, now in self._losses().items()}

    def _fill(self, hierarchy: str) -> None:
        types = self.types
        values = {
            "hierarchy": types.enum("hierarchy")[hierarchy],
            "host_mount_namespace": Path("/proc/self/ns/mnt").stat().st_ino,
            "host_pid_namespace": Path("/proc/self/ns/pid").stat().st_ino,
            "own_pid": os.getpid(),
        }
        zero = struct.pack("<I", 0)
        self._probe.map("settings").set(zero, layout.pack(types, "settings", values))
        words = [0] * (types.size("wanted") // 8)
        for number in CALLS.values():
            words[number // 64] |= 1 << number % 64
        for table in ("TABLE_64", "TABLE_HOST"):
            key = struct.pack("<I", types.enum("call_table")[table])
            self._probe.map("wanted").set(key, struct.pack(f"<{len(words)}Q", *words))
        for name in RUNTIMES:
            self._probe.map("runtimes").set(name.ljust(16, b"\0"), b"\1")

    def _told(self, raw: bytes) -> Told:
        number = self._leaves["exit"]["kind"]
        kind = self._kinds[struct.unpack_from(f"<{number.code}", raw, number.offset)[0]]
        return Told(raw, kind, self._leaves[kind])

    def _drain(self) -> list[Told]:
        told = [self._told(raw) for raw in self._rings.drain(BATCH)]
        return sorted(told, key=lambda each: each.time_ns)

    def _listed(self) -> Iterator[Told]:
        data = self._probe.iterate("list_tasks")
        while data:
            size = struct.unpack_from("<I", data)[0]
            yield self._told(data[:size])
            data = data[size:]

    def _losses(self) -> dict[str, int]:
        losses = self._probe.map("losses")
        return {
            name: sum(map(_u64, losses.get_per_cpu(struct.pack("<I", reason))))
            for name, reason in self.types.enum("loss").items()
            if name != "LOSS_COUNT"
        }


def _whole(source: str) -> str:
    """Return a program: importing takes most of its time where the processor is emulated."""
    imports = "".join(f"import {module}\n" for module in MODULES if module in source)
    calling = CALLING if "libc" in source or "syscall(" in source else ""
    return f"{PRELUDE}{imports}{calling}{source}"


def _u64(value: bytes) -> int:
    return int.from_bytes(value, "little")


def _of_cgroup(records: list[Told], cgroup: int) -> Iterator[Told]:
    """Keep the processes that executed in this cgroup, and what they created."""
    ids: set[int] = set()
    for each in records:
        match each.kind_name:
            case "exec" if each.cgroup == cgroup or each.previous in ids:
                ids.add(each.process)
            case "fork" if each.creator in ids:
                ids.add(each.process)
        if each.process in ids:
            yield each
