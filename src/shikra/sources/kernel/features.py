"""
Which features the running kernel has. It is asked: distributions change what a version has.

In: the kernel's types (BTF), and names that came with a feature: of a helper function, a
tracepoint, a struct. Out: whether they are there. A name that anything else has in common is not a
good one to ask for.
"""

from pathlib import Path

KERNEL_TYPES = Path("/sys/kernel/btf/vmlinux")

RING_BUFFER = "BPF_FUNC_ringbuf_output"
BOOT_CLOCK = "BPF_FUNC_ktime_get_boot_ns"
TASK_ITERATOR = "bpf_iter__task"
TYPED_TRACEPOINTS = "btf_trace_sys_exit"
CHARGED_MEMORY = "BPF_FUNC_ktime_get_coarse_ns"
"""Came beside the charging of BPF memory to the cgroup (5.11); libbpf asks for it, too."""

EXCHANGE = "BPF_FUNC_check_mtu"
"""Came with atomic instructions that return what was there (5.12)."""

REGISTERS = "BPF_FUNC_task_pt_regs"
"""The registers with which a task came into the kernel (5.15)."""

NEEDED = {
    RING_BUFFER: "BPF ring buffers",
    BOOT_CLOCK: "the boot clock in BPF",
    TASK_ITERATOR: "BPF iterators of tasks",
    TYPED_TRACEPOINTS: "typed tracepoints of system calls",
}
"""What the probe can't do without, in words."""


class Features:
    """The names that a kernel's types have."""

    def __init__(self, types: bytes) -> None:
        """Keep the types; empty where the kernel describes none."""
        self._types = types

    @classmethod
    def of_running(cls) -> "Features":
        """Read the running kernel's."""
        return cls(KERNEL_TYPES.read_bytes() if KERNEL_TYPES.exists() else b"")

    def has(self, name: str) -> bool:
        """Return whether there is something of this name."""
        return b"\0" + name.encode() + b"\0" in self._types

    def lacking(self) -> tuple[str, ...]:
        """Return in words what the probe needs and doesn't find."""
        return tuple(words for name, words in NEEDED.items() if not self.has(name))
