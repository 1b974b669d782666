"""
The probe at work on processes that a test starts, told as it tells it.

In: the built object, Python source to run. Out: the records of that process and of all that it
created, by the members of the probe's own structs. The process runs in a cgroup of the test's,
and nothing else of what the machine does is looked at.
"""

import ast
import contextlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shikra.model.kernel_tables import KernelTables
from shikra.sources.kernel import (
    btf,
    cgroups,
    classify,
    features,
    identify,
    known_parts,
    layout,
    libbpf,
    probe,
    requests,
    rings,
    slots,
    state,
    syscalls,
    tables,
    watching,
)
from shikra.sources.kernel.syscalls import Table

RING_BYTES = 1 << 25
BATCH = 1 << 20
KINDS = ("fork", "exec", "move", "exit", "container", "call")
USUAL = frozenset(
    (
        *("open", "openat", "openat2", "creat", "open_by_handle_at"),
        *("execve", "execveat", "connect", "sendto", "sendmsg"),
    )
)
"""What is watched unless a test asks for other calls."""
Wanted = frozenset[str] | KernelTables
"""Types of events, or what rules became."""
RUNTIMES = (b"runc",)
PYTHON = shutil.which("python3", path="/usr/bin") or sys.executable
"""What runs sources: the system's starts twice as fast where the processor is emulated."""
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
def call(name, *arguments):
    return syscall(NUMBERS[name], *arguments)
"""
"""Where the source calls the C library, or the kernel by a call's name."""


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

    def __init__(self, compat: int) -> None:
        """Start with nothing; ``compat`` marks numbers of the 32-bit table."""
        self._compat = compat
        self.printed: list[Any] = []  # what the process gave to tell(), in order
        self.records: list[Told] = []
        self.losses: dict[str, int] = {}  # what was counted meanwhile, on the whole machine

    def of(self, kind: str) -> list[Told]:
        """Return the records of a kind."""
        return [each for each in self.records if each.kind_name == kind]

    def calls(self, *names: str) -> list[Told]:
        """Return the calls of these names, by whichever table."""
        return [each for each in self.of("call") if self._name(each) in names]

    def _name(self, call: Told) -> str | None:
        table = Table.COMPAT if call.flags & self._compat else Table.NATIVE
        return syscalls.names(table).get(call.number)


class Contained:
    """What the probe is told of the files of a container."""

    def __init__(self, loaded: probe.Probe, key: int) -> None:
        """Tell this probe."""
        self._probe = loaded
        self._key = key
        self.parts = known_parts.KnownParts(loaded)

    def identify(self, path: Path) -> identify.Identity:
        """Return what the probe sees of a file."""
        descriptor = os.open(path, os.O_PATH)
        try:
            return identify.Identifier(self._probe)(descriptor)
        finally:
            os.close(descriptor)

    def know(self, path: Path) -> None:
        """Have the probe know a file by its inode."""
        found = self.identify(path)
        assert self._probe.run("know", self._key, found.device, found.inode) == 0

    def settle(self, renames: int) -> None:
        """Tell that so many renames have moved nothing that matters."""
        self._probe.run("settle", self._key, renames)


@contextlib.contextmanager
def _mounts_of_its_own() -> Iterator[int]:
    """Keep a mount namespace that nobody else changes; its process's pid is yielded."""
    holding = ["unshare", "--mount", "--propagation", "private", "sh", "-c", "echo; exec cat"]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield holder.pid


class Watch:
    """The probe, attached."""

    def __init__(self, elf: bytes) -> None:
        """Load and attach; ``close`` must follow."""
        self._probe = probe.Probe(
            libbpf.Libbpf(),
            elf,
            {"ring": RING_BYTES, "process_ring": RING_BYTES},
            requests.hooks(features.Features.of_running()),
        )
        self.types = self._probe.types
        self._kinds = {self.types.enum("record_kind")[f"RECORD_{k.upper()}"]: k for k in KINDS}
        self._leaves = {k: layout.leaves(self.types, f"{k}_record") for k in KINDS}
        self._rings = rings.Rings(self._probe)
        is_v2 = (CGROUPS / "cgroup.controllers").exists()
        above = CGROUPS if is_v2 else CGROUPS / "memory"
        self.cgroup = Path(tempfile.mkdtemp(prefix="shikra-test-probe-", dir=above))
        self._state = state.ProbeState(self._probe)
        self._wanted: Wanted | None = None
        self._entering: list[str] = []
        self.slots = slots.Slots(self._probe)
        self._requests = requests.Requests(self._probe)
        self._fill(cgroups.chosen())
        self._probe.attach()
        self.listed = list(self._listed())

    def close(self) -> None:
        """Detach."""
        self._rings.close()
        self.slots.close()
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

    @contextlib.contextmanager
    def contained(self) -> Iterator[Contained]:
        """
        Have the probe take the cgroup for a container's, which began with the mounts of now.

        What runs has a mount namespace of its own, or whatever else is mounted on this machine
        meanwhile would count.
        """
        key = self.cgroup.stat().st_ino
        inside = Contained(self._probe, key)
        containers = self._probe.map("containers")
        with _mounts_of_its_own() as pid:
            here = inside.identify(Path(f"/proc/{pid}/root"))
            values = {"mount_namespace": here.mount_namespace, "mount_event": here.mount_event}
            containers.set(_packed(key), layout.pack(self.types, "container_state", values))
            self._entering = ["nsenter", f"--mount=/proc/{pid}/ns/mnt"]
            try:
                yield inside
            finally:
                self._entering = []
                containers.delete(_packed(key))

    def run(self, source: str, *arguments: str, wanted: Wanted = USUAL) -> Seen:
        """Run Python source to its end and return what was seen of it."""
        with self.watching(wanted) as seen:
            script = f'echo $$ > {self.cgroup}/cgroup.procs; exec "$@"'
            python = [PYTHON, "-I", "-S", "-c", _whole(source), *arguments]
            done = subprocess.run(
                [*self._entering, "sh", "-c", script, "sh", *python],
                check=False,
                capture_output=True,
                timeout=60,
            )
        if done.returncode:
            raise AssertionError(done.stderr.decode(errors="replace"))
        seen.printed = [list(ast.literal_eval(line.decode())) for line in done.stdout.splitlines()]
        seen.records = list(_of_cgroup(seen.records, self.cgroup.stat().st_ino))
        return seen

    @contextlib.contextmanager
    def watching(self, wanted: Wanted = USUAL) -> Iterator[Seen]:
        """Collect every record of the machine while the block runs; of calls, what is wanted."""
        self._want(wanted)
        self._drain()
        before = self._losses()
        seen = Seen(self.types.enum("call_flag")["CALL_COMPAT"])
        yield seen
        seen.records = self._drain()
        seen.losses = {name: now - before[name] for name, now in self._losses().items()}

    def _fill(self, hierarchy: cgroups.Hierarchy) -> None:
        own_mounts, own_pids = (Path(f"/proc/self/ns/{kind}") for kind in ("mnt", "pid"))
        host = classify.Host(own_mounts.stat().st_ino, own_pids.stat().st_ino)
        self._state.configure(hierarchy, host, os.getpid())
        self._state.plan_calls()
        self._want(USUAL)
        self._state.name_runtimes(RUNTIMES)

    def _want(self, wanted: Wanted) -> None:
        if wanted is self._wanted:  # the same tables would be made
            return
        self._wanted = wanted
        made = watching.tables(wanted) if isinstance(wanted, frozenset) else wanted
        self._requests.watch(made)
        self.slots.load(tables.pack(self.types, made))

    def _told(self, raw: bytes) -> Told:
        kind = self._kinds[self._kind(raw)]
        return Told(raw, kind, self._leaves[kind])

    def _is_of_others(self, raw: bytes) -> bool:
        """Whether it is a sign of life, which another probe on this machine has asked for."""
        return self._kind(raw) == self.types.enum("record_kind")["RECORD_HEARTBEAT"]

    def _kind(self, raw: bytes) -> int:
        number = self._leaves["exit"]["kind"]
        kind: int = struct.unpack_from(f"<{number.code}", raw, number.offset)[0]
        return kind

    def _drain(self) -> list[Told]:
        told = [self._told(raw) for raw in self._rings.drain(BATCH) if not self._is_of_others(raw)]
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
    is_calling = any(word in source for word in ("libc", "syscall(", "call("))
    numbers = {name: number for number, name in syscalls.names(Table.NATIVE).items()}
    calling = f"NUMBERS = {numbers}\n{CALLING}" if is_calling else ""
    return f"{PRELUDE}{imports}{calling}{source}"


def _packed(key: int) -> bytes:
    return key.to_bytes(8, "little")


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
