"""
Say why the probe can't run here, before it is tried, in words that help.

In: ``Facts`` of this machine and process. Out: ``Refusal``s, all at once: what is missing and what
to do. Deciding is ``refusals``, pure; ``gather`` reads the machine and raises the lock-memory
limit, which nothing but the probe needs.
"""

import ctypes
import enum
import errno
import os
import platform
import re
import resource
import struct
from pathlib import Path

import msgspec

from shikra.sources.kernel import features

OLDEST_KERNEL = "5.10"  # that was tried; what counts is what a kernel has
HOST_PID_NAMESPACE = 0xEFFFFFFC  # PROC_PID_INIT_INO in linux/proc_ns.h
_ENOUGH_LOCKED_BYTES = 256 << 20

_LOCKDOWN = Path("/sys/kernel/security/lockdown")
_STATUS = Path("/proc/self/status")
_PID_NAMESPACE = Path("/proc/self/ns/pid")

_MACHINES = ("x86_64",)  # whose registers the probe reads (bpf/lib/kernel.h)
_BPF_NUMBER = {"x86_64": 321, "aarch64": 280}
_BPF_MAP_CREATE = 0
_ARRAY_OF_ONE = struct.pack("<4I", 2, 4, 4, 1)  # type, sizes of key and value, entries


class Capability(enum.IntEnum):
    """Bits of a capability set (linux/capability.h)."""

    CAP_SYS_PTRACE = 19
    CAP_SYS_ADMIN = 21
    CAP_SYS_RESOURCE = 24
    CAP_PERFMON = 38
    CAP_BPF = 39


_USES = {
    Capability.CAP_BPF: "to load the probe",
    Capability.CAP_PERFMON: "to attach it to tracepoints",
    Capability.CAP_SYS_PTRACE: "to look up processes of other users in /proc",
    Capability.CAP_SYS_RESOURCE: "to raise the limit of locked memory, which here holds for BPF",
}
_WITHIN_ADMIN = (Capability.CAP_BPF, Capability.CAP_PERFMON)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether the probe can run."""

    machine: str  # "x86_64"
    kernel: str  # its release
    kernel_lacks: tuple[str, ...] = ()  # what the probe needs of it, in words
    is_root: bool
    capabilities: int  # the effective set
    has_btf: bool
    lockdown: str  # "none", "integrity", "confidentiality"
    locked_bytes_limit: int | None  # of BPF, too; None: no limit
    bpf_errno: int  # of creating a map of one number; 0 when that worked
    has_object: bool
    in_host_pid_namespace: bool


class Refusal(msgspec.Struct, frozen=True):
    """What is missing, and what to do about it."""

    missing: str
    remedy: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.missing}: {self.remedy}"


class CannotStartError(Exception):
    """The probe can't run here."""

    def __init__(self, refusals: list[Refusal]) -> None:
        """Keep the reasons; there is at least one."""
        super().__init__("\n".join(map(str, refusals)))
        self.refusals = tuple(refusals)


def refusals(facts: Facts) -> list[Refusal]:
    """Return every reason why the probe can't run."""
    return [*_of_machine(facts), *_of_rights(facts)]


def gather(probe_object: Path) -> Facts:
    """Read the facts of this machine; raises the limit of locked memory as far as it may."""
    found = features.Features.of_running()
    limit = _raise_locked_bytes()
    return Facts(
        machine=platform.machine(),
        kernel=platform.release(),
        kernel_lacks=found.lacking(),
        is_root=os.geteuid() == 0,
        capabilities=_effective_capabilities(_STATUS.read_text()),
        has_btf=features.KERNEL_TYPES.exists(),
        lockdown=_lockdown(_LOCKDOWN.read_text() if _LOCKDOWN.exists() else ""),
        locked_bytes_limit=None if found.has(features.CHARGED_MEMORY) else limit,
        bpf_errno=_try_bpf(),
        has_object=probe_object.exists(),
        in_host_pid_namespace=_PID_NAMESPACE.stat().st_ino == HOST_PID_NAMESPACE,
    )


def may(capability: Capability) -> bool:
    """Whether this process has a capability in effect."""
    return bool(_effective_capabilities(_STATUS.read_text()) >> capability & 1)


def _of_machine(facts: Facts) -> list[Refusal]:
    found = []
    if facts.machine not in _MACHINES:
        found.append(
            Refusal(f"machine {facts.machine} is not supported", f"use {' or '.join(_MACHINES)}")
        )
    if not facts.has_btf:
        found.append(
            Refusal(
                f"the kernel doesn't describe its types ({features.KERNEL_TYPES} is missing)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; in a container, mount /sys",
            )
        )
    elif facts.kernel_lacks:
        found.append(
            Refusal(
                f"kernel {facts.kernel} lacks {', '.join(facts.kernel_lacks)}",
                f"use {OLDEST_KERNEL} or newer",
            )
        )
    if facts.lockdown == "confidentiality":
        found.append(
            Refusal(
                "the kernel is locked down (confidentiality), so BPF can't read its memory",
                "boot with lockdown=integrity, or without lockdown=confidentiality",
            )
        )
    if not facts.in_host_pid_namespace:
        found.append(
            Refusal(
                "this process doesn't see the host's processes (it has a pid namespace of its own)",
                "set hostPID: true on the pod, or --pid=host on the container",
            )
        )
    if not facts.has_object:
        found.append(Refusal("the probe isn't built", "run: make bpf"))
    return found


def _of_rights(facts: Facts) -> list[Refusal]:
    missing = _missing_capabilities(facts)
    if missing:
        who = "root has lost" if facts.is_root else "not root, and without"
        needs = ", ".join(f"{each.name} ({_USES[each]})" for each in missing)
        return [Refusal(f"{who} {needs}", "run as root, or give this process what it lacks")]
    found = []
    limit = facts.locked_bytes_limit
    if limit is not None and limit < _ENOUGH_LOCKED_BYTES:
        found.append(
            Refusal(
                f"only {limit >> 10} KiB of memory may be locked, and the limit can't be raised",
                "run with: ulimit -l unlimited",
            )
        )
    if facts.bpf_errno == errno.ENOSYS:
        found.append(
            Refusal("BPF is switched off in this kernel", "use one with CONFIG_BPF_SYSCALL=y")
        )
    elif facts.bpf_errno in (errno.EPERM, errno.EACCES):
        found.append(
            Refusal(
                "the kernel refuses BPF to this process, capabilities notwithstanding",
                "in a container, allow the bpf system call in its seccomp profile;"
                " else ask the security module",
            )
        )
    return found


def _missing_capabilities(facts: Facts) -> list[Capability]:
    def has(capability: Capability) -> bool:
        return bool(facts.capabilities >> capability & 1)

    needed = [Capability.CAP_BPF, Capability.CAP_PERFMON, Capability.CAP_SYS_PTRACE]
    if facts.locked_bytes_limit is not None:
        needed.append(Capability.CAP_SYS_RESOURCE)
    is_admin = has(Capability.CAP_SYS_ADMIN)
    return [each for each in needed if not has(each) and not (is_admin and each in _WITHIN_ADMIN)]


def _effective_capabilities(status: str) -> int:
    found = re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    return int(found[1], 16) if found else 0


def _lockdown(text: str) -> str:
    found = re.search(r"\[(\w+)\]", text)
    return found[1] if found else "none"


def _raise_locked_bytes() -> int | None:
    unlimited = resource.RLIM_INFINITY
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (unlimited, unlimited))
    except (OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
    soft = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    return None if soft == unlimited else soft


def _try_bpf() -> int:
    number = _BPF_NUMBER.get(platform.machine())
    if number is None:
        return errno.ENOSYS
    attributes = ctypes.create_string_buffer(_ARRAY_OF_ONE, 128)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(number, _BPF_MAP_CREATE, attributes, len(attributes))
    if fd < 0:
        return ctypes.get_errno()
    os.close(fd)
    return 0
